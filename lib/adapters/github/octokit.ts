import { createAppAuth } from "@octokit/auth-app";
import * as z from "zod";
import type { GitHubApp } from "../../core/github/app.ts";
import type { GitHubRepository } from "../../core/github/repository.ts";
import type { GitHub, GitHubAnswer, GitHubApps } from "../../core/ports/github.ts";
import { failureOf } from "./failure.ts";
import { gitHubRequest } from "./request.ts";

export interface GitHubOptions {
  readonly apps: Pick<GitHubApps, "get">;
  readonly apiUrl: string;
  readonly nowSeconds: () => number;
}

type Permissions = Readonly<Record<string, "read" | "write">>;
type Request = ReturnType<typeof gitHubRequest>;

const reading: Permissions = { contents: "read" };
const reporting: Permissions = { statuses: "write", deployments: "write" };

const identified = z.object({ id: z.number().int().positive() });
const foundSchema = z.array(identified.extend({ payload: z.unknown() }));
const payloadSchema = z.object({ slipway_deployment_id: z.number() });

/** The number of a renamed or transferred repository: GitHub redirects to it, and knows its former name in no order for a token. */
function movedTo(answeredAt: string): number | null {
  const [, number] = /\/repositories\/(\d+)\/installation$/.exec(answeredAt) ?? [];
  return number === undefined ? null : Number(number);
}

/** How a GitHub App signs what it asks. Its tokens are kept by what they are for, until a minute before they end. */
const signer = (app: GitHubApp, request: Request) =>
  createAppAuth({ appId: app.app_id, privateKey: app.private_key, request });

/** GitHub's REST API by octokit, without its own repeating and waiting: the queue does both, and survives a crash. */
export function octokitGitHub({ apps, apiUrl, nowSeconds }: GitHubOptions): GitHub {
  const request = gitHubRequest(apiUrl);
  let signing: { readonly key: string; readonly auth: ReturnType<typeof signer> } | null = null;

  const authOf = (app: GitHubApp) => {
    if (signing?.key !== app.private_key) signing = { key: app.private_key, auth: signer(app, request) };
    return signing.auth;
  };

  /** A token for one repository; `null`: the app is not installed there. */
  const tokenFor = async ({ owner, name }: GitHubRepository, permissions: Permissions, refresh: boolean) => {
    const app = await apps.get();
    if (app === null) return null;
    const auth = authOf(app);
    const asApp = request.defaults({ request: { hook: auth.hook } });
    const installation = await asApp("GET /repos/{owner}/{repo}/installation", { owner, repo: name }).catch(absent);
    if (installation === null) return null;
    const { id } = identified.parse(installation.data);
    const moved = movedTo(installation.url);
    const one = moved === null ? { repositoryNames: [name] } : { repositoryIds: [moved] };
    const asked = { installationId: id, ...one, permissions, refresh };
    return (await auth({ type: "installation", ...asked })).token;
  };

  const answering = async <Value>(
    repository: GitHubRepository,
    permissions: Permissions,
    ask: (token: string) => Promise<Value>,
    refresh = false,
  ): Promise<GitHubAnswer<Value>> => {
    try {
      const token = await tokenFor(repository, permissions, refresh);
      return token === null ? { outcome: "not_installed" } : { outcome: "answered", value: await ask(token) };
    } catch (error) {
      const failure = failureOf(error, nowSeconds());
      // A token that was taken back before its time: once more with another.
      if (isUnauthorized(error) && !refresh) return answering(repository, permissions, ask, true);
      return failure;
    }
  };

  /** With a token that may set statuses of the one repository. */
  const reported = <Value>(
    { owner, name }: GitHubRepository,
    ask: (authorized: Request, place: { readonly owner: string; readonly repo: string }) => Promise<Value>,
  ) =>
    answering({ owner, name }, reporting, (token) =>
      ask(request.defaults({ headers: { authorization: `token ${token}` } }), { owner, repo: name }),
    );

  return {
    readToken: (repository, { fresh }) => answering(repository, reading, async (token) => token, fresh),

    setStatus: (repository, sha, { target_url, ...status }) =>
      reported(repository, async (authorized, place) => {
        const link = target_url === null ? {} : { target_url };
        await authorized("POST /repos/{owner}/{repo}/statuses/{sha}", { ...place, sha, ...status, ...link });
        return null;
      }),

    findDeployment: (repository, { commit, environment, deployment_id }) =>
      reported(repository, async (authorized, place) => {
        const sought = { ...place, sha: commit, environment, per_page: 100 };
        const { data } = await authorized("GET /repos/{owner}/{repo}/deployments", sought);
        const ours = foundSchema.parse(data).find(({ payload }) => idIn(payload) === deployment_id);
        return ours?.id ?? null;
      }),

    createDeployment: (repository, { commit, environment, description, task, deployment_id }) =>
      reported(repository, async (authorized, place) => {
        const { data } = await authorized("POST /repos/{owner}/{repo}/deployments", {
          ...place,
          ref: commit,
          environment,
          description,
          task,
          auto_merge: false,
          required_contexts: [],
          payload: { slipway_deployment_id: deployment_id },
          // GitHub marks the earlier ones of an environment inactive only where it is called neither.
          transient_environment: false,
          production_environment: false,
        });
        return identified.parse(data).id;
      }),

    setDeploymentStatus: (repository, id, { state, description, log_url, environment_url }) =>
      reported(repository, async (authorized, place) => {
        await authorized("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
          ...place,
          deployment_id: id,
          state,
          description,
          ...(log_url === null ? {} : { log_url }),
          ...(environment_url === null ? {} : { environment_url }),
        });
        return null;
      }),
  };
}

const isUnauthorized = (error: unknown): boolean => error instanceof Error && "status" in error && error.status === 401;

/** A repository that the app is not installed on is not there for it. */
function absent(error: unknown): null {
  if (error instanceof Error && "status" in error && error.status === 404) return null;
  throw error;
}

/** A payload comes back as it was given, or as text. */
function idIn(payload: unknown): number | null {
  const value = typeof payload === "string" ? parsed(payload) : payload;
  return payloadSchema.safeParse(value).data?.slipway_deployment_id ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
