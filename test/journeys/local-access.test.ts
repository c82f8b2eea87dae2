// Who started a local mode gets in without a login, from the terminal and from the browser; whoever else is there does not.
import { spawn } from "node:child_process";
import { chmodSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildCommandLine } from "../../lib/checkout/command-line.ts";
import { apiAt } from "../support/api.ts";
import { printedCode, secretOf } from "../support/local-access.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  stateHomeOf,
  temporaryDirectory,
} from "../support/local-mode.ts";

let place: string;
let program: string;
let data: string;
let local: LocalMode;
/** The browser's session from the first start on. */
let session: string;

const asLocal = ["--auth", "local"];

beforeAll(async () => {
  place = temporaryDirectory();
  data = join(temporaryDirectory(), "data");
  program = join(place, "cli/slipway.mjs");
  [local] = await Promise.all([
    startLocalMode({ data, args: asLocal }),
    buildCommandLine(resolve(import.meta.dirname, "../.."), join(place, "cli")),
  ]);
});

afterAll(async () => {
  await local?.stop();
  for (const path of [place, join(data, "..")]) removeDirectory(path);
});

/** Runs the command line as the user who started the local mode, who has logged in nowhere. */
function slipway(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { PATH: process.env.PATH ?? "", HOME: place, SLIPWAY_URL: local.url, XDG_STATE_HOME: stateHomeOf(data) };
  const child = spawn(process.execPath, [program, ...args], { cwd: place, env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  return new Promise((done) => child.once("close", (code) => done({ code, out, err })));
}
const exchange = (code: string) => apiAt(local.url).post("/api/auth/exchange", { code });
const whoIs = (token: string) => apiAt(local.url, token).get("/api/auth/me");
const registryFile = () => join(stateHomeOf(data), "slipway/local", `${new URL(local.url).port}.json`);

test("the command line needs no login on the machine that runs npm start", async () => {
  const { code, out } = await slipway("whoami", "--json");
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, name: "local", role: "admin", apps: null });
  expect((await slipway("tokens", "create", "ci", "--role", "deployer")).code).toBe(0);
  const findings = JSON.parse((await slipway("doctor", "--json")).out);
  expect(findings).toContainEqual(expect.objectContaining({ check: "this machine", outcome: "well" }));
  expect(findings).toContainEqual(expect.objectContaining({ check: "live updates", outcome: "well" }));
});

test("nobody else gets in, and the secret, the socket and the list are the user's alone", async () => {
  expect((await apiAt(local.url).get("/api/apps")).status).toBe(401);
  const modes = [data, join(data, "admin.secret"), join(data, "slipway.sock"), registryFile()].map(
    (path) => lstatSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
});

test("a link signs a browser in, once, without a cookie", async () => {
  const signedIn = await exchange(printedCode(local));
  expect(signedIn).toMatchObject({ status: 200, body: { data: { name: "local", role: "admin", csrf: null } } });
  expect(signedIn.headers.get("set-cookie")).toBeNull();
  session = signedIn.body.data.session;
  expect((await whoIs(session)).status).toBe(200);
  expect((await exchange(printedCode(local))).status).toBe(401);
  const byToken = await apiAt(local.url).post("/api/auth/login", { token: secretOf(data) });
  expect(byToken.headers.get("set-cookie")).toBeNull();
  const opened = JSON.parse((await slipway("open", "--json")).out);
  const code = /^\S+\/login#code=([0-9a-f]{64})$/.exec(opened.url)?.[1] ?? "";
  expect((await exchange(code)).status).toBe(200);
  const cookie = { Cookie: `slipway_session=${session}` };
  expect((await apiAt(local.url).call("GET", "/api/apps", undefined, cookie)).status).toBe(401);
});

test("guessed codes are refused, and so many of them are too many", async () => {
  const guesses = Array.from({ length: 12 }, (_, index) => exchange(String(index).padStart(64, "0")));
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
});

test("no log, and no file that others could read, holds the secret, a code or a session", async () => {
  const { url } = JSON.parse((await slipway("open", "--json")).out);
  const secrets = [secretOf(data), printedCode(local), session, new URL(url).hash.slice("#code=".length)];
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const holding = files.filter((path) => secrets.some((secret) => readFileSync(path).includes(secret)));
  expect(holding.toSorted()).toEqual([join(data, "admin.secret"), join(data, "sign-in.html")]);
  for (const path of holding) expect(lstatSync(path).mode & 0o777).toBe(0o600);
  expect(files.some((path) => path.includes("/logs/"))).toBe(true);
});

test("a list that others could have written is not believed", async () => {
  chmodSync(registryFile(), 0o644);
  const { code, err } = await slipway("whoami");
  expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(/open to other users \(mode 0644\)/) });
  chmodSync(registryFile(), 0o600);
});

test("after a kill nothing is sent to whoever holds the port then, and doctor says what is wrong", async () => {
  await local.kill();
  const heard: string[] = [];
  const stranger = createServer((request, response) => {
    heard.push(JSON.stringify(request.headers));
    response.statusCode = 401;
    response.end(JSON.stringify({ success: false, error: "No.", code: "unauthorized" }));
  });
  await new Promise<void>((done) => stranger.listen(Number(new URL(local.url).port), "127.0.0.1", done));
  try {
    const { code, err } = await slipway("whoami");
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining("does not answer") });
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.filter((headers) => /authorization/i.test(headers) || headers.includes(secretOf(data)))).toEqual([]);
  } finally {
    stranger.close();
    stranger.closeAllConnections();
  }
});

test("a restart replaces the stale socket, and keeps the secret and the sessions", async () => {
  const secret = secretOf(data);
  local = await startLocalMode({ data, args: asLocal });
  expect(secretOf(data)).toBe(secret);
  expect((await whoIs(session)).status).toBe(200);
  expect((await slipway("whoami")).code).toBe(0);
  expect((await apiAt(local.url, session).post("/api/auth/logout")).status).toBe(200);
  expect((await whoIs(session)).status).toBe(401);
});

test("where tokens are required from now on, the local admin is gone, and what it gave away is named", async () => {
  const { session: open } = (await exchange(printedCode(local))).body.data;
  const secret = secretOf(data);
  await local.stop();
  const admin = "a-token-of-the-operators-own-choice";
  local = await startLocalMode({ data, args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: admin } });
  for (const credential of [secret, open]) expect((await whoIs(credential)).status).toBe(401);
  expect((await slipway("whoami")).code).toBe(3);
  const { id } = (await apiAt(local.url, admin).get("/api/tokens")).body.data.find(
    ({ name }: { name: string }) => name === "ci",
  );
  await eventually("the tokens are named", () =>
    local.output().includes(`ci, deployer: slipway tokens revoke ${id}`) ? true : undefined,
  );
  expect(local.output()).not.toContain("/login#code=");
});
