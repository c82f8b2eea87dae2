import type { Client } from "@slipway/monitor/client";
import { type Finding, well, wrong } from "./finding.ts";

const handshakeMs = 10_000;
const answerMs = 5_000;

const stillWorks = "Logs come by long-polling instead: every 3 s, and complete.";

/** Whether live logs and statuses get through: a socket is opened, and must answer. */
export async function checkSockets(client: Client): Promise<Finding> {
  const outcome = await talk(client, await client.socketAddress("/api/events", {}, {}));
  if (outcome === "answered") return well("live updates", "a WebSocket opens and answers");
  if (outcome === "silent")
    return wrong(
      "live updates",
      "a WebSocket opens, but nothing comes through",
      `${stillWorks} A proxy on the way holds its messages back.`,
    );
  const status = await handshakeStatus(await client.socketAddress("/api/events", {}, {}));
  return wrong("live updates", refusal(status), `${stillWorks} ${cure(status)}`);
}

function refusal(status: number | null): string {
  if (status === null) return "a WebSocket does not open, and nobody says why";
  return status === 101
    ? "a WebSocket opened at the second try only"
    : `the handshake of a WebSocket is answered ${status}`;
}

function cure(status: number | null): string {
  if (status === 101) return "Run slipway doctor again.";
  if (status === 401 || status === 403) return "slipway whoami says whether your token is good.";
  return "A proxy or firewall on the way has to pass on Upgrade: websocket.";
}

function talk({ environment }: Client, address: string): Promise<"answered" | "silent" | "refused"> {
  return new Promise((done) => {
    const socket = new environment.WebSocket(address);
    const end = (outcome: "answered" | "silent" | "refused") => {
      stopWaiting();
      socket.onclose = null;
      socket.onerror = null;
      socket.close();
      done(outcome);
    };
    let stopWaiting = environment.later(handshakeMs, () => end("refused"));
    socket.onopen = () => {
      stopWaiting();
      stopWaiting = environment.later(answerMs, () => end("silent"));
      socket.send('{"type":"ping"}');
    };
    socket.onmessage = () => end("answered");
    socket.onerror = () => end("refused");
    socket.onclose = () => end("refused");
  });
}

/** What a handshake is answered with, which a WebSocket does not tell; `null`: nothing. */
async function handshakeStatus(address: string): Promise<number | null> {
  const { request } = await (address.startsWith("wss:") ? import("node:https") : import("node:http"));
  return new Promise((done) => {
    const handshake = request(address.replace(/^ws/, "http"), {
      timeout: handshakeMs,
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": btoa(crypto.randomUUID().slice(0, 16)),
      },
    });
    const end = (status: number | null) => {
      handshake.destroy();
      done(status);
    };
    handshake.on("response", ({ statusCode }) => end(statusCode ?? null));
    handshake.on("upgrade", (_answer, socket) => {
      socket.destroy();
      end(101);
    });
    handshake.on("timeout", () => end(null));
    handshake.on("error", () => done(null));
    handshake.end();
  });
}
