import type { Kind } from "./plan.ts";

/** What a version answers on every page but its health check. */
interface Page {
  readonly version: string;
  readonly deployment: number;
  readonly commit: string;
}

/** `null`: that is no page of an app of a campaign. */
export function pageIn(body: string): Page | null {
  try {
    const { version, deployment, commit } = JSON.parse(body);
    return typeof version === "string" ? { version, deployment, commit } : null;
  } catch {
    return null;
  }
}

/** How long the build's lines take, at most. */
const buildMs = 2_000;

/** The files of one version of an app, which numbers the lines of its build at their source. */
export function sourceOf(version: string, kind: Kind, lines: number): Record<string, string> {
  return {
    Dockerfile: [
      "FROM node:24-alpine",
      "WORKDIR /app",
      "COPY . .",
      "RUN node build.mjs",
      'CMD ["node", "server.mjs"]',
    ].join("\n"),
    "build.mjs": `
const total = ${lines};
let printed = 0;
const share = Math.ceil(total / ${buildMs / 50});
const timer = setInterval(() => {
  for (let n = 0; n < share && printed < total; n++) console.log("line " + ++printed + " of ${version}");
  if (printed < total) return;
  clearInterval(timer);
  process.exitCode = ${kind === "broken" ? 7 : 0};
}, 50);
`,
    "server.mjs": `
import { createServer } from "node:http";
const { SLIPWAY_DEPLOYMENT_ID, SLIPWAY_COMMIT, PORT, HOST } = process.env;
const page = JSON.stringify({ version: ${JSON.stringify(version)}, deployment: Number(SLIPWAY_DEPLOYMENT_ID), commit: SLIPWAY_COMMIT });
const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.writeHead(${kind === "sick" ? 503 : 200}).end();
  setTimeout(() => response.end(page), request.url === "/slow" ? 200 : 0);
});
console.log("version ${version}");
server.listen(Number(PORT), HOST ?? "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
  };
}
