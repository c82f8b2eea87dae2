/** Repositories of small applications, as files. They need nothing but Node and the shell. */

const server = (version: string) => `
import { createServer } from "node:http";
const version = ${JSON.stringify(version)};
const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.end("ok");
  response.end(version);
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

/** Builds in a moment and answers every request with its version. \`steps\` are further lines of the Dockerfile. */
export function healthyApp(version = "one", steps: readonly string[] = []): Record<string, string> {
  return {
    Dockerfile: [
      "FROM node:24-alpine",
      "WORKDIR /app",
      "COPY . .",
      ...steps.map((step) => `RUN ${step}`),
      'CMD ["node", "server.mjs"]',
    ].join("\n"),
    "server.mjs": server(version),
  };
}

/** Prints \`lines\` numbered lines while it builds, \`perSecond\` of them. */
export function chattyApp(lines: number, perSecond: number): Record<string, string> {
  const script = `
const total = ${lines};
let printed = 0;
const timer = setInterval(() => {
  const share = Math.max(1, Math.round(${perSecond} / 20));
  for (let i = 0; i < share && printed < total; i++) console.log("line " + ++printed);
  if (printed >= total) clearInterval(timer);
}, 50);
`;
  return { ...healthyApp("chatty", ["node chatter.mjs"]), "chatter.mjs": script };
}

/** What an app that can be turned does at the moment. */
export interface Behaviour {
  /** What its health check is answered with. */
  readonly health: number;
  /** What everything else is answered with, and after how many milliseconds. */
  readonly status: number;
  readonly latency: number;
}

/** Answers with its version, `/slow` after 300 ms, and behaves from its start as it is configured; a `POST /turn` with its version and a part of a {@link Behaviour} changes that while it runs, and is answered by whichever version gets it. */
export function turnableApp(version: string, behaviour: Partial<Behaviour> = {}): Record<string, string> {
  const server = `
import { createServer } from "node:http";
const behaviour = ${JSON.stringify({ health: 200, status: 200, latency: 0, ...behaviour })};
const server = createServer(async (request, response) => {
  if (request.url === "/healthz") return response.writeHead(behaviour.health).end();
  if (request.url === "/turn") {
    const { version, ...turned } = JSON.parse((await request.toArray()).join(""));
    if (version === ${JSON.stringify(version)}) Object.assign(behaviour, turned);
    return response.end(${JSON.stringify(version)});
  }
  const after = behaviour.latency + (request.url === "/slow" ? 300 : 0);
  setTimeout(() => response.writeHead(behaviour.status).end(${JSON.stringify(version)}), after);
});
console.log("version ${version}");
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
  return { ...healthyApp(version), "server.mjs": server };
}

/** Answers with its version and with what it was started with: the variables `LEVEL` and `KEY`. */
export function tellingApp(version: string): Record<string, string> {
  const server = `
import { createServer } from "node:http";
const { LEVEL = null, KEY = null, PORT } = process.env;
const answer = JSON.stringify({ version: ${JSON.stringify(version)}, level: LEVEL, key: KEY });
const server = createServer((request, response) => response.end(request.url === "/healthz" ? "ok" : answer));
server.listen(Number(PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
  return { ...healthyApp(version), "server.mjs": server };
}

/**
 * Asks the app that its path names at its private name (`/orders/open`), and answers with what came of it; `/` with `caller`, and
 * `/self` with whether it finds its own host name.
 */
export const callingApp: Readonly<Record<string, string>> = {
  Dockerfile: 'FROM node:24-alpine\nCOPY . .\nCMD ["node", "server.mjs"]\n',
  "server.mjs": `
import { lookup } from "node:dns/promises";
import { createServer, get } from "node:http";
import { hostname } from "node:os";
// On a connection of its own, so that each call resolves the name.
const ask = (path) =>
  new Promise((resolve) => {
    const url = "http://" + path.slice(1).replace("/", "." + process.env.SLIPWAY_PRIVATE_DOMAIN + "/");
    const asking = get(url, { agent: false }, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += chunk;
      resolve({ status: answer.statusCode, body, location: answer.headers.location ?? null });
    });
    asking.once("error", (error) => resolve({ status: 0, body: String(error.code ?? error), location: null }));
  });
const server = createServer(async (request, response) => {
  if (request.url === "/") return response.end("caller");
  if (request.url === "/self") return response.end(String((await lookup(hostname()).catch((error) => error)).address));
  response.end(JSON.stringify(await ask(request.url)));
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
`,
};
