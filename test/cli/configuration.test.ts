import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { configurationPath, readConfiguration, writeConfiguration } from "../../packages/cli/src/configuration/file.ts";
import { chooseServer, isInClear, tidyUrl } from "../../packages/cli/src/configuration/server.ts";
import { UsageError } from "../../packages/cli/src/system/failure.ts";
import { removeDirectory } from "../support/local-mode.ts";

const made: string[] = [];
let path: string;
beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), "slipway-configuration-"));
  made.push(directory);
  path = join(directory, "slipway", "config.json");
});
afterAll(() => made.forEach(removeDirectory));

const stored = { current: "https://a.example", servers: { "https://a.example": { token: "secret" } } };
const mode = (of: string) => statSync(of).mode & 0o777;

describe("the file with servers and tokens", () => {
  test("is for its owner alone, in a folder for its owner alone, and leaves nothing beside it", () => {
    writeConfiguration(path, stored, "one");
    expect([mode(path), mode(dirname(path))]).toEqual([0o600, 0o700]);
    expect(readdirSync(dirname(path))).toEqual(["config.json"]);
    expect(readConfiguration(path)).toEqual(stored);
  });

  test("is for its owner alone again, whatever somebody made of it", () => {
    writeConfiguration(path, stored, "one");
    chmodSync(path, 0o644);
    writeConfiguration(path, { ...stored, current: null }, "two");
    expect(mode(path)).toBe(0o600);
    expect(readConfiguration(path).current).toBeNull();
  });

  test("is empty where there is none, and is not overwritten where it is broken", () => {
    expect(readConfiguration(path)).toEqual({ current: null, servers: {} });
    writeConfiguration(path, stored, "one");
    for (const text of ["{", "[]", '{"servers":{"x":{}}}']) {
      writeFileSync(path, text);
      expect(() => readConfiguration(path)).toThrow(UsageError);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });

  test("lies where the platform has such files", () => {
    const homeDirectory = "/home/ada";
    expect(configurationPath({ env: {}, homeDirectory })).toBe("/home/ada/.config/slipway/config.json");
    expect(configurationPath({ env: { XDG_CONFIG_HOME: "/etc/x" }, homeDirectory })).toBe("/etc/x/slipway/config.json");
    expect(configurationPath({ env: { XDG_CONFIG_HOME: "x" }, homeDirectory })).toBe(
      "/home/ada/.config/slipway/config.json",
    );
    expect(existsSync("/home/ada/.config/slipway")).toBe(false);
  });
});

describe("which server a command goes to", () => {
  const none = { url: undefined, token: undefined, env: {} };

  test("the command line counts before the environment, that before what is stored, and that before this machine", () => {
    const env = { SLIPWAY_URL: "https://b.example", SLIPWAY_TOKEN: "from the environment" };
    expect(chooseServer(none, { current: null, servers: {} })).toEqual({ url: "http://localhost:8080", token: null });
    expect(chooseServer(none, stored)).toEqual({ url: "https://a.example", token: "secret" });
    expect(chooseServer({ ...none, env }, stored)).toEqual({ url: "https://b.example", token: "from the environment" });
    expect(chooseServer({ url: "c.example", token: "typed", env }, stored)).toEqual({
      url: "https://c.example",
      token: "typed",
    });
  });

  test("a stored token goes to no other server, and empty variables are none", () => {
    expect(chooseServer({ ...none, url: "https://b.example" }, stored).token).toBeNull();
    expect(chooseServer({ ...none, url: "https://a.example/" }, stored).token).toBe("secret");
    expect(chooseServer({ ...none, env: { SLIPWAY_URL: "", SLIPWAY_TOKEN: "" } }, stored).token).toBe("secret");
  });

  test("an address is tidied, or refused", () => {
    expect(
      ["slipway.example.com/", "localhost:8080", "HTTP://A.example:80", "https://a.example/tools/"].map(tidyUrl),
    ).toEqual(["https://slipway.example.com", "http://localhost:8080", "http://a.example", "https://a.example/tools"]);
    for (const wrong of ["", "https://ada:pw@a.example", "https://a.example/?x=1", "http://"])
      expect(() => tidyUrl(wrong)).toThrow(UsageError);
  });

  test("a token would travel in clear to another machine only", () => {
    expect(
      ["http://a.example", "https://a.example", "http://localhost:8080", "http://127.0.0.1"].map(isInClear),
    ).toEqual([true, false, false, false]);
  });
});
