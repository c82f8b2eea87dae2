import { describe, expect, test } from "@jest/globals";
import { type Deployment, type DeploymentSnapshot, watchDeployment } from "@slipway/monitor/client";
import fc from "fast-check";
import { type SimulatedClient, simulateClient, someDeployment, someLine, someStatus } from "./simulated-client.ts";

function watching(options: Parameters<typeof simulateClient>[0] = {}) {
  const simulated = simulateClient(options);
  const store = watchDeployment(simulated.client, 7);
  const snapshots: DeploymentSnapshot[] = [];
  const unsubscribe = store.subscribe(() => snapshots.push(store.getSnapshot()));
  return { ...simulated, store, snapshots, unsubscribe, now: () => store.getSnapshot() };
}

const cursors = ({ lines }: DeploymentSnapshot): number[] => lines.map(({ cursor }) => cursor);
const rest = (simulated: SimulatedClient, deployment: Deployment) =>
  simulated.answer(() => ({ body: { success: true, data: deployment } }));

/** Accepts the newest socket, and says something over it. */
async function connected(simulated: SimulatedClient): Promise<void> {
  await simulated.pass(0);
  simulated
    .socket()
    .open()
    .say("status", someStatus({ stage: "pending", progress: 0, version: 1 }));
  await simulated.pass(16);
}

/** The newest socket breaks, and the client waits and comes back. Answers how long it waited. */
async function breaks(simulated: SimulatedClient, code?: number): Promise<number> {
  const before = simulated.sockets.length;
  simulated.socket().break(code);
  await simulated.pass(0);
  let waited = 0;
  while (simulated.sockets.length === before) {
    const step = simulated.next() ?? Number.NaN;
    if (Number.isNaN(step)) throw new Error("It waits for nothing.");
    await simulated.pass(step);
    waited += step;
  }
  return waited;
}

describe("a watched deployment", () => {
  test("is asked for in batches from the start, and known by REST at once", async () => {
    const simulated = watching();
    await simulated.pass(20);
    const { address } = simulated.socket();
    expect(address.href).toBe("ws://localhost:8080/api/deployments/logs?id=7&after=0&batch=1");
    expect(simulated.now().deployment).toMatchObject({ id: 7, commit_message: "First" });
  });

  test("begins its log after a line, where it is asked for", async () => {
    const simulated = simulateClient();
    const store = watchDeployment(simulated.client, 7, { after: 4 });
    store.subscribe(() => {});
    await simulated.pass(20);
    expect(simulated.socket().address.searchParams.get("after")).toBe("4");
    simulated
      .socket()
      .open()
      .say("logs", { lines: [someLine(4), someLine(5)] });
    await simulated.pass(20);
    expect(store.getSnapshot().lines.map(({ cursor }) => cursor)).toEqual([5]);
  });

  test("nothing happens until somebody subscribes, and after the last one has left", async () => {
    const simulated = simulateClient();
    const store = watchDeployment(simulated.client, 7);
    await simulated.pass(1000);
    expect(simulated.sockets).toHaveLength(0);
    const unsubscribe = store.subscribe(() => {});
    await simulated.pass(0);
    unsubscribe();
    await simulated.pass(60_000);
    expect(simulated.sockets).toHaveLength(1);
    expect(simulated.socket().readyState).toBe(3);
    expect(simulated.next()).toBeNull();
  });

  test("whoever subscribes again goes on by cursor, and a subscriber who only moves keeps the socket", async () => {
    const simulated = watching();
    await connected(simulated);
    simulated.socket().say("logs", { lines: [someLine(1), someLine(4)] });
    simulated.unsubscribe();
    const again = simulated.store.subscribe(() => {});
    await simulated.pass(20);
    expect(simulated.sockets).toHaveLength(1);
    again();
    await simulated.pass(0);
    simulated.store.subscribe(() => {});
    await simulated.pass(0);
    expect(simulated.socket().address.searchParams.get("after")).toBe("4");
    expect(cursors(simulated.now())).toEqual([1, 4]);
  });

  test("a snapshot is the same object until something changes, and lines only ever grow", async () => {
    const simulated = watching();
    await connected(simulated);
    const before = simulated.now();
    expect(simulated.now()).toBe(before);
    simulated.socket().say("log", someLine(1)).say("log", someLine(2));
    expect(simulated.now()).toBe(before);
    await simulated.pass(16);
    expect(cursors(simulated.now())).toEqual([1, 2]);
    expect(before.lines).toEqual([]);
    const { lines } = simulated.now();
    simulated.socket().say("status", someStatus());
    await simulated.pass(16);
    expect(simulated.now().lines).toBe(lines);
  });

  test("each stage is reported, however quickly it passes; progress is coalesced", async () => {
    const simulated = watching();
    await connected(simulated);
    simulated.snapshots.length = 0;
    rest(simulated, someDeployment());
    simulated.socket().say("status", someStatus({ stage: "cloning", version: 2 }));
    simulated.socket().say("status", someStatus({ stage: "building", version: 3 }));
    for (const progress of [51, 52, 53]) simulated.socket().say("status", someStatus({ progress, version: progress }));
    await simulated.pass(16);
    expect(simulated.snapshots.map(({ deployment }) => [deployment?.stage, deployment?.progress])).toEqual([
      ["cloning", 50],
      ["building", 50],
      ["building", 53],
    ]);
  });

  test("an older answer of REST does not undo a newer event", async () => {
    const simulated = watching();
    rest(simulated, someDeployment({ version: 2, stage: "cloning" }));
    await connected(simulated);
    simulated.socket().say("status", someStatus({ version: 9, stage: "deploying", progress: 80 }));
    await simulated.pass(16);
    expect(simulated.now().deployment).toMatchObject({
      stage: "deploying",
      status: "deploying",
      progress: 80,
      version: 9,
    });
    rest(simulated, someDeployment({ version: 10, stage: "deploying", progress: 90, commit_message: "Known now" }));
    simulated.socket().say("status", someStatus({ version: 9, stage: "building" }));
    await simulated.pass(16);
    expect(simulated.now().deployment).toMatchObject({ progress: 90, commit_message: "Known now" });
  });

  test("it is finished by `log_complete` and by nothing else: no stage, no error, no close code", async () => {
    const simulated = watching();
    await connected(simulated);
    simulated.socket().say("status", someStatus({ stage: "failed", version: 4, error_message: "It broke." }));
    simulated.socket().say("error", { message: "It broke.", scope: "deployment" });
    for (const code of [1000, 1001, 4000]) {
      await breaks(simulated, code);
      await connected(simulated);
      expect(simulated.now().connection).toBe("connected");
    }
    expect(simulated.now().error).toMatchObject({ scope: "deployment", message: "It broke." });
    rest(
      simulated,
      someDeployment({ version: 5, stage: "failed", duration: 12, error_message: "It broke.", exit_code: 7 }),
    );
    simulated.socket().say("status", someStatus({ stage: "failed", version: 4, log_complete: true }));
    const last = await simulated.store.finished;
    expect(last).toMatchObject({ connection: "finished", deployment: { duration: 12, exit_code: 7 } });
    expect(simulated.socket().readyState).toBe(3);
    expect(simulated.next()).toBeNull();
  });

  test.each([true, false])("ended without a line: whether its log was deleted is asked once (%s)", async (expired) => {
    const simulated = watching();
    await connected(simulated);
    const asked: string[] = [];
    const ended = someDeployment({ version: 5, stage: "success" });
    simulated.answer((_method, path) => {
      if (!path.includes("/logs")) return { body: { success: true, data: ended } };
      asked.push(path);
      return { body: { success: true, data: [], next_cursor: 0, complete: true, expired } };
    });
    simulated.socket().say("status", someStatus({ stage: "success", version: 4, log_complete: true }));
    expect(await simulated.store.finished).toMatchObject({ lines: [], logExpired: expired, connection: "finished" });
    expect(asked).toHaveLength(1);
  });

  test("the network is lost at the very end: the last read is repeated until it is answered", async () => {
    const simulated = watching();
    await connected(simulated);
    simulated.answer(() => "unreachable");
    simulated.socket().say("status", someStatus({ stage: "success", version: 4, log_complete: true }));
    await simulated.pass(2500);
    expect(simulated.now().connection).not.toBe("finished");
    rest(simulated, someDeployment({ version: 5, stage: "success", duration: 3 }));
    await simulated.pass(1000);
    expect(await simulated.store.finished).toMatchObject({ connection: "finished", deployment: { duration: 3 } });
  });

  test("events that it does not know, and frames that are no JSON, are passed over", async () => {
    const simulated = watching();
    await connected(simulated);
    simulated.socket().say("something_new", { lines: [someLine(1)] });
    simulated.socket().onmessage?.({ data: "<html>" });
    simulated.socket().onmessage?.({ data: "null" });
    await simulated.pass(16);
    expect(simulated.now().lines).toEqual([]);
    expect(simulated.now().connection).toBe("connected");
  });

  test("wherever it is cut, and whatever comes again, the log has each line once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ until: fc.integer({ min: 1, max: 60 }), back: fc.integer({ min: 0, max: 20 }) }), {
          maxLength: 12,
        }),
        async (cuts) => {
          const simulated = watching({ random: 0 });
          let reached = 0;
          for (const { until, back } of [...cuts, { until: 60, back: 0 }]) {
            await connected(simulated);
            const after = Number(simulated.socket().address.searchParams.get("after"));
            expect(after).toBe(reached);
            // A server that crashed may send some again.
            for (let cursor = Math.max(1, after + 1 - back); cursor <= until; cursor++) {
              simulated
                .socket()
                .say(
                  cursor % 3 === 0 ? "log" : "logs",
                  cursor % 3 === 0 ? someLine(cursor) : { lines: [someLine(cursor)] },
                );
            }
            reached = Math.max(reached, until);
            await breaks(simulated);
          }
          await simulated.pass(16);
          expect(cursors(simulated.now())).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
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
      const simulated = watching({ random });
      await connected(simulated);
      simulated.answer(() => "unreachable");
      const waits: number[] = [];
      for (const _ of longest) waits.push(await breaks(simulated));
      expect(waits).toEqual(longest.map((ms) => ms * random));
      for (let tries = 0; tries < 50; tries++) expect(await breaks(simulated)).toBe(10_000 * random);
      await simulated.pass(16);
      expect(simulated.now()).toMatchObject({ connection: "reconnecting", error: { scope: "connection" } });
    }
  });

  test("begins with the short waits again once something was heard", async () => {
    const simulated = watching({ random: 1 });
    await connected(simulated);
    simulated.answer(() => "unreachable");
    expect([await breaks(simulated), await breaks(simulated), await breaks(simulated)]).toEqual([250, 500, 1000]);
    await connected(simulated);
    expect(await breaks(simulated)).toBe(250);
  });

  test("is tried again at once when the network is back or the tab is looked at", async () => {
    const simulated = watching({ random: 1 });
    await connected(simulated);
    simulated.answer(() => "unreachable");
    for (let tries = 0; tries < 8; tries++) await breaks(simulated);
    simulated.socket().break();
    await simulated.pass(1);
    const before = simulated.sockets.length;
    simulated.wake();
    await simulated.pass(0);
    expect(simulated.sockets).toHaveLength(before + 1);
    simulated.store.reconnect();
    await simulated.pass(0);
    expect(simulated.sockets).toHaveLength(before + 1);
  });

  test("is noticed without a close: what stays silent is asked, and left when it does not answer", async () => {
    const simulated = watching({ random: 0 });
    await connected(simulated);
    const [first] = simulated.sockets;
    await simulated.pass(25_000);
    expect(first?.sent.filter((text) => text.includes("ping")).length).toBe(1);
    first?.say("pong");
    await simulated.pass(25_000);
    expect(simulated.sockets).toHaveLength(1);
    await simulated.pass(30_000);
    expect(simulated.sockets.length).toBeGreaterThan(1);
    expect(first?.readyState).toBe(3);
  });

  test("that a machine slept through is asked at once when it wakes", async () => {
    const simulated = watching({ random: 0 });
    await connected(simulated);
    simulated.wake();
    await simulated.pass(5_000);
    expect(simulated.sockets.length).toBeGreaterThan(1);
  });
});

describe("a socket that does not get through", () => {
  /** REST as it is for a building deployment with a log of `lines`. */
  const reading = (simulated: SimulatedClient, lines: () => number[], complete: () => boolean) =>
    simulated.answer((_method, path) => {
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
    const simulated = watching({ random: 0 });
    let lines = [1, 2];
    let complete = false;
    reading(
      simulated,
      () => lines,
      () => complete,
    );
    await simulated.pass(0);
    await breaks(simulated);
    simulated.socket().break();
    await simulated.pass(16);
    expect(simulated.now().connection).toBe("polling");
    lines = [1, 2, 5];
    complete = true;
    await simulated.pass(1_100);
    expect(await simulated.store.finished).toMatchObject({ connection: "finished", deployment: { stage: "success" } });
    expect(cursors(simulated.now())).toEqual([1, 2, 5]);
    expect(simulated.requests.some(({ path }) => path.includes("wait="))).toBe(true);
  });

  test("one that answers but never greets is one too: its viewer is not known to anybody", async () => {
    const simulated = watching({ random: 0 });
    reading(
      simulated,
      () => [],
      () => false,
    );
    for (let tries = 0; tries < 2; tries++) {
      await simulated.pass(0);
      simulated.socket().open().say("pong");
      await simulated.pass(10_000);
    }
    await simulated.pass(16);
    expect(simulated.now().connection).toBe("polling");
  });

  test("a proxy that accepts a socket and passes nothing on is one too", async () => {
    const simulated = watching({ random: 0 });
    let asked = 0;
    reading(
      simulated,
      () => [1],
      () => ++asked > 3,
    );
    await simulated.pass(0);
    simulated.socket().open();
    await simulated.pass(10_000);
    simulated.socket().open();
    await simulated.pass(10_000);
    expect(await simulated.store.finished).toMatchObject({ connection: "finished" });
    expect(cursors(simulated.now())).toEqual([1]);
  });
});

describe("a caller who is refused", () => {
  const refusal = {
    status: 404,
    body: { success: false, error: "There is no deployment 7.", code: "deployment_not_found" },
  };

  test("learns why, in the server's words, and the server is left alone", async () => {
    const simulated = watching({ random: 0 });
    simulated.answer(() => refusal);
    await simulated.pass(0);
    simulated.socket().break();
    await simulated.pass(600_000);
    expect(simulated.sockets).toHaveLength(1);
    expect(simulated.now()).toMatchObject({
      connection: "refused",
      error: { scope: "connection", code: "deployment_not_found", message: "There is no deployment 7." },
    });
  });

  test("can try again, and the trouble is forgotten", async () => {
    const simulated = watching({ random: 0 });
    simulated.answer(() => refusal);
    await simulated.pass(0);
    simulated.socket().break();
    await simulated.pass(20);
    rest(simulated, someDeployment());
    simulated.store.reconnect();
    await connected(simulated);
    expect(simulated.now()).toMatchObject({ connection: "connected", error: null });
  });

  test("a server in trouble is no refusal: it is asked again", async () => {
    const simulated = watching({ random: 0 });
    await simulated.pass(0);
    simulated.answer(() => ({ status: 503, body: { success: false, error: "Later.", code: "internal_error" } }));
    simulated.socket().break();
    await simulated.pass(0);
    expect(simulated.sockets.length).toBeGreaterThan(1);
    expect(simulated.now().connection).not.toBe("refused");
  });
});

test("with a token, each connecting takes a ticket of its own, which works once", async () => {
  const simulated = watching({ token: "secret", random: 0 });
  let tickets = 0;
  simulated.answer((_method, path) =>
    path === "/api/tickets"
      ? { status: 201, body: { success: true, data: { ticket: `ticket-${++tickets}` } } }
      : { body: { success: true, data: someDeployment() } },
  );
  await connected(simulated);
  await breaks(simulated);
  await simulated.pass(0);
  const used = simulated.sockets.map(({ address }) => address.searchParams.get("ticket"));
  expect(used.slice(0, 2)).toEqual(["ticket-1", "ticket-2"]);
  expect(simulated.requests.filter(({ path }) => path === "/api/tickets")[0]).toMatchObject({
    headers: { Authorization: "Bearer secret" },
    body: { deploymentId: 7 },
  });
  expect(simulated.sockets.every(({ address }) => !address.href.includes("secret"))).toBe(true);
});
