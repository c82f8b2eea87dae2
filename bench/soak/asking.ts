import { pathToFileURL } from "node:url";
import { repository } from "../../test/support/local-mode.ts";
import { signatureOf } from "../../test/support/webhooks.ts";
import type { Answered, Caller } from "./caller.ts";
import type { Asked, History, KnownApp } from "./history.ts";
import type { Act } from "./plan.ts";
import type { Complain } from "./report.ts";
import { sourceOf } from "./source.ts";

type Verdict = Asked["verdict"];
type NewVersion = Pick<Extract<Act, { do: "release" }>, "kind" | "by" | "lines" | "verdict">;

/** What a team asks of one app. Each answer is noted in the history, with how often it may have been carried out. */
export interface Asking {
  readonly app: KnownApp;
  /** Commits a new version and has it deployed; answers the deployment's number. */
  release(version: NewVersion): Promise<number>;
  /** To the kept release so many before the newest, where there is one. */
  rollBack(back: number): Promise<void>;
  /** The newest one that did not succeed, where there is one. */
  retry(verdict: Verdict): Promise<void>;
  settle(id: number, what: "cancel" | "approve" | "reject"): Promise<void>;
  unpin(): Promise<void>;
  remove(): Promise<void>;
  /** Where its repository lies. */
  readonly path: string;
}

export interface AskingParts {
  readonly caller: Caller;
  readonly history: History;
  readonly complain: Complain;
  /** Somebody begins to watch. */
  readonly watch: (asked: Asked) => void;
}

/** Registers an app with a repository of its own. */
export async function registerApp(
  name: string,
  given: Readonly<Record<string, unknown>>,
  parts: AskingParts,
): Promise<Asking> {
  const { caller, history } = parts;
  const made = repository({});
  const settings = { healthCheckPath: "/healthz", ...given };
  const answer = await caller.ask("POST", "/api/apps", { name, repoUrl: made.path, ...settings });
  // Its name is taken: an earlier attempt was carried out, and its answer lost.
  const id = answer.status === 201 ? answer.body.data.id : await idOf(caller, name);
  if (id === undefined) throw new Error(`The app ${name} was refused: ${JSON.stringify(answer.body)}`);
  history.wrote("app.create", id, answer.status === 201 ? 1 : 0, 1 + answer.lost);
  const app: KnownApp = { id, name, settings, deleted: false };
  history.apps.push(app);
  return asking(app, made, parts);
}

async function idOf(caller: Caller, name: string): Promise<number | undefined> {
  const apps: { id: number; name: string }[] = (await caller.ask("GET", "/api/apps")).body.data;
  return apps.find((one) => one.name === name)?.id;
}

const key = () => ({ "Idempotency-Key": crypto.randomUUID() });

function asking(
  app: KnownApp,
  made: ReturnType<typeof repository>,
  { caller, history, complain, watch }: AskingParts,
): Asking {
  let versions = 0;

  const begin = (asked: Omit<Asked, "asks" | "end" | "app">): void => {
    if (!history.deployments.has(asked.id)) watch(history.add({ ...asked, app: app.id }));
  };

  const known = (id: number): Asked => {
    const found = history.deployments.get(id);
    if (found === undefined) throw new Error(`Deployment ${id} is not known.`);
    return found;
  };

  /** Of a request that made a deployment: its number. */
  const noted = (action: string, { status, body, lost }: Answered): number => {
    if (status !== 200 && status !== 201) throw new Error(`${action} was answered ${status}: ${JSON.stringify(body)}`);
    history.wrote(action, body.id, status === 201 ? 1 : 0, 1 + lost);
    return body.id;
  };

  /** Delivered twice, as hosts do. */
  const push = async (commit: string, version: string): Promise<number> => {
    const body = pushOf(made.path, commit, version);
    const headers = {
      "X-GitHub-Event": "push",
      "X-GitHub-Delivery": `${version}-${commit.slice(0, 12)}`,
      "X-Hub-Signature-256": signatureOf(body),
    };
    const first = await caller.ask("POST", "/api/webhooks/github", body, headers);
    const again = await caller.ask("POST", "/api/webhooks/github", body, headers);
    const [answered, repeated] = [first, again].map((answer) => JSON.stringify(answer.body.data));
    if (answered !== repeated) complain("a repeated delivery is answered otherwise", `${answered} and ${repeated}`);
    const id = first.body.data?.deployment_id;
    if (typeof id !== "number") throw new Error(`A push of ${version} made no deployment: ${answered}`);
    return id;
  };

  return {
    app,
    path: made.path,
    release: async ({ kind, by, lines, verdict }) => {
      const version = `${app.name}-${++versions}`;
      const commit = made.commit(sourceOf(version, kind, lines), `Version ${version}`);
      const id =
        by === "webhook"
          ? await push(commit, version)
          : noted("deployment.create", await caller.ask("POST", "/api/deployments", { appId: app.id, commit }, key()));
      begin({ id, version, commit, kind, lines, by, rollbackOf: null, verdict });
      return id;
    },
    rollBack: async (back) => {
      const { body } = await caller.ask("GET", `/api/apps/${app.id}/releases`);
      const target: number | undefined = body.data[Math.min(back, body.data.length - 1)]?.deployment_id;
      if (target === undefined) return;
      const answer = await caller.ask("POST", `/api/deployments/${target}/rollback`, {}, key());
      // It went between the read and the call.
      if (answer.status === 409) return;
      const id = noted("deployment.rollback", answer);
      const { version, commit, kind, lines, verdict } = known(target);
      begin({ id, version, commit, kind, lines, verdict, by: "rollback", rollbackOf: target });
    },
    retry: async (verdict) => {
      const last = history.of(app.id).findLast(({ end }) => end !== null && end.stage !== "success");
      if (last === undefined) return;
      const answer = await caller.ask("POST", `/api/deployments/${last.id}/retry`, {}, key());
      // What it was to put back is not kept any more.
      if (answer.status === 409) return;
      const { version, commit, kind, lines, rollbackOf } = last;
      begin({ id: noted("deployment.retry", answer), version, commit, kind, lines, verdict, by: "retry", rollbackOf });
    },
    settle: async (id, what) => {
      known(id).asks.add(what);
      const { status, body, lost } = await caller.ask("POST", `/api/deployments/${id}/${what}`, {});
      // 409: too late, or an earlier attempt was carried out and its answer lost.
      if (status >= 300 && status !== 409) throw new Error(`${what} was answered ${status}: ${JSON.stringify(body)}`);
      // Of a request that was made again nobody knows which one did it.
      const isCertain = status !== 409 && lost === 0;
      history.wrote(`deployment.${what}`, id, isCertain ? 1 : 0, lost + (status === 409 ? 0 : 1));
    },
    unpin: async () => {
      const { status, lost } = await caller.ask("POST", `/api/apps/${app.id}/unpin`, {});
      history.wrote("app.unpin", app.id, status === 200 ? 1 : 0, 1 + lost);
    },
    remove: async () => {
      const { status, lost } = await caller.ask("DELETE", `/api/apps/${app.id}`);
      history.wrote("app.delete", app.id, status === 200 ? 1 : 0, 1 + lost);
      app.deleted = true;
    },
  };
}

const pushOf = (path: string, commit: string, version: string): string =>
  JSON.stringify({
    ref: "refs/heads/main",
    after: commit,
    repository: { clone_url: pathToFileURL(path).href },
    head_commit: { message: `Version ${version}` },
    pusher: { name: "ada" },
  });
