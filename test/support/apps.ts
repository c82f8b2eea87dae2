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
