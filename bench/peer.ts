import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WebSocket } from "ws";
import { bareMessages } from "./baselines.ts";
import { type Measurement, summary } from "./measurement.ts";
import { stampedApp, stampReader } from "./stamped.ts";
import type { WatchedFrame } from "./watch.ts";

const lines = 200;

/** Leaves an app whose build prints stamped lines, to be deployed by another server. */
export function writePeerApp(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(stampedApp({ lines, atOnce: 1, everyMs: 100 })))
    writeFileSync(join(directory, name), content);
}

const isEnd = ({ type, data }: WatchedFrame): boolean =>
  type === "status" && ["success", "failed", "stopped", "cancelled"].includes(data.status);

/**
 * Watches a deployment of {@link writePeerApp} on any server that sends `log` and `status` frames of JSON, as the original of this
 * one does. A line's delay is from its stamp; a status frame's from its own timestamp, which says when the frame was made and not
 * when the status was written: such a server's own wait before it makes one is not in it.
 */
export async function measurePeer(url: string): Promise<Measurement[]> {
  const reader = stampReader(lines);
  const statuses: number[] = [];
  const socket = new WebSocket(url);
  await new Promise<void>((done, fail) => {
    socket.on("message", (data) => {
      const at = Date.now();
      const frame = JSON.parse(String(data));
      reader.note(frame, at);
      if (frame.type === "status") statuses.push(at - Date.parse(frame.timestamp));
      if (isEnd(frame)) done();
    });
    socket.once("error", fail);
    socket.once("close", () => done());
  });
  socket.terminate();
  const bare = await bareMessages(200);
  const { delays, wrong } = reader.seen();
  process.stderr.write(`${wrong} of ${lines} lines were missing, repeated or out of order.\n`);
  return [
    summary("printed line → socket, of the peer", delays, bare),
    summary("status frame made → socket, of the peer", statuses, bare),
  ];
}
