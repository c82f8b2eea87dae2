import { connect, createServer, type Socket } from "node:net";

/** The network between a browser and the control plane, which a test can cut. */
export interface Network {
  /** Where it listens, on the loopback address. */
  readonly port: number;
  /** Breaks every connection, and refuses new ones until it is restored. */
  cut(): void;
  /** Breaks every connection once; new ones get through. */
  breakConnections(): void;
  /** From now on it knows nothing of WebSockets, as some proxies do: an upgrade is answered 400. */
  refuseSockets(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Passes everything on to a port of this machine. */
export async function networkTo(port: number): Promise<Network> {
  const open = new Set<Socket>();
  let isCut = false;
  let takesSockets = true;
  const server = createServer((near) => {
    if (isCut) return near.resetAndDestroy();
    const far = connect(port, "127.0.0.1");
    open.add(near);
    near.on("close", () => {
      open.delete(near);
      far.destroy();
    });
    far.on("close", () => near.destroy());
    for (const end of [near, far]) end.on("error", () => near.destroy());
    // An upgrade may come over a connection that carried other requests before.
    near.on("data", (chunk: Buffer) => {
      if (!takesSockets && /\r\nupgrade: *websocket\r\n/i.test(chunk.toString("latin1"))) {
        near.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      far.write(chunk);
    });
    near.on("end", () => far.end());
    far.pipe(near);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port.");
  const breakConnections = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    breakConnections,
    cut: () => {
      isCut = true;
      breakConnections();
    },
    refuseSockets: () => {
      takesSockets = false;
      breakConnections();
    },
    restore: () => {
      isCut = false;
      takesSockets = true;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        breakConnections();
      }),
  };
}
