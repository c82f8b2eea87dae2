// the original's own example: the component reconnected after every close and appended the replay again
import { expect, test } from "@jest/globals";
import { watch } from "../../lib/client/watch.ts";

class FakeSocket {
  static readonly opened: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeSocket.opened.push(this);
  }
  close() {}
  say(type: string, data: unknown) {
    this.onmessage?.({ data: JSON.stringify({ type, data }) });
  }
}

test("a close reconnects with the cursor, repeats are dropped, and log_complete alone is the end", async () => {
  const lines: number[] = [];
  const delays: (() => void)[] = [];
  const watched = watch({
    baseUrl: "http://localhost:8080",
    deploymentId: 7,
    onStatus: () => {},
    onLines: (fresh) => lines.push(...fresh.map(({ cursor }) => cursor)),
    later: (_ms, run) => {
      delays.push(run);
      return () => {};
    },
    random: () => 0.5,
    WebSocket: FakeSocket as unknown as typeof WebSocket,
  });
  const line = (cursor: number) => ({ line: "x\n", timestamp: "", stream: "stdout", cursor });
  FakeSocket.opened[0]?.say("logs", { lines: [line(1), line(2)] });
  FakeSocket.opened[0]?.say("status", { stage: "success", log_complete: false });
  FakeSocket.opened[0]?.onclose?.();
  delays[0]?.();
  expect(FakeSocket.opened[1]?.url).toContain("after=2");
  FakeSocket.opened[1]?.say("logs", { lines: [line(2), line(3)] });
  FakeSocket.opened[1]?.say("status", { stage: "success", log_complete: true });
  FakeSocket.opened[1]?.onclose?.();
  expect(await watched.finished).toMatchObject({ log_complete: true });
  expect(lines).toEqual([1, 2, 3]);
  expect(FakeSocket.opened).toHaveLength(2);
});
