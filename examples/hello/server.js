import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { page } from "./page.js";

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? "0.0.0.0";

const html = page(await release());
let draining = false;

const server = createServer((request, response) => {
  // While the server drains, each answer tells its client to come back over a new connection, which goes to another instance.
  if (draining) response.setHeader("Connection", "close");
  const [path] = (request.url ?? "/").split("?");
  if (path === "/healthz") return answer(response, 200, "text/plain; charset=utf-8", "ok\n");
  if (path === "/") return answer(response, 200, "text/html; charset=utf-8", html);
  return answer(response, 404, "text/plain; charset=utf-8", "There is nothing here. Try /\n");
});

server.listen(port, host, () => console.log(`hello listens on ${host}:${server.address().port}`));

process.on("SIGTERM", () => {
  console.log("hello is draining");
  draining = true;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  // A client that never finishes must not hold up a release.
  setTimeout(() => process.exit(0), 10_000).unref();
});

function answer(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

/** What is running: what the image was built from, and what Slipway says about it. */
async function release() {
  const { version } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));
  return { version, commit: process.env.SLIPWAY_COMMIT, deployment: process.env.SLIPWAY_DEPLOYMENT_ID };
}
