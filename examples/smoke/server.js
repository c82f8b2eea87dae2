import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { PORT = "3000", HOST = "0.0.0.0", SMOKE_VERSION = "none", SMOKE_STATUS = "200" } = process.env;

/** Which image it is. */
const build = (await readFile(new URL("build.txt", import.meta.url), "utf8")).trim();

/** How many of its secrets the app has, so that nothing of them is shown. */
const secrets = Object.keys(process.env).filter((name) => name.startsWith("SMOKE_SECRET_")).length;

const answers = {
  "/": [Number(SMOKE_STATUS), `version ${SMOKE_VERSION} of build ${build}`],
  "/healthz": [200, "ok"],
  "/secrets": [200, String(secrets)],
};

const server = createServer((request, response) => {
  const [status, text] = answers[request.url] ?? [404, "There is nothing here."];
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text);
});

server.listen(Number(PORT), HOST, () => console.log(`version ${SMOKE_VERSION} listens on ${PORT}`));

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 5_000).unref();
});
