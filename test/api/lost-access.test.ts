import { beforeEach, describe, expect, test } from "@jest/globals";
import { authenticate } from "../../lib/api/authenticate.ts";
import { endLostSockets, endSocketsOfApp } from "../../lib/api/lost-access.ts";
import { connect, disconnect, type SocketsDeps } from "../../lib/api/sockets.ts";
import type { Credential, Holder, Token } from "../../lib/core/access/credential.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { hash } from "../support/api-deps.ts";
import { someDeployment } from "../support/deployments.ts";
import { memorySockets } from "../support/memory-connections.ts";
import { memoryBuckets, memoryDeployments, memoryTokens } from "../support/memory-stores.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { workerDeps } from "../support/worker-deps.ts";

const start = 1_900_000_000;
const viewer = (apps: number[] | null): Principal => ({ id: "token#5", name: "ada", role: "viewer", apps });
const token = (apps: number[] | null, expires_at: number | null = null): Token => ({
  kind: "token",
  id: 5,
  principal: viewer(apps),
  expires_at,
  last_used_at: toTimestamp(start * 1000),
  github: null,
});

let kept: Map<string, Credential>;
let sockets: ReturnType<typeof memorySockets>;
let deps: SocketsDeps;
let sent: { message: Message; seconds: number | undefined }[];
let nowSeconds: number;

beforeEach(async () => {
  kept = new Map();
  sockets = memorySockets();
  sent = [];
  nowSeconds = start;
  const deployments = memoryDeployments(() => true, []);
  for (const id of [1, 2]) await deployments.create(someDeployment({ id, app_id: id }));
  deps = {
    ...sockets,
    deployments,
    tokens: memoryTokens(kept),
    requests: memoryBuckets(),
    queue: { send: async (message, seconds) => void sent.push({ message, seconds }) },
    hash,
    now: () => toTimestamp(nowSeconds * 1000),
    nowSeconds: () => nowSeconds,
  };
});

const lostAccess = () => ({ ...deps, ...sockets, logger: silentLogger });
const authorizer = () => ({
  tokens: deps.tokens as ReturnType<typeof memoryTokens>,
  mode: "required" as const,
  allowedOrigins: [],
  publicUrl: "",
  hash,
  nowSeconds: () => nowSeconds,
});
const holderOf = (name: string, session: string | null = null): Holder => ({
  token: hash(name),
  session: session === null ? null : hash(session),
});
/** Opens a socket as the authorizer would let somebody. */
const open = (connectionId: string, holder: Holder, apps: number[] | null, query: Record<string, string>) =>
  connect(deps, { connectionId, principal: viewer(apps), holder }, query);
const closing = async (): Promise<string[]> =>
  [...(await sockets.connections.list(1)), ...(await sockets.connections.list(2)), ...(await sockets.feeds.list())]
    .filter((row) => row.closing)
    .map(({ connection_id }) => connection_id);
const rows = async (): Promise<number> =>
  (await sockets.connections.list(1)).length +
  (await sockets.feeds.list()).length +
  (await sockets.openSockets.list()).length;

describe("a ticket", () => {
  const ticket = (made_with: Holder | null): Credential => ({
    kind: "ticket",
    deployment_id: 1,
    principal: viewer([1]),
    made_with,
    expires_at: start + 60,
  });
  const byTicket = () => authenticate(authorizer(), { headers: {}, query: { ticket: "t" }, address: "192.0.2.1" });

  test("is worth what its token is worth when it is used", async () => {
    kept.set(hash("t"), ticket(holderOf("adas"))).set(hash("adas"), token([1]));
    expect(await byTicket()).toMatchObject({
      outcome: "authenticated",
      principal: viewer([1]),
      holder: holderOf("adas"),
    });
    kept.set(hash("adas"), token([2]));
    expect(await byTicket()).toMatchObject({ outcome: "authenticated", principal: viewer([2]) });
    kept.set(hash("adas"), token([1], start - 1));
    expect(await byTicket()).toEqual({ outcome: "unauthorized" });
    kept.delete(hash("adas"));
    expect(await byTicket()).toEqual({ outcome: "unauthorized" });
  });

  test("is worth nothing once its session is over, nor with a session of another token", async () => {
    kept.set(hash("t"), ticket(holderOf("adas", "s"))).set(hash("adas"), token([1]));
    kept.set(hash("s"), { kind: "session", made_with: hash("adas"), expires_at: start + 60 });
    expect(await byTicket()).toMatchObject({ outcome: "authenticated" });
    kept.set(hash("s"), { kind: "session", made_with: hash("bos"), expires_at: start + 60 });
    expect(await byTicket()).toEqual({ outcome: "unauthorized" });
    kept.delete(hash("s"));
    expect(await byTicket()).toEqual({ outcome: "unauthorized" });
  });
});

describe("an open socket", () => {
  test("is closed when its token is gone, and those of other tokens are not", async () => {
    kept.set(hash("adas"), token(null)).set(hash("bos"), token(null));
    await open("viewer", holderOf("adas"), null, { id: "1" });
    await open("reader", holderOf("adas"), null, { feed: "1" });
    await open("other", holderOf("bos"), null, { id: "1" });
    await endLostSockets(lostAccess(), hash("adas"));
    expect(await closing()).toEqual([]);
    kept.delete(hash("adas"));
    await endLostSockets(lostAccess(), hash("adas"));
    expect(await closing()).toEqual(["viewer", "reader"]);
  });

  test("is closed when its session is over, and those of the same token without it are not", async () => {
    kept.set(hash("adas"), token(null));
    for (const name of ["s1", "s2"])
      kept.set(hash(name), { kind: "session", made_with: hash("adas"), expires_at: start + 60_000 });
    await open("by token", holderOf("adas"), null, { id: "1" });
    await open("by s1", holderOf("adas", "s1"), null, { id: "1" });
    await open("by s2", holderOf("adas", "s2"), null, { id: "1" });
    kept.delete(hash("s1"));
    await endLostSockets(lostAccess(), hash("adas"));
    expect(await closing()).toEqual(["by s1"]);
  });

  test("is closed when its app is lost, and the feed, which was opened for both; the other app's is not", async () => {
    kept.set(hash("adas"), token([1, 2]));
    for (const id of ["1", "2"]) await open(`of ${id}`, holderOf("adas"), [1, 2], { id });
    await open("feed", holderOf("adas"), [1, 2], { feed: "1" });
    kept.set(hash("adas"), token([2]));
    await endLostSockets(lostAccess(), hash("adas"));
    expect(await closing()).toEqual(["of 1", "feed"]);
  });

  test("is closed when its app is deleted, whoever holds it", async () => {
    kept.set(hash("adas"), token(null));
    await open("of 1", holderOf("adas"), null, { id: "1" });
    await connect(deps, { connectionId: "local", principal: viewer(null), holder: null }, { id: "1" });
    await open("of 2", holderOf("adas"), null, { id: "2" });
    await open("feed", holderOf("adas"), null, { feed: "1" });
    await endSocketsOfApp(lostAccess(), 1);
    expect(await closing()).toEqual(["of 1", "local"]);
    // Whoever may read it by REST may watch what is left to see of it.
    await open("late", holderOf("adas"), null, { id: "1" });
    expect((await sockets.connections.list(1)).map(({ connection_id }) => connection_id)).toContain("late");
  });

  test("is not opened by a token that was revoked in the same moment, and leaves no row", async () => {
    kept.set(hash("adas"), token(null));
    const add = deps.connections.add;
    const connections = {
      ...deps.connections,
      add: async (...row: Parameters<typeof add>) => {
        await add(...row);
        kept.delete(hash("adas"));
      },
    };
    deps = { ...deps, connections };
    await expect(open("viewer", holderOf("adas"), null, { id: "1" })).rejects.toMatchObject({ status: 401 });
    expect(await rows()).toBe(0);
  });

  test("is forgotten when it closes", async () => {
    kept.set(hash("adas"), token(null));
    await open("viewer", holderOf("adas"), null, { id: "1" });
    await open("reader", holderOf("adas"), null, { feed: "1" });
    await disconnect(deps, "viewer", holderOf("adas"));
    await disconnect(deps, "reader", holderOf("adas"));
    await disconnect(deps, "never", holderOf("adas"));
    await disconnect(deps, "never", null);
    expect(await rows()).toBe(0);
  });

  test("ends with its token, or its session, when that expires while it may be open, however long SQS can wait", async () => {
    kept.set(hash("adas"), token(null, start + 5000));
    kept.set(hash("s"), { kind: "session", made_with: hash("adas"), expires_at: start + 4000 });
    kept.set(hash("long"), token(null, start + 3 * 3600));
    await open("viewer", holderOf("adas", "s"), null, { id: "1" });
    await open("unconcerned", holderOf("long"), null, { id: "1" });
    const worker = () => workerDeps({ queue: deps.queue, signals: sockets.signals, now: deps.now });
    for (let hops = 0; (await closing()).length === 0; hops++) {
      expect(hops).toBeLessThan(6);
      expect(nowSeconds).toBeLessThan(start + 4000);
      const { message, seconds = 0 } = sent.pop() ?? {};
      if (message === undefined) throw new Error("Nothing ends it.");
      expect(seconds).toBeLessThanOrEqual(900);
      nowSeconds += seconds;
      await work(worker(), message);
    }
    expect(nowSeconds - start).toBeGreaterThanOrEqual(4000);
    expect(nowSeconds - start).toBeLessThan(4005);
    expect(await closing()).toEqual(["viewer"]);
    expect(sent).toEqual([]);
  });
});
