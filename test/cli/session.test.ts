import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { removeDirectory } from "../support/local-mode.ts";
import { data, refusal, slipway } from "./deps.ts";

const made: string[] = [];
let XDG_CONFIG_HOME: string;
beforeEach(() => {
  XDG_CONFIG_HOME = mkdtempSync(join(tmpdir(), "slipway-session-"));
  made.push(XDG_CONFIG_HOME);
});
afterAll(() => made.forEach(removeDirectory));

const me = { name: "ada", role: "deployer", apps: null, csrf: null };
/** Takes one token; without a token it asks for one. */
const server = (_method: string, _path: string, _body: unknown, headers: Headers) =>
  headers.get("Authorization") === "Bearer right" ? data(me) : refusal(401, "unauthorized", "Sign in.");
const stored = () => JSON.parse(readFileSync(join(XDG_CONFIG_HOME, "slipway/config.json"), "utf8"));
const url = "https://slipway.example";

test("signing in asks for the token, stores it when it is right, and never shows it", async () => {
  const options = { server, columns: 80, env: { XDG_CONFIG_HOME, NO_COLOR: "1" } };
  const wrong = await slipway({ ...options, questions: { secret: async () => "wrong" } }, "login", url);
  expect(wrong.status).toBe(3);
  expect(stored).toThrow();
  const right = await slipway({ ...options, questions: { secret: async () => " right\n" } }, "login", url);
  expect(right).toEqual({ status: 0, out: `Logged in to ${url} as ada (deployer).\n`, err: "" });
  expect(stored()).toEqual({ current: url, servers: { [url]: { token: "right" } } });
  // From now on commands go there, with it.
  const who = await slipway(options, "whoami");
  expect(who.out).toMatch(/server {2}https:\/\/slipway\.example\nname {4}ada\nrole {4}deployer\n/);
  expect(who.out + wrong.err + right.out).not.toContain("right");
});

test("a script pipes the token in; one who could only be asked gets an error", async () => {
  const env = { XDG_CONFIG_HOME };
  const piped = await slipway({ server, env, input: "right\n" }, "login", "slipway.example", "--token-stdin", "--json");
  expect(JSON.parse(piped.out)).toEqual({ url, name: "ada", role: "deployer", apps: null });
  expect(await slipway({ server, env }, "login", url)).toMatchObject({
    status: 2,
    err: expect.stringContaining("--token-stdin"),
  });
  expect((await slipway({ server, env: { ...env, SLIPWAY_TOKEN: "right" } }, "login", url)).status).toBe(0);
});

test("a server that asks for no token is stored without one", async () => {
  const result = await slipway({ server: () => data(me), env: { XDG_CONFIG_HOME } }, "login", "localhost:8080");
  expect(result.out).toBe("Logged in to http://localhost:8080 as ada (deployer). No token is needed.\n");
  expect(stored().servers).toEqual({ "http://localhost:8080": { token: null } });
});

test("a token that travels in clear is warned of", async () => {
  const result = await slipway(
    { server, env: { XDG_CONFIG_HOME }, input: "right" },
    "login",
    "http://slipway.example",
    "--token-stdin",
  );
  expect(result.err).toContain("in clear text");
});

test("signing out forgets the token of that server only", async () => {
  const env = { XDG_CONFIG_HOME };
  for (const address of [url, "https://other.example"])
    await slipway({ server, env, input: "right" }, "login", address, "--token-stdin");
  expect((await slipway({ env }, "logout", url)).status).toBe(0);
  expect(stored()).toEqual({
    current: "https://other.example",
    servers: { "https://other.example": { token: "right" } },
  });
});
