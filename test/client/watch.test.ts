import { describe, expect, test } from "@jest/globals";
import type { LogLine, Status } from "../../lib/client/types.ts";
import { watch } from "../../lib/client/watch.ts";

/** A server's end of the sockets that a client opens. */
class Socket {
  readonly address: string;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;

  constructor(address: string) {
    this.address = address;
  }
  close(): void {
    this.closed = true;
  }
  say(type: string, data: unknown): void {
    this.onmessage?.({ data: JSON.stringify({ type, timestamp: "2026-01-01T00:00:00.000Z", data }) });
  }
  get after(): string | null {
    return new URL(this.address).searchParams.get("after");
  }
}

const line = (cursor: number): LogLine => ({
  line: `line ${cursor}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
  stream: "stdout",
  cursor,
});
const status = (change: Partial<Status> = {}): Status => ({
  deployment_id: 7,
  stage: "building",
  progress: 50,
  message: "Building Docker image",
  error_message: "",
  version: 3,
  log_complete: false,
  ...change,
});

/** A client whose sockets and whose time are the test's. */
function watching({ random = 0.5, after }: { random?: number; after?: number } = {}) {
  const sockets: Socket[] = [];
  const timers: { ms: number; run: () => void; cancelled: boolean }[] = [];
  const cursors: number[] = [];
  const states: string[] = [];
  let resolved: Status | null | undefined;
  class Opened extends Socket {
    constructor(address: string) {
      super(address);
      sockets.push(this);
    }
  }
  const { finished, stop } = watch({
    baseUrl: "http://localhost:8080",
    deploymentId: 7,
    ...(after === undefined ? {} : { after }),
    onStatus: ({ stage }) => states.push(stage),
    onLines: (lines) => cursors.push(...lines.map(({ cursor }) => cursor)),
    later: (ms, run) => {
      const timer = { ms, run, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
    random: () => random,
    WebSocket: Opened as unknown as typeof WebSocket,
  });
  void finished.then((last) => {
    resolved = last;
  });
  const socket = (): Socket => sockets.at(-1) ?? new Socket("");
  /** The connection breaks, and the time that the client waits passes. Answers how long that is. */
  const breaks = (code = 1006): number => {
    socket().onclose?.({ code });
    const timer = timers.at(-1);
    timer?.run();
    return timer?.ms ?? -1;
  };
  return { sockets, timers, cursors, states, finished, stop, socket, breaks, result: () => resolved };
}

describe("a client that watches", () => {
  test("asks for its deployment, in batches, from the cursor it is given", () => {
    const { socket } = watching({ after: 12 });
    expect(socket().address).toBe("ws://localhost:8080/api/deployments/logs?id=7&after=12&batch=1");
    expect(watching().socket().after).toBe("0");
  });

  test("comes back with the cursor of its last line, and drops what comes again", () => {
    const { socket, breaks, cursors, sockets } = watching();
    socket().onopen?.();
    socket().say("log", line(1));
    socket().say("logs", { lines: [line(2), line(5)] });
    breaks();
    expect(socket().after).toBe("5");
    socket().say("logs", { lines: [line(2), line(5), line(6)] });
    socket().say("log", line(6));
    breaks();
    expect(socket().after).toBe("6");
    expect(cursors).toEqual([1, 2, 5, 6]);
    expect(sockets).toHaveLength(3);
  });

  test("waits longer each time, to ten seconds, with jitter over the whole time, and never gives up", () => {
    const longest = [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000];
    for (const random of [0, 0.5, 1]) {
      const { breaks } = watching({ random });
      expect(longest.map(() => breaks())).toEqual(longest.map((ms) => ms * random));
      for (let tries = 0; tries < 2000; tries++) expect(breaks()).toBe(10_000 * random);
    }
  });

  test("begins with the short waits again once it was connected", () => {
    const { socket, breaks } = watching({ random: 1 });
    expect([breaks(), breaks(), breaks()]).toEqual([250, 500, 1000]);
    socket().onopen?.();
    expect(breaks()).toBe(250);
  });

  test("is finished by `log_complete` and by nothing else: no stage, no error, no close code", async () => {
    const { socket, breaks, finished, result, states, timers } = watching();
    socket().say("status", status({ stage: "failed" }));
    socket().say("error", { message: "It broke.", scope: "deployment" });
    for (const code of [1000, 1001, 4000]) breaks(code);
    await Promise.resolve();
    expect(result()).toBeUndefined();
    const last = status({ stage: "failed", log_complete: true });
    const waits = timers.length;
    socket().say("status", last);
    expect(await finished).toEqual(last);
    expect(states).toEqual(["failed", "failed"]);
    expect(socket().closed).toBe(true);
    socket().onclose?.({ code: 1005 });
    expect(timers).toHaveLength(waits);
  });

  test("passes over events that it does not know", () => {
    const { socket, cursors } = watching();
    socket().say("pong", {});
    socket().say("something_new", { lines: [line(1)] });
    expect(cursors).toEqual([]);
  });

  test("that is stopped closes its socket, resolves with null and does not come back", async () => {
    const { socket, sockets, stop, finished, timers } = watching();
    stop();
    expect(socket().closed).toBe(true);
    socket().onclose?.({ code: 1005 });
    expect(await finished).toBeNull();
    expect(timers).toHaveLength(0);
    expect(sockets).toHaveLength(1);
  });

  test("that is stopped while it waits does not connect again", async () => {
    const { socket, stop, finished, timers } = watching();
    socket().onclose?.({ code: 1006 });
    stop();
    expect(timers.map(({ cancelled }) => cancelled)).toEqual([true]);
    expect(await finished).toBeNull();
  });
});
