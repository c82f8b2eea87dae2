import { type Environment, surroundings } from "./environment.ts";
import { type Detail, RequestError, UnreachableError } from "./errors.ts";
import type { AppLogPage, AppLogQuery, LogPage, Page, RunLogPage } from "./page.ts";
import type {
  App,
  AppLogLine,
  AppStatus,
  AppUsage,
  AuditEntry,
  Changes,
  Deployment,
  DeploymentUsage,
  Dockerfile,
  EndpointTest,
  Freeze,
  GitHubApp,
  GitHubConnection,
  GitHubSetup,
  Health,
  InstallationDomain,
  Invite,
  LogLine,
  Me,
  Metrics,
  NewToken,
  Orphans,
  Release,
  Role,
  Run,
  Session,
  SignInMethods,
  Stage,
  Token,
  Welcome,
} from "./types.ts";

export interface ClientOptions extends Partial<Environment> {
  /** `http://localhost:8080`; without one the page's own origin. */
  readonly baseUrl?: string | undefined;
  /** An API token, or who gives one; `""` counts as none. Without one the session's cookie counts, or on one's own machine nothing is needed. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
}

type Query = Readonly<Record<string, string | number | undefined>>;
type Input = Readonly<Record<string, unknown>>;

/** Longer than API Gateway holds any answer. */
const longestAnswerMs = 35_000;

/**
 * The calls of the REST API. Each throws a `RequestError` for a refusal and an `UnreachableError` when nobody answers.
 * It holds nothing but the session's CSRF value.
 */
export function createClient(options: ClientOptions = {}) {
  const environment: Environment = {
    fetch: options.fetch ?? surroundings.fetch,
    WebSocket: options.WebSocket ?? surroundings.WebSocket,
    later: options.later ?? surroundings.later,
    random: options.random ?? surroundings.random,
    onWake: options.onWake ?? surroundings.onWake,
  };
  const baseUrl = options.baseUrl ?? (typeof location === "undefined" ? "" : location.origin);
  let csrf: string | null = null;

  /** `""`: there is none. */
  const tokenNow = async (): Promise<string> =>
    (typeof options.token === "function" ? await options.token() : options.token) ?? "";
  const authorization = async (): Promise<Record<string, string>> => {
    const token = await tokenNow();
    return token === "" ? {} : { Authorization: `Bearer ${token}` };
  };

  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const ending = new AbortController();
    const cancel = environment.later(longestAnswerMs, () => ending.abort());
    try {
      const answer = await environment.fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(csrf === null || method === "GET" ? {} : { "X-Slipway-CSRF": csrf }),
          ...(await authorization()),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: ending.signal,
      });
      const received: unknown = await answer.json().catch((cause) => {
        if (answer.ok) throw cause;
        return {};
      });
      if (!answer.ok) throw refusal(answer, received);
      return received;
    } catch (error) {
      throw error instanceof RequestError ? error : new UnreachableError(baseUrl, error);
    } finally {
      cancel();
    }
  };

  /** Who comes with a session from before learns its CSRF value at the first write. */
  const call = async (...request: Parameters<typeof send>): Promise<unknown> => {
    try {
      return await send(...request);
    } catch (error) {
      if (!(error instanceof RequestError && error.code === "csrf_required")) throw error;
      await me();
      return send(...request);
    }
  };
  /** Every answer of Slipway that is no deployment has `data`; another server's JSON has not. */
  const read = async <T>(...request: Parameters<typeof send>): Promise<{ data: T; next_cursor: string | null }> => {
    const body = (await call(...request)) as { data: T; next_cursor: string | null } | undefined;
    if (body?.data === undefined) throw new UnreachableError(baseUrl, new SyntaxError("The answer has no data."));
    return body;
  };
  const data = async <T>(...request: Parameters<typeof send>): Promise<T> => (await read<T>(...request)).data;
  const get = <T>(path: string, query: Query = {}): Promise<T> => data<T>("GET", `${path}${search(query)}`);
  const paged = async <T>(path: string, query: Query): Promise<Page<T>> => {
    const body = await read<readonly T[]>("GET", `${path}${search(query)}`);
    return { items: body.data, next: body.next_cursor };
  };
  /** A list that is short enough to be wanted whole: page after page. */
  const whole = async <T>(path: string): Promise<readonly T[]> => {
    const items: T[] = [];
    let next: string | null = null;
    do {
      const page: Page<T> = await paged<T>(path, { cursor: next ?? undefined });
      items.push(...page.items);
      // Servers from before these lists had pages answer no cursor.
      next = page.next ?? null;
    } while (next !== null);
    return items;
  };
  const bare = (path: string, body: Input = {}, headers?: Record<string, string>) =>
    call("POST", path, body, headers) as Promise<Deployment>;
  const given = (fields: Readonly<Record<string, string | boolean | undefined>>): Input =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""));
  const acted = (id: number, action: string, reason?: string, override?: string) =>
    bare(`/api/deployments/${id}/${action}`, given({ reason, override }));

  const withCsrf = <Known extends Me>(known: Known): Known => {
    csrf = known.csrf ?? null;
    return known;
  };
  const me = async (): Promise<Me> => withCsrf(await get<Me>("/api/auth/me"));

  return {
    baseUrl,
    environment,

    health: () => get<Health>("/api/health"),
    me,
    /** Signs in: the token becomes a session in a cookie that no script can read, or one that `token` must give from then on. */
    login: async (token: string) => withCsrf(await data<Session>("POST", "/api/auth/login", { token })),
    /** Signs in with the code of a sign-in link, which works once. */
    exchangeCode: async (code: string) => withCsrf(await data<Session>("POST", "/api/auth/exchange", { code })),
    /** Signs in with the code of an invitation, which works once, and answers its token, this once. */
    acceptInvite: async (code: string) => withCsrf(await data<Welcome>("POST", "/api/auth/invite", { code })),
    signInMethods: () => get<SignInMethods>("/api/auth/methods"),
    logout: async () => {
      await call("POST", "/api/auth/logout");
      csrf = null;
    },

    listApps: () => whole<App>("/api/apps"),
    showApp: (id: number) => get<App>(`/api/apps/${id}`),
    createApp: (app: Input) => data<App>("POST", "/api/apps", app),
    changeApp: (id: number, change: Input) => data<App>("PATCH", `/api/apps/${id}`, change),
    deleteApp: async (id: number) => void (await data("DELETE", `/api/apps/${id}`)),
    /** What a release that nobody has asked for yet would change: of the branch's head unless said. */
    showAppChanges: (
      id: number,
      query: {
        of?: "head" | "live";
        deploymentId?: number | undefined;
        configuration?: "as_released" | "current" | undefined;
      } = {},
    ) => get<Changes>(`/api/apps/${id}/changes`, query),
    retryDomain: (id: number, name: string) =>
      data<{ readonly domains: App["domains"] }>("POST", `/api/apps/${id}/domains/retry`, { name }),
    /** The live image with the app's present settings, without a build. `override` here and below: why a freeze is overridden. */
    redeployApp: (
      id: number,
      asked: {
        readonly reason?: string | undefined;
        readonly override?: string | undefined;
        readonly releaseCommand?: boolean | undefined;
      } = {},
    ) => data<Deployment>("POST", `/api/apps/${id}/redeploy`, given(asked)),
    unpinApp: (id: number) => data<App>("POST", `/api/apps/${id}/unpin`),
    showAppStatus: (id: number) => get<AppStatus>(`/api/apps/${id}/status`),
    /** What an app prints. `wait` holds the answer for so many seconds until there are lines. */
    readAppLog: async (id: number, query: AppLogQuery = {}): Promise<AppLogPage> => {
      const body = (await call("GET", `/api/apps/${id}/logs${search(query)}`)) as {
        data: readonly AppLogLine[];
        next_cursor: string;
        previous_cursor: string | null;
        complete: boolean;
      };
      const { data: lines, next_cursor: next, previous_cursor: previous, complete } = body;
      return { lines, next, previous, complete };
    },
    /** Newest first. */
    listRuns: (appId: number, query: { limit?: number; cursor?: string | undefined; cron?: string | undefined } = {}) =>
      paged<Run>(`/api/apps/${appId}/runs`, query),
    /** Runs a command once, with what the live release has. */
    createRun: (
      appId: number,
      run: { command: readonly string[]; timeoutMinutes?: number },
      /** The same request again is answered with the same run. */
      idempotencyKey?: string,
    ) =>
      data<Run>(
        "POST",
        `/api/apps/${appId}/runs`,
        run,
        idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey },
      ),
    showRun: (id: number) => get<Run>(`/api/runs/${id}`),
    cancelRun: (id: number) => data<Run>("POST", `/api/runs/${id}/cancel`),
    readRunLog: async (
      id: number,
      query: { after?: string; limit?: number; wait?: number } = {},
    ): Promise<RunLogPage> => {
      const body = (await call("GET", `/api/runs/${id}/logs${search(query)}`)) as {
        data: readonly AppLogLine[];
        next_cursor: string;
        complete: boolean;
      };
      return { lines: body.data, next: body.next_cursor, complete: body.complete };
    },
    /** Sends a test to each endpoint, and answers what each said. */
    testNotifications: (appId: number) =>
      data<readonly EndpointTest[]>("POST", `/api/apps/${appId}/notifications/test`),
    listReleases: (appId: number) => whole<Release>(`/api/apps/${appId}/releases`),

    /** For admins of all apps, like the next two. */
    listTokens: () => whole<Token>("/api/tokens"),
    /** Answers the token itself, this once. `apps`: only these; `expiresAt`: RFC 3339; `github`: whose account may sign in. */
    createToken: (token: {
      name: string;
      role: Role;
      apps?: readonly number[] | null;
      expiresAt?: string | null;
      github?: string | null;
    }) => data<NewToken>("POST", "/api/tokens", token),
    /** Makes a token, and a link that gives it to whoever opens it first, within 24 hours. */
    createInvite: (token: {
      name: string;
      role: Role;
      apps?: readonly number[] | null;
      expiresAt?: string | null;
      github?: string | null;
    }) => data<Invite>("POST", "/api/invites", token),
    revokeToken: async (id: number) => void (await data("DELETE", `/api/tokens/${id}`)),

    showGitHub: () => get<GitHubConnection>("/api/github/app"),
    /** Begins the set-up of a GitHub App, for an organization or for oneself. */
    startGitHub: (organization?: string) =>
      data<GitHubSetup>("POST", "/api/github/app/manifest", organization === undefined ? {} : { organization }),
    /** Ends it, with what GitHub led back with. */
    connectGitHub: (given: { readonly code: string; readonly state: string }) =>
      data<GitHubApp>("POST", "/api/github/app", given),
    forgetGitHub: async () => void (await data("DELETE", "/api/github/app")),

    /** `null`: deployments are not frozen. */
    showFreeze: () => get<Freeze | null>("/api/freeze"),
    /** Until then pushes are not deployed. For admins, like the next one. `until`: RFC 3339. */
    beginFreeze: (freeze: { readonly until: string; readonly reason: string }) =>
      data<Freeze>("POST", "/api/freeze", freeze),
    endFreeze: async () => void (await data("DELETE", "/api/freeze")),

    /** Who did what, newest first; of one app, or of all. For admins. */
    listAudit: (query: { appId?: number | undefined; limit?: number; cursor?: string | undefined } = {}) =>
      paged<AuditEntry>("/api/audit", query),

    /** AWS resources that belong to no app, by the last report. For admins. */
    showDomain: () => get<InstallationDomain>("/api/domain"),
    showOrphans: () => get<Orphans>("/api/orphans"),
    /** Has them looked for now; the next report is ready within seconds. */
    findOrphans: () => data<Orphans>("POST", "/api/orphans"),

    /** Whether a repository has a Dockerfile, and one for it if it has none. For admins. */
    showDockerfile: (query: { repoUrl: string; branch?: string; rootDir?: string; dockerfile?: string }) =>
      get<Dockerfile>("/api/dockerfile", query),

    /** Of the last `days` days, 30 unless said, 90 at most: of one app, or of all that the caller may read. */
    showMetrics: ({ appId, days }: { appId?: number | undefined; days?: number } = {}) =>
      get<Metrics>(appId === undefined ? "/api/metrics" : `/api/apps/${appId}/metrics`, { days }),

    /** The running app in figures, of the last `hours` hours: 3 unless said, 720 at most. */
    showAppUsage: (appId: number, hours?: number) => get<AppUsage>(`/api/apps/${appId}/usage`, { hours }),
    /** The running app before and after a deployment. */
    showDeploymentUsage: (id: number) => get<DeploymentUsage>(`/api/deployments/${id}/usage`),

    /** Newest first. */
    listDeployments: (
      query: {
        appId?: number | undefined;
        stage?: Stage | undefined;
        limit?: number;
        cursor?: string | undefined;
      } = {},
    ) => paged<Deployment>("/api/deployments", query),
    /** What it changes against the release that it replaces. */
    showDeploymentChanges: (id: number) => get<Changes>(`/api/deployments/${id}/changes`),
    showDeployment: (id: number) => get<Deployment>(`/api/deployments/${id}`),
    /** With an idempotency key the same request again is answered with the same deployment. */
    createDeployment: (
      request: {
        appId: number;
        commit?: string | undefined;
        branch?: string | undefined;
        reason?: string | undefined;
        /** Promotion: releases the image of this deployment of another app, without a build. */
        fromDeployment?: number | undefined;
        /** For admins, during a freeze: why it is overridden. */
        override?: string | undefined;
      },
      idempotencyKey?: string,
    ) => bare("/api/deployments", request, idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }),
    cancelDeployment: (id: number, reason?: string) => acted(id, "cancel", reason),
    retryDeployment: (id: number, override?: string) => acted(id, "retry", undefined, override),
    /** `current`: only the image of then, with the app's present settings; without it the settings and secrets of then, too. */
    rollbackDeployment: (
      id: number,
      asked: {
        readonly reason?: string | undefined;
        readonly configuration?: "as_released" | "current" | undefined;
        readonly override?: string | undefined;
        readonly releaseCommand?: boolean | undefined;
      } = {},
    ) => bare(`/api/deployments/${id}/rollback`, given(asked)),
    approveDeployment: (id: number, reason?: string, override?: string) => acted(id, "approve", reason, override),
    rejectDeployment: (id: number, reason?: string) => acted(id, "reject", reason),

    /** Lines after a cursor. `wait` holds the answer for so many seconds until there are some. */
    readLog: async (id: number, query: { after?: number; limit?: number; wait?: number } = {}): Promise<LogPage> => {
      const body = (await call("GET", `/api/deployments/${id}/logs${search(query)}`)) as {
        data: readonly LogLine[];
        next_cursor: number;
        complete: boolean;
        expired?: boolean;
      };
      const { data: lines, next_cursor: next, complete, expired = false } = body;
      return { lines, next, complete, expired };
    },

    /**
     * The address of a socket. A browser's socket takes no headers, so a token is exchanged for a ticket that works
     * once; a session's cookie goes along by itself.
     */
    socketAddress: async (path: string, query: Query, ticketFor: Input): Promise<string> => {
      const isNeeded = (await tokenNow()) !== "";
      const ticket = isNeeded ? (await data<{ ticket: string }>("POST", "/api/tickets", ticketFor)).ticket : undefined;
      return `${baseUrl.replace(/^http/, "ws")}${path}${search({ ...query, ticket })}`;
    },
  };
}

export type Client = ReturnType<typeof createClient>;

function search(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

function refusal({ status, headers }: Response, body: unknown): RequestError {
  const { error, code, details } = (typeof body === "object" && body !== null ? body : {}) as {
    error?: unknown;
    code?: unknown;
    details?: readonly Detail[];
  };
  const sentence = typeof error === "string" ? error : `The server answered ${status}.`;
  const retryAfter = Number(headers.get("Retry-After") ?? Number.NaN);
  return new RequestError(
    status,
    String(code ?? "unknown"),
    sentence,
    Array.isArray(details) ? details : [],
    Number.isFinite(retryAfter) ? retryAfter : null,
  );
}
