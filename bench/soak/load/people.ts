import { setTimeout as pause } from "node:timers/promises";
import { repository } from "../../../test/support/local-mode.ts";
import { type Viewer, view } from "../../../test/support/viewer.ts";
import { type Caller, createCaller } from "../caller.ts";
import { pooled } from "../pooled.ts";
import { sourceOf } from "../source.ts";
import { atOnce, type Load } from "./size.ts";

/** Of twenty apps one is released; the builds of all others fail at once, so that what is under load is the control plane. */
const releasedEach = 20;
/** Well below how many deployments and sockets one caller may ask for at once. */
const deploymentsACaller = 25;
const socketsACaller = 100;
const pingMs = 5 * 60_000;

/** The first one is the one whose build prints many lines. */
export async function registerApps({ size, caller, history }: Load, repositories: string[]): Promise<number[]> {
  const made = (version: string, ...of: [kind: "good" | "broken", lines: number]) => {
    const one = repository(sourceOf(version, ...of));
    repositories.push(one.path);
    return one.path;
  };
  const paths = {
    chatty: made("chatty", "good", size.lines),
    good: made("good", "good", 5),
    broken: made("broken", "broken", 5),
  };
  const ids: number[] = [];
  await pooled(
    Array.from({ length: size.apps }, (_, n) => n),
    atOnce,
    async (n) => {
      const kind = n === 0 ? "chatty" : n % releasedEach === 1 ? "good" : "broken";
      const name = `${kind}-${n}`;
      const settings = { healthCheckPath: "/healthz", keepReleases: 2 };
      const { status, body } = await caller.ask("POST", "/api/apps", { name, repoUrl: paths[kind], ...settings });
      if (status !== 201) throw new Error(`The app ${name} was refused: ${JSON.stringify(body)}`);
      ids[n] = body.data.id;
      history.apps.push({ id: body.data.id, name, settings: { kind }, deleted: false });
    },
  );
  return ids;
}

export async function deployOne({ history, size }: Load, caller: Caller, app: number): Promise<number> {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const { status, body } = await caller.ask("POST", "/api/deployments", { appId: app }, headers);
  if (status !== 201 && status !== 200) throw new Error(`A deployment was refused: ${JSON.stringify(body)}`);
  const version = String(history.apps.find(({ id }) => id === app)?.settings.kind);
  const kind = version === "broken" ? "broken" : "good";
  const lines = version === "chatty" ? size.lines : 5;
  const asked = {
    id: body.id,
    app,
    version,
    commit: body.commit_hash,
    kind,
    lines,
    by: "api",
    rollbackOf: null,
  } as const;
  history.add({ ...asked, verdict: "approve" });
  return body.id;
}

/** Callers of their own, since each may ask for so much at once only. */
async function newCaller(
  { caller, installation, report }: Load,
  name: string,
): Promise<{ caller: Caller; token: string }> {
  const { status, body } = await caller.ask("POST", "/api/tokens", { name, role: "deployer" });
  if (status !== 201) throw new Error(`A token was refused: ${JSON.stringify(body)}`);
  return { caller: createCaller(installation, report.complain, body.data.token), token: body.data.token };
}

/** All apps by turns, so that each one's lane is asked for again while it is taken. */
export async function askForAll(load: Load, apps: readonly number[]): Promise<void> {
  const count = load.size.deployments - 1;
  const callers = await Promise.all(
    Array.from({ length: Math.ceil(count / deploymentsACaller) }, (_, n) => newCaller(load, `load-${n}`)),
  );
  await pooled(
    Array.from({ length: count }, (_, n) => n),
    atOnce,
    async (n) => {
      const caller = callers[Math.floor(n / deploymentsACaller)]?.caller ?? load.caller;
      await deployOne(load, caller, apps[n % apps.length] ?? 0);
    },
  );
}

export async function openIdle(load: Load, id: number): Promise<{ viewer: Viewer; isClosed: () => boolean }[]> {
  const callers = await Promise.all(
    Array.from({ length: Math.ceil(load.size.idle / socketsACaller) }, (_, n) => newCaller(load, `idle-${n}`)),
  );
  const open: { viewer: Viewer; isClosed: () => boolean }[] = [];
  await pooled(
    Array.from({ length: load.size.idle }, (_, n) => n),
    atOnce,
    async (n) => {
      const headers = { Authorization: `Bearer ${callers[Math.floor(n / socketsACaller)]?.token}` };
      // A viewer of the end only: what is under load is the socket, not the replay.
      const viewer = await withRetries(() => view(load.installation.url(), `id=${id}&after=999999999`, { headers }));
      let isClosed = false;
      // As browsers do: API Gateway closes what says nothing for ten minutes.
      const pinging = setInterval(() => viewer.send('{"type":"ping"}'), pingMs).unref();
      void viewer.closed.then(() => {
        clearInterval(pinging);
        isClosed = true;
      });
      open.push({ viewer, isClosed: () => isClosed });
    },
  );
  return open;
}

/** A handshake that is answered 429 or 5xx is made again. */
async function withRetries<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt >= 60 || !/HTTP (429|5\d\d)/.test(String(error))) throw error;
      await pause(1000);
    }
  }
}
