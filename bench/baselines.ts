import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

/** What the bare pieces take on this machine, now: the floor that nothing built on them can go below. In milliseconds. */
export async function baselines(times: number): Promise<{ http: number[]; socket: number[]; process: number[] }> {
  const server = createServer((_request, response) => response.end("ok"));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const http = await measured(times, async () => {
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
  });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, "open");
  const messages = await measured(times, async () => {
    socket.send("x");
    await once(socket, "message");
  });
  socket.terminate();
  sockets.close();
  server.close();
  const processes = await measured(5, async () => {
    await once(spawn(process.execPath, ["-e", "0"]), "exit");
  });
  return { http, socket: messages, process: processes };
}

async function measured(times: number, run: () => Promise<void>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    await run();
    values.push(performance.now() - before);
  }
  return values;
}
