import { once } from "node:events";
import { WebSocket } from "ws";

export interface WatchedFrame {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is measured is when a frame arrives; tests hold it to the contract.
  readonly data: any;
}

export interface Watching {
  /** After the last frame; rejects when the socket closes before. */
  readonly finished: Promise<void>;
  close(): void;
}

/** The last frame of a deployment, after which nothing follows. */
const isLast = ({ type, data }: WatchedFrame): boolean => type === "status" && data.log_complete === true;

/** Watches a deployment and hands over each frame with the time at which it was there, in epoch milliseconds. */
export async function watch(
  url: string,
  query: string,
  arrived: (frame: WatchedFrame, at: number) => void,
  headers: Readonly<Record<string, string>> = {},
): Promise<Watching> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/deployments/logs?${query}`, { headers });
  const finished = new Promise<void>((done, fail) => {
    socket.on("message", (data) => {
      const at = Date.now();
      const frame: WatchedFrame = JSON.parse(String(data));
      arrived(frame, at);
      if (isLast(frame)) done();
    });
    socket.once("close", (code) => fail(new Error(`The socket was closed with ${code} before the end.`)));
  });
  // Whoever waits for it hears of it; until then it is nobody's.
  finished.catch(() => undefined);
  await once(socket, "open");
  return { finished, close: () => socket.terminate() };
}

export interface Line {
  readonly line: string;
  readonly cursor: number;
}

/** The lines of a frame; none of one of another kind. */
export function linesOf({ type, data }: WatchedFrame): readonly Line[] {
  if (type === "log") return [data];
  return type === "logs" ? data.lines : [];
}
