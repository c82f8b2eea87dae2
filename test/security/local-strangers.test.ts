// What shares a laptop with the control plane and is not its user: builds, deployed apps, and pages of other origins.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { addressOf, deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { secretOf } from "../support/local-access.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  stateHomeOf,
  temporaryDirectory,
} from "../support/local-mode.ts";

/** What is tried is `[what, how it ended]`; a status is a number. */
type Tried = readonly (readonly [string, unknown])[];

/** Knows the port and every path, and tries each way in that there is. Prints one line of JSON. */
const attack = (port: number, data: string, registry: string) => `
import { connect, createServer } from "node:net";
import { request } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
const port = ${port};
const tried = [];
const note = (what, how) => void tried.push([what, how]);
const ask = (method, path, headers, body) => new Promise((done) => {
  const asked = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    answer.resume();
    done(answer.statusCode);
  });
  asked.on("upgrade", (answer, socket) => { socket.destroy(); done(101); });
  asked.on("error", (error) => done(String(error.code)));
  asked.end(body);
});
const json = { "Content-Type": "application/json" };
const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
for (const origin of [undefined, "http://localhost:" + port, "http://127.0.0.1:" + port, "http://shop.localhost:" + port, "http://localhost:1", "null"]) {
  const own = { Host: "localhost:" + port, "X-Slipway-Host": "localhost:" + port, "X-Forwarded-For": "127.0.0.1", ...(origin === undefined ? {} : { Origin: origin }) };
  for (const path of ["/api/apps", "/api/tokens", "/api/audit", "/api/deployments", "/api/auth/me"]) note("GET " + path, await ask("GET", path, own));
  note("POST /api/tokens", await ask("POST", "/api/tokens", { ...own, ...json }, JSON.stringify({ name: "mine", role: "admin" })));
  note("POST /api/tickets", await ask("POST", "/api/tickets", { ...own, ...json }, "{}"));
  note("POST /api/apps", await ask("POST", "/api/apps", { ...own, ...json }, JSON.stringify({ name: "mine", repoUrl: "file:///" })));
  note("POST /api/auth/exchange", await ask("POST", "/api/auth/exchange", { ...own, ...json }, JSON.stringify({ code: "0".repeat(64) })));
  note("POST /api/auth/login", await ask("POST", "/api/auth/login", { ...own, ...json }, JSON.stringify({ token: "0".repeat(64) })));
  for (const path of ["/api/deployments/logs?id=1", "/api/events"]) note("socket " + path, await ask("GET", path, { ...own, ...upgrade }));
}
const door = (path) => new Promise((done) => {
  const socket = connect(path, () => { socket.destroy(); done("connected"); });
  socket.on("error", (error) => done(error.code));
});
note("unix socket", await door(${JSON.stringify(join(data, "slipway.sock"))}));
for (const path of ${JSON.stringify(["admin.secret", "sign-in.html", "state.sqlite", "encryption.key"].map((name) => join(data, name)))})
  try { note("file " + path, String(readFileSync(path))); } catch (error) { note("file " + path, error.code); }
try { note("registry", readdirSync(${JSON.stringify(registry)}).join()); } catch (error) { note("registry", error.code); }
const listen = (host) => new Promise((done) => {
  const server = createServer();
  server.on("error", (error) => done(error.code));
  server.listen(port, host, () => server.close(() => done("listening")));
});
for (const host of ["127.0.0.1", "::1"]) note("listening at " + host, await listen(host));
`;

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let built: Tried;
let run: Tried;

beforeAll(async () => {
  const data = join(temporaryDirectory(), "data");
  local = await startLocalMode({ data, args: ["--auth", "local"] });
  api = apiAt(local.url, secretOf(data));
  const port = Number(new URL(local.url).port);
  const script = attack(port, data, join(stateHomeOf(data), "slipway/local"));
  const { id } = await registerApp(
    api,
    {
      Dockerfile: [
        "FROM node:24-alpine",
        "WORKDIR /app",
        "COPY . .",
        "RUN node build.mjs",
        'CMD ["node", "app.mjs"]',
      ].join("\n"),
      "build.mjs": `${script}\nfor (const one of tried) console.log("TRIED " + JSON.stringify(one));\n`,
      "app.mjs": `${script}
import { createServer as serve } from "node:http";
serve((request, response) => response.end(JSON.stringify(tried))).listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
`,
    },
    { name: "shop" },
  );
  const deployment = await deploy(api, id);
  expect(await ends(api, deployment, 180)).toMatchObject({ stage: "success" });
  built = [...(await logOf(api, deployment)).matchAll(/TRIED (\[.*\])/g)].map(([, one = ""]) => JSON.parse(one));
  const address = await addressOf(api, id);
  run = await eventually("the app answers", async () => {
    const answer = await fetch(address).catch(() => null);
    return answer?.ok ? ((await answer.json()) as Tried) : undefined;
  });
});

afterAll(async () => {
  await local?.stop();
  if (local !== undefined) removeDirectory(join(local.data, ".."));
});

describe.each([
  ["a hostile build", () => built],
  ["a hostile app", () => run],
] as const)("%s", (_who, all) => {
  test("is refused by every address, whatever host and origin it names", () => {
    const statuses = all().filter(([what]) => /^(GET|POST|socket) /.test(what));
    expect(statuses).toHaveLength(6 * 12);
    expect(statuses.filter(([, how]) => ![401, 403, 404, 429].includes(Number(how)))).toEqual([]);
  });

  test("sees neither the Unix socket nor the secret, nor any file of the data directory, nor the list of local modes", () => {
    const files = all().filter(([what]) => /^(unix socket|file|registry)/.test(what));
    expect(files).toHaveLength(6);
    expect(files.filter(([, how]) => how !== "ENOENT")).toEqual([]);
  });

  test("cannot take the port at either loopback address, where a browser would take it for the control plane", () => {
    const listening = all().filter(([what]) => what.startsWith("listening"));
    expect(listening).toHaveLength(2);
    expect(listening.filter(([, how]) => how === "listening")).toEqual([]);
  });
});

test("nothing of what they tried was done", async () => {
  expect((await api.get("/api/tokens")).body.data.map(({ name }: { name: string }) => name)).toEqual(["local"]);
  expect((await api.get("/api/apps")).body.data).toHaveLength(1);
});
