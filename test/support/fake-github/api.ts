import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { issuerOf } from "./jwt.ts";
import type { Grant, State, Trouble } from "./state.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly body: unknown;
}

/** An answer with a body, or a refusal. */
type Reply = { readonly status: number; readonly body: unknown } | Trouble;

const installationId = 77;
const url = z.url().optional();
const description = z.string().max(140);
const tokenSchema = z.object({
  repositories: z.array(z.string()).length(1).optional(),
  repository_ids: z.array(z.number()).length(1).optional(),
  permissions: z.record(z.string(), z.string()),
});
const statusSchema = z.object({
  state: z.enum(["error", "failure", "pending", "success"]),
  context: z.string().min(1),
  description,
  target_url: url,
});
const deploymentSchema = z.object({
  ref: z.string().regex(/^[0-9a-f]{40}$/),
  environment: z.string().min(1),
  task: z.string(),
  description,
  auto_merge: z.literal(false),
  required_contexts: z.array(z.string()).length(0),
  production_environment: z.literal(false),
  payload: z.unknown(),
});
const deploymentStatusSchema = z.object({
  state: z.enum(["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]),
  description,
  log_url: url,
  environment_url: url,
});

type Handler = (state: State, asked: Asked, ...parts: string[]) => Reply;

const notFound: Reply = { status: 404, message: "Not Found" };
const created = (body: unknown): Reply => ({ status: 201, body });

/** As GitHub checks them: an app by its signature, everything else by a token for the repository with the permission. */
const routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ["GET", /^\/users\/([\w-]+)$/, (state, _asked, login = "") => accountOf(state, login)],
  [
    "GET",
    /^\/user$/,
    (state, { authorization }) => {
      const token = /^bearer (ghu_\S+)$/i.exec(authorization)?.[1] ?? "";
      return accountOf(state, state.codes.get(token)?.login ?? "");
    },
  ],
  [
    "GET",
    /^\/repos\/([^/]+\/[^/]+)\/installation$/,
    (state, asked, repository = "") =>
      asApp(state, asked, () =>
        state.installed.has(repository) ? { status: 200, body: { id: installationId } } : notFound,
      ),
  ],
  [
    "POST",
    /^\/app\/installations\/(\d+)\/access_tokens$/,
    (state, asked, id) => asApp(state, asked, () => (Number(id) === installationId ? token(state, asked) : notFound)),
  ],
  [
    "GET",
    /^\/repos\/([^/]+\/[^/]+)\/branches\/([^/]+)$/,
    (state, asked, repository = "", branch = "") =>
      withPermission(state, asked, { repository, permissions: { contents: "read" } }, () => {
        const found = commitAt(state, repository, `refs/heads/${decodeURIComponent(branch)}`);
        if (found === null) return { status: 404, message: "Branch not found" };
        return { status: 200, body: { name: branch, commit: { sha: found.sha, commit: { message: found.message } } } };
      }),
  ],
  [
    "GET",
    /^\/repos\/([^/]+\/[^/]+)\/git\/commits\/([0-9a-f]{40})$/,
    (state, asked, repository = "", sha = "") =>
      withPermission(state, asked, { repository, permissions: { contents: "read" } }, () => {
        const found = commitAt(state, repository, sha);
        return found === null ? notFound : { status: 200, body: found };
      }),
  ],
  [
    "POST",
    /^\/repos\/([^/]+\/[^/]+)\/statuses\/([0-9a-f]{40})$/,
    (state, asked, repository = "", sha = "") =>
      withPermission(state, asked, { repository, permissions: { statuses: "write" } }, () => {
        state.statuses.push({ repository, sha, ...statusSchema.parse(asked.body) });
        return created({ id: state.statuses.length });
      }),
  ],
  [
    "POST",
    /^\/repos\/([^/]+\/[^/]+)\/deployments$/,
    (state, asked, repository = "") =>
      withPermission(state, asked, { repository, permissions: { deployments: "write" } }, () => {
        const {
          auto_merge: _,
          required_contexts: __,
          production_environment: ___,
          ...given
        } = deploymentSchema.parse(asked.body);
        const made = { id: 500 + state.deployments.length, repository, ...given, statuses: [] };
        state.deployments.push(made);
        return created({ id: made.id });
      }),
  ],
  [
    "GET",
    /^\/repos\/([^/]+\/[^/]+)\/deployments$/,
    (state, asked, repository = "") =>
      withPermission(state, asked, { repository, permissions: { deployments: "write" } }, () => ({
        status: 200,
        body: state.deployments.filter(
          (one) =>
            one.repository === repository &&
            one.ref === asked.query.get("sha") &&
            one.environment === asked.query.get("environment"),
        ),
      })),
  ],
  [
    "POST",
    /^\/repos\/([^/]+\/[^/]+)\/deployments\/(\d+)\/statuses$/,
    (state, asked, repository = "", id) =>
      withPermission(state, asked, { repository, permissions: { deployments: "write" } }, () => {
        const deployment = state.deployments.find((one) => one.id === Number(id) && one.repository === repository);
        if (deployment === undefined) return notFound;
        deployment.statuses.push(deploymentStatusSchema.parse(asked.body));
        return created({ id: deployment.statuses.length });
      }),
  ],
];

/** A commit of a repository below the root; `null`: it has none of that name. */
function commitAt({ root }: State, repository: string, name: string): { sha: string; message: string } | null {
  try {
    const said = execFileSync("git", ["log", "-1", "--format=%H%n%B", name], {
      cwd: join(root, `${repository}.git`),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [sha = "", ...message] = said.trimEnd().split("\n");
    return { sha, message: message.join("\n") };
  } catch {
    return null;
  }
}

/** What GitHub's REST API answers. What is asked wrongly is 422, as there. */
export function answerTo(state: State, asked: Asked): Reply {
  const [, former = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(asked.path) ?? [];
  const moved = state.moved.get(former);
  if (moved === undefined) return answerAt(state, { ...asked, path: byName(state, asked.path) });
  const Location = `/api/repositories/${moved.id}${rest}`;
  return { status: asked.method === "GET" ? 301 : 307, headers: { Location }, message: "Moved Permanently" };
}

/** A path that names a repository by its number, as GitHub redirects to it, as one that names it by its name. */
function byName({ moved }: State, path: string): string {
  const [, id, rest] = /^\/repositories\/(\d+)(.*)$/.exec(path) ?? [];
  const to = [...moved.values()].find((one) => String(one.id) === id)?.to;
  return to === undefined ? path : `/repos/${to}${rest}`;
}

function answerAt(state: State, asked: Asked): Reply {
  for (const [method, path, handler] of routes) {
    const found = method === asked.method ? path.exec(asked.path) : null;
    if (found === null) continue;
    try {
      return handler(state, asked, ...found.slice(1));
    } catch (error) {
      return { status: 422, message: `Validation Failed: ${error instanceof Error ? error.message : error}` };
    }
  }
  return notFound;
}

function accountOf({ people }: State, login: string): Reply {
  const id = people.get(login);
  return id === undefined ? notFound : { status: 200, body: { id, login, type: "User" } };
}

function asApp(state: State, { authorization }: Asked, run: () => Reply): Reply {
  const jwt = /^bearer (\S+)$/i.exec(authorization)?.[1] ?? "..";
  const issuer = issuerOf(jwt, state.keys, Math.floor(Date.now() / 1000));
  return issuer !== null ? run() : { status: 401, message: "A JSON web token could not be decoded" };
}

function token(state: State, { body }: Asked): Reply {
  const { repositories: [named] = [], repository_ids: [id] = [], permissions } = tokenSchema.parse(body);
  const moved = [...state.moved.values()].find((one) => one.id === id)?.to;
  const repository = [...state.installed.keys()].find((name) => name === moved || name.endsWith(`/${named}`));
  const allowed = state.installed.get(repository ?? "") ?? {};
  const isTooMuch = Object.entries(permissions).some(
    ([name, level]) => allowed[name] !== level && allowed[name] !== "write",
  );
  if (repository === undefined || isTooMuch)
    return { status: 422, message: "The permissions requested are not granted to this installation." };
  const made = `ghs_${randomBytes(18).toString("hex")}`;
  state.tokens.set(made, { repository, permissions });
  return created({ token: made, expires_at: new Date(Date.now() + 3_600_000).toISOString(), permissions });
}

function withPermission(state: State, { authorization }: Asked, needed: Grant, run: () => Reply): Reply {
  const given = state.tokens.get(/^(?:token|bearer) (\S+)$/i.exec(authorization)?.[1] ?? "");
  if (given === undefined) return { status: 401, message: "Bad credentials" };
  if (given.repository !== needed.repository) return notFound;
  return mayWith(given, needed) ? run() : { status: 403, message: "Resource not accessible by integration" };
}

/** Whether a token is good for something: `write` includes `read`. */
export const mayWith = (given: Grant, needed: Grant): boolean =>
  given.repository === needed.repository &&
  Object.entries(needed.permissions).every(
    ([name, level]) => given.permissions[name] === level || given.permissions[name] === "write",
  );
