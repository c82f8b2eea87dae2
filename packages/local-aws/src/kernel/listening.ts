import type { Server } from "node:net";

/** Resolves with the port once the server is bound; 0 takes a free one. Rejects where the address or the port cannot be taken. */
export function listening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const bound = server.address();
      if (bound === null || typeof bound === "string") reject(new Error(`The port at ${host} has no number.`));
      else resolve(bound.port);
    });
  });
}
