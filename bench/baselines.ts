import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { Baseline } from "./measurement.ts";

/** A bare HTTP server and a bare WebSocket server on one port: the floor that nothing built on them can go below. */
async function bareServer() {
  const server = createServer((_request, response) => response.end("ok"));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.close();
  };
  return { port, sockets, close };
}

/** A request to a bare HTTP server, in milliseconds. */
export async function bareRequests(times: number): Promise<Baseline> {
  const { port, close } = await bareServer();
  const values = await measured(times, async () => {
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
  });
  close();
  return { name: "bare HTTP request", values };
}

/** A message over a bare socket and back, in milliseconds. */
export async function bareMessages(times: number): Promise<Baseline> {
  const { port, close } = await bareServer();
  const socket = await opened(port);
  const values = await measured(times, async () => {
    socket.send("x");
    await once(socket, "message");
  });
  close();
  return { name: "bare socket message", values };
}

/** What each of many sockets waits for a message that a bare server sends to all of them, in milliseconds. */
export async function bareBroadcast(viewers: number, times: number): Promise<Baseline> {
  const { port, sockets, close } = await bareServer();
  const open: WebSocket[] = [];
  for (let n = 0; n < viewers; n++) open.push(await opened(port));
  const values: number[] = [];
  for (let n = 0; n < times; n++) {
    const arrived = open.map(async (socket) => {
      const [data] = await once(socket, "message");
      values.push(performance.now() - Number(String(data)));
    });
    for (const socket of sockets.clients) socket.send(String(performance.now()));
    await Promise.all(arrived);
  }
  close();
  return { name: `bare broadcast to ${viewers} sockets`, values };
}

/** A Node.js process that does nothing, from start to end, in milliseconds. */
export async function bareProcesses(times: number): Promise<Baseline> {
  const values = await measured(times, async () => {
    await once(spawn(process.execPath, ["-e", "0"]), "exit");
  });
  return { name: "bare Node process", values };
}

async function opened(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, "open");
  return socket;
}

export async function measured(times: number, run: () => Promise<unknown>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    await run();
    values.push(performance.now() - before);
  }
  return values;
}
