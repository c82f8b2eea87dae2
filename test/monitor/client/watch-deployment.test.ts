import { describe, expect, test } from "@jest/globals";
import { type Deployment, type DeploymentSnapshot, watchDeployment } from "@slipway/monitor/client";
import fc from "fast-check";
import { type ClientWorld, clientWorld, someDeployment, someLine, someStatus } from "./world.ts";

function watching(options: Parameters<typeof clientWorld>[0] = {}) {
  const world = clientWorld(options);
  const store = watchDeployment(world.client, 7);
  const snapshots: DeploymentSnapshot[] = [];
  const unsubscribe = store.subscribe(() => snapshots.push(store.getSnapshot()));
  return { ...world, store, snapshots, unsubscribe, now: () => store.getSnapshot() };
}

const cursors = ({ lines }: DeploymentSnapshot): number[] => lines.map(({ cursor }) => cursor);
const rest = (world: ClientWorld, deployment: Deployment) =>
  world.answer(() => ({ body: { success: true, data: deployment } }));

/** Accepts the newest socket, and says something over it. */
async function connected(world: ClientWorld): Promise<void> {
  await world.pass(0);
  world
    .socket()
    .open()
    .say("status", someStatus({ stage: "pending", progress: 0, version: 1 }));
  await world.pass(16);
}

/** The newest socket breaks, and the client waits and comes back. Answers how long it waited. */
async function breaks(world: ClientWorld, code?: number): Promise<number> {
  const before = world.sockets.length;
  world.socket().break(code);
  await world.pass(0);
  let waited = 0;
  while (world.sockets.length === before) {
    const step = world.next() ?? Number.NaN;
    if (Number.isNaN(step)) throw new Error("It waits for nothing.");
    await world.pass(step);
    waited += step;
  }
  return waited;
}

describe("a watched deployment", () => {
  test("is asked for in batches from the start, and known by REST at once", async () => {
    const world = watching();
    await world.pass(20);
    const { address } = world.socket();
    expect(address.href).toBe("ws://localhost:8080/api/deployments/logs?id=7&after=0&batch=1");
    expect(world.now().deployment).toMatchObject({ id: 7, commit_message: "First" });
  });

  test("begins its log after a line, where it is asked for", async () => {
    const world = clientWorld();
    const store = watchDeployment(world.client, 7, { after: 4 });
    store.subscribe(() => {});
    await world.pass(20);
    expect(world.socket().address.searchParams.get("after")).toBe("4");
    world
      .socket()
      .open()
      .say("logs", { lines: [someLine(4), someLine(5)] });
    await world.pass(20);
    expect(store.getSnapshot().lines.map(({ cursor }) => cursor)).toEqual([5]);
  });

  test("nothing happens until somebody subscribes, and after the last one has left", async () => {
    const world = clientWorld();
    const store = watchDeployment(world.client, 7);
    await world.pass(1000);
    expect(world.sockets).toHaveLength(0);
    const unsubscribe = store.subscribe(() => {});
    await world.pass(0);
    unsubscribe();
    await world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.socket().readyState).toBe(3);
    expect(world.next()).toBeNull();
  });

  test("whoever subscribes again goes on by cursor, and a subscriber who only moves keeps the socket", async () => {
    const world = watching();
    await connected(world);
    world.socket().say("logs", { lines: [someLine(1), someLine(4)] });
    world.unsubscribe();
    const again = world.store.subscribe(() => {});
    await world.pass(20);
    expect(world.sockets).toHaveLength(1);
    again();
    await world.pass(0);
    world.store.subscribe(() => {});
    await world.pass(0);
    expect(world.socket().address.searchParams.get("after")).toBe("4");
    expect(cursors(world.now())).toEqual([1, 4]);
  });

  test("a snapshot is the same object until something changes, and lines only ever grow", async () => {
    const world = watching();
    await connected(world);
    const before = world.now();
    expect(world.now()).toBe(before);
    world.socket().say("log", someLine(1)).say("log", someLine(2));
    expect(world.now()).toBe(before);
    await world.pass(16);
    expect(cursors(world.now())).toEqual([1, 2]);
    expect(before.lines).toEqual([]);
    const { lines } = world.now();
    world.socket().say("status", someStatus());
    await world.pass(16);
    expect(world.now().lines).toBe(lines);
  });

  test("each stage is reported, however quickly it passes; progress is coalesced", async () => {
    const world = watching();
    await connected(world);
    world.snapshots.length = 0;
    rest(world, someDeployment());
    world.socket().say("status", someStatus({ stage: "cloning", version: 2 }));
    world.socket().say("status", someStatus({ stage: "building", version: 3 }));
    for (const progress of [51, 52, 53]) world.socket().say("status", someStatus({ progress, version: progress }));
    await world.pass(16);
    expect(world.snapshots.map(({ deployment }) => [deployment?.stage, deployment?.progress])).toEqual([
      ["cloning", 50],
      ["building", 50],
      ["building", 53],
    ]);
  });

  test("an older answer of REST does not undo a newer event", async () => {
    const world = watching();
    rest(world, someDeployment({ version: 2, stage: "cloning" }));
    await connected(world);
    world.socket().say("status", someStatus({ version: 9, stage: "deploying", progress: 80 }));
    await world.pass(16);
    expect(world.now().deployment).toMatchObject({ stage: "deploying", status: "deploying", progress: 80, version: 9 });
    rest(world, someDeployment({ version: 10, stage: "deploying", progress: 90, commit_message: "Known now" }));
    world.socket().say("status", someStatus({ version: 9, stage: "building" }));
    await world.pass(16);
    expect(world.now().deployment).toMatchObject({ progress: 90, commit_message: "Known now" });
  });

  test("it is finished by `log_complete` and by nothing else: no stage, no error, no close code", async () => {
    const world = watching();
    await connected(world);
    world.socket().say("status", someStatus({ stage: "failed", version: 4, error_message: "It broke." }));
    world.socket().say("error", { message: "It broke.", scope: "deployment" });
    for (const code of [1000, 1001, 4000]) {
      await breaks(world, code);
      await connected(world);
      expect(world.now().connection).toBe("connected");
    }
    expect(world.now().error).toMatchObject({ scope: "deployment", message: "It broke." });
    rest(
      world,
      someDeployment({ version: 5, stage: "failed", duration: 12, error_message: "It broke.", exit_code: 7 }),
    );
    world.socket().say("status", someStatus({ stage: "failed", version: 4, log_complete: true }));
    const last = await world.store.finished;
    expect(last).toMatchObject({ connection: "finished", deployment: { duration: 12, exit_code: 7 } });
    expect(world.socket().readyState).toBe(3);
    expect(world.next()).toBeNull();
  });

  test.each([true, false])("ended without a line: whether its log was deleted is asked once (%s)", async (expired) => {
    const world = watching();
    await connected(world);
    const asked: string[] = [];
    const ended = someDeployment({ version: 5, stage: "success" });
    world.answer((_method, path) => {
      if (!path.includes("/logs")) return { body: { success: true, data: ended } };
      asked.push(path);
      return { body: { success: true, data: [], next_cursor: 0, complete: true, expired } };
    });
    world.socket().say("status", someStatus({ stage: "success", version: 4, log_complete: true }));
    expect(await world.store.finished).toMatchObject({ lines: [], logExpired: expired, connection: "finished" });
    expect(asked).toHaveLength(1);
  });

  test("the network is lost at the very end: the last read is repeated until it is answered", async () => {
    const world = watching();
    await connected(world);
    world.answer(() => "unreachable");
    world.socket().say("status", someStatus({ stage: "success", version: 4, log_complete: true }));
    await world.pass(2500);
    expect(world.now().connection).not.toBe("finished");
    rest(world, someDeployment({ version: 5, stage: "success", duration: 3 }));
    await world.pass(1000);
    expect(await world.store.finished).toMatchObject({ connection: "finished", deployment: { duration: 3 } });
  });

  test("events that it does not know, and frames that are no JSON, are passed over", async () => {
    const world = watching();
    await connected(world);
    world.socket().say("something_new", { lines: [someLine(1)] });
    world.socket().onmessage?.({ data: "<html>" });
    world.socket().onmessage?.({ data: "null" });
    await world.pass(16);
    expect(world.now().lines).toEqual([]);
    expect(world.now().connection).toBe("connected");
  });

  test("wherever it is cut, and whatever comes again, the log has each line once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ until: fc.integer({ min: 1, max: 60 }), back: fc.integer({ min: 0, max: 20 }) }), {
          maxLength: 12,
        }),
        async (cuts) => {
          const world = watching({ random: 0 });
          let reached = 0;
          for (const { until, back } of [...cuts, { until: 60, back: 0 }]) {
            await connected(world);
            const after = Number(world.socket().address.searchParams.get("after"));
            expect(after).toBe(reached);
            // A server that crashed may send some again.
            for (let cursor = Math.max(1, after + 1 - back); cursor <= until; cursor++) {
              world
                .socket()
                .say(
                  cursor % 3 === 0 ? "log" : "logs",
                  cursor % 3 === 0 ? someLine(cursor) : { lines: [someLine(cursor)] },
                );
            }
            reached = Math.max(reached, until);
            await breaks(world);
          }
          await world.pass(16);
          expect(cursors(world.now())).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("a connection that breaks", () => {
  test("is waited for longer each time, to ten seconds, with jitter over the whole time, and never given up", async () => {
    const longest = [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000];
    for (const random of [0, 0.5, 1]) {
      const world = watching({ random });
      await connected(world);
      world.answer(() => "unreachable");
      const waits: number[] = [];
      for (const _ of longest) waits.push(await breaks(world));
      expect(waits).toEqual(longest.map((ms) => ms * random));
      for (let tries = 0; tries < 50; tries++) expect(await breaks(world)).toBe(10_000 * random);
      await world.pass(16);
      expect(world.now()).toMatchObject({ connection: "reconnecting", error: { scope: "connection" } });
    }
  });

  test("begins with the short waits again once something was heard", async () => {
    const world = watching({ random: 1 });
    await connected(world);
    world.answer(() => "unreachable");
    expect([await breaks(world), await breaks(world), await breaks(world)]).toEqual([250, 500, 1000]);
    await connected(world);
    expect(await breaks(world)).toBe(250);
  });

  test("is tried again at once when the network is back or the tab is looked at", async () => {
    const world = watching({ random: 1 });
    await connected(world);
    world.answer(() => "unreachable");
    for (let tries = 0; tries < 8; tries++) await breaks(world);
    world.socket().break();
    await world.pass(1);
    const before = world.sockets.length;
    world.wake();
    await world.pass(0);
    expect(world.sockets).toHaveLength(before + 1);
    world.store.reconnect();
    await world.pass(0);
    expect(world.sockets).toHaveLength(before + 1);
  });

  test("is noticed without a close: what stays silent is asked, and left when it does not answer", async () => {
    const world = watching({ random: 0 });
    await connected(world);
    const [first] = world.sockets;
    await world.pass(25_000);
    expect(first?.sent.filter((text) => text.includes("ping")).length).toBe(1);
    first?.say("pong");
    await world.pass(25_000);
    expect(world.sockets).toHaveLength(1);
    await world.pass(30_000);
    expect(world.sockets.length).toBeGreaterThan(1);
    expect(first?.readyState).toBe(3);
  });

  test("that a machine slept through is asked at once when it wakes", async () => {
    const world = watching({ random: 0 });
    await connected(world);
    world.wake();
    await world.pass(5_000);
    expect(world.sockets.length).toBeGreaterThan(1);
  });
});

describe("a socket that does not get through", () => {
  /** REST as it is for a building deployment with a log of `lines`. */
  const reading = (world: ClientWorld, lines: () => number[], complete: () => boolean) =>
    world.answer((_method, path) => {
      if (!path.includes("/logs")) {
        const ended = complete();
        return { body: { success: true, data: someDeployment({ version: 9, stage: ended ? "success" : "building" }) } };
      }
      const after = Number(new URL(path, "http://x").searchParams.get("after"));
      const data = lines()
        .filter((cursor) => cursor > after)
        .map(someLine);
      return { body: { success: true, data, next_cursor: data.at(-1)?.cursor ?? after, complete: complete() } };
    });

  test("is distinguished from an unreachable server by asking REST, and the log is read by long-polling instead", async () => {
    const world = watching({ random: 0 });
    let lines = [1, 2];
    let complete = false;
    reading(
      world,
      () => lines,
      () => complete,
    );
    await world.pass(0);
    await breaks(world);
    world.socket().break();
    await world.pass(16);
    expect(world.now().connection).toBe("polling");
    lines = [1, 2, 5];
    complete = true;
    await world.pass(1_100);
    expect(await world.store.finished).toMatchObject({ connection: "finished", deployment: { stage: "success" } });
    expect(cursors(world.now())).toEqual([1, 2, 5]);
    expect(world.requests.some(({ path }) => path.includes("wait="))).toBe(true);
  });

  test("one that answers but never greets is one too: its viewer is not known to anybody", async () => {
    const world = watching({ random: 0 });
    reading(
      world,
      () => [],
      () => false,
    );
    for (let tries = 0; tries < 2; tries++) {
      await world.pass(0);
      world.socket().open().say("pong");
      await world.pass(10_000);
    }
    await world.pass(16);
    expect(world.now().connection).toBe("polling");
  });

  test("a proxy that accepts a socket and passes nothing on is one too", async () => {
    const world = watching({ random: 0 });
    let asked = 0;
    reading(
      world,
      () => [1],
      () => ++asked > 3,
    );
    await world.pass(0);
    world.socket().open();
    await world.pass(10_000);
    world.socket().open();
    await world.pass(10_000);
    expect(await world.store.finished).toMatchObject({ connection: "finished" });
    expect(cursors(world.now())).toEqual([1]);
  });
});

describe("a caller who is refused", () => {
  const refusal = {
    status: 404,
    body: { success: false, error: "There is no deployment 7.", code: "deployment_not_found" },
  };

  test("learns why, in the server's words, and the server is left alone", async () => {
    const world = watching({ random: 0 });
    world.answer(() => refusal);
    await world.pass(0);
    world.socket().break();
    await world.pass(600_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.now()).toMatchObject({
      connection: "refused",
      error: { scope: "connection", code: "deployment_not_found", message: "There is no deployment 7." },
    });
  });

  test("can try again, and the trouble is forgotten", async () => {
    const world = watching({ random: 0 });
    world.answer(() => refusal);
    await world.pass(0);
    world.socket().break();
    await world.pass(20);
    rest(world, someDeployment());
    world.store.reconnect();
    await connected(world);
    expect(world.now()).toMatchObject({ connection: "connected", error: null });
  });

  test("a server in trouble is no refusal: it is asked again", async () => {
    const world = watching({ random: 0 });
    await world.pass(0);
    world.answer(() => ({ status: 503, body: { success: false, error: "Later.", code: "internal_error" } }));
    world.socket().break();
    await world.pass(0);
    expect(world.sockets.length).toBeGreaterThan(1);
    expect(world.now().connection).not.toBe("refused");
  });
});

test("with a token, each connecting takes a ticket of its own, which works once", async () => {
  const world = watching({ token: "secret", random: 0 });
  let tickets = 0;
  world.answer((_method, path) =>
    path === "/api/tickets"
      ? { status: 201, body: { success: true, data: { ticket: `ticket-${++tickets}` } } }
      : { body: { success: true, data: someDeployment() } },
  );
  await connected(world);
  await breaks(world);
  await world.pass(0);
  const used = world.sockets.map(({ address }) => address.searchParams.get("ticket"));
  expect(used.slice(0, 2)).toEqual(["ticket-1", "ticket-2"]);
  expect(world.requests.filter(({ path }) => path === "/api/tickets")[0]).toMatchObject({
    headers: { Authorization: "Bearer secret" },
    body: { deploymentId: 7 },
  });
  expect(world.sockets.every(({ address }) => !address.href.includes("secret"))).toBe(true);
});
