import { createServer } from "node:http";

/** Somebody's server for notifications. */
export interface Receiver {
  readonly url: string;
  /** How many requests it got at a path. */
  count(path: string): number;
  close(): Promise<void>;
}

/** Listens on a free port. At `/limited` it is busy the first time. */
export async function startReceiver(): Promise<Receiver> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    request.resume();
    const isBusy = path === "/limited" && count === 1;
    request.on("end", () => response.writeHead(isBusy ? 429 : 200, isBusy ? { "Retry-After": "1" } : {}).end());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver listens on no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    count: (path) => counts.get(path) ?? 0,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
