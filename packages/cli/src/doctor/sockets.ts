import type { Client } from "@slipway/monitor/client";
import { type Finding, well, wrong } from "./finding.ts";

const handshakeMs = 10_000;
const answerMs = 5_000;

const stillWorks = "Logs are fetched by long-polling every 3 s instead.";

/** Whether live logs and statuses get through: a socket is opened, and must answer. */
export async function checkSockets(client: Client): Promise<Finding> {
  const outcome = await talk(client, await client.socketAddress("/api/events", {}, {}));
  if (outcome === "answered") return well("live updates", "WebSocket connected");
  if (outcome === "silent")
    return wrong(
      "live updates",
      "the WebSocket opens, but no messages arrive",
      `${stillWorks} A proxy may be buffering messages.`,
    );
  const status = await handshakeStatus(await client.socketAddress("/api/events", {}, {}));
  return wrong("live updates", refusal(status), `${stillWorks} ${cure(status)}`);
}

function refusal(status: number | null): string {
  if (status === null) return "the WebSocket does not open, for an unknown reason";
  return status === 101
    ? "the WebSocket opened only on the second attempt"
    : `the WebSocket handshake returned ${status}`;
}

function cure(status: number | null): string {
  if (status === 101) return "Run slipway doctor again.";
  if (status === 401 || status === 403) return "Check your token with slipway whoami.";
  return "Allow Upgrade: websocket in the proxy or firewall.";
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

/** What a handshake is answered with, which a WebSocket does not expose; `null`: nothing. */
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
