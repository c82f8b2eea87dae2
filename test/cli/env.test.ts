import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { data, slipway, someApp } from "./deps.ts";

const shop = someApp({ id: 1, name: "shop", env: { LEVEL: "info", NOTE: "two\nlines" }, secrets: ["API_KEY"] });
const blog = someApp({ id: 2, name: "blog", env: { LEVEL: "debug" } });

/** A server that keeps the last change; the app has it then. */
function server(sent: unknown[] = []) {
  return (method: string, path: string, body: unknown) => {
    if (method !== "PATCH") return data(path === "/api/freeze" ? null : [shop, blog]);
    sent.push(body);
    const { env = shop.env, secrets = {} } = body as { env?: Record<string, string>; secrets?: Record<string, null> };
    const kept = shop.secrets.filter((name) => secrets[name] !== null);
    return data({ ...shop, env, secrets: kept, live_deployment_id: 3, pending_changes: ["env"] });
  };
}

let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "slipway-env-"));
  file = join(directory, ".env");
  writeFileSync(file, "# A comment\nLEVEL=debug\nNEW='a b'\nNOTE=\"two\\nlines\"\n");
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("slipway env", () => {
  test("list prints a .env file, and secrets by name", async () => {
    const { status, out } = await slipway({ server: server() }, "env", "list", "shop");
    expect([status, out]).toEqual([0, 'LEVEL=info\nNOTE="two\\nlines"\n# API_KEY is a secret\n']);
    const json = await slipway({ server: server() }, "env", "list", "shop", "--json");
    expect(JSON.parse(json.out)).toEqual({ env: shop.env, secrets: ["API_KEY"] });
  });

  test("set keeps the others, and says how to apply it", async () => {
    const sent: unknown[] = [];
    const { status, out, err } = await slipway({ server: server(sent) }, "env", "set", "shop", "LEVEL=a=b", "ONE=1");
    expect(status).toBe(0);
    expect(sent).toEqual([{ env: { LEVEL: "a=b", NOTE: "two\nlines", ONE: "1" } }]);
    expect(out).toContain("info → a=b");
    expect(err).toContain("slipway restart shop");
  });

  test("set reads a secret from standard input", async () => {
    const sent: unknown[] = [];
    await slipway({ server: server(sent), input: "s3cret\n" }, "env", "set", "shop", "--secret", "API_KEY");
    expect(sent).toEqual([{ secrets: { API_KEY: "s3cret" } }]);
  });

  test("unset removes variables and secrets, and no others", async () => {
    const sent: unknown[] = [];
    await slipway({ server: server(sent) }, "env", "unset", "shop", "LEVEL", "API_KEY");
    expect(sent).toEqual([{ env: { NOTE: "two\nlines" }, secrets: { API_KEY: null } }]);
    const unknown = await slipway({ server: server(sent) }, "env", "unset", "shop", "LEVL");
    expect(unknown).toMatchObject({
      status: 2,
      err: "shop has no variable LEVL.\nRun slipway env list shop to see them.\n",
    });
    expect(sent).toHaveLength(1);
  });

  test("import shows what changes, asks, and keeps what the file does not name", async () => {
    const sent: unknown[] = [];
    const refused = await slipway({ server: server(sent) }, "env", "import", "shop", file);
    expect([refused.status, sent]).toEqual([2, []]);
    expect(refused.out).toBe('~ LEVEL=info → debug\n+ NEW="a b"\n');
    await slipway({ server: server(sent) }, "env", "import", "shop", file, "--yes");
    expect(sent).toEqual([{ env: { LEVEL: "debug", NOTE: "two\nlines", NEW: "a b" } }]);
  });

  test("diff compares with a file, and with another app", async () => {
    const withFile = await slipway({ server: server() }, "env", "diff", "shop", file);
    expect([withFile.status, withFile.out]).toEqual([0, '~ LEVEL=info → debug\n+ NEW="a b"\n']);
    const withApp = await slipway({ server: server() }, "env", "diff", "blog", "shop");
    expect(withApp.out).toBe('+ API_KEY="(secret)"\n~ LEVEL=debug → info\n+ NOTE="two\\nlines"\n');
    expect((await slipway({ server: server() }, "env", "diff", "shop", "shop")).err).toBe("No differences.\n");
  });

  test("diff with another app alone compares the app of this repository with it", async () => {
    const run = async (_program: string, args: readonly string[]) => {
      const stdout = args.includes("--show-toplevel")
        ? "/work/shop\n\n"
        : args.includes("--get-regexp")
          ? `remote.origin.url ${shop.repo_url}\n`
          : "main\n";
      return { code: 0, stdout, stderr: "" };
    };
    const here = { server: server(), run };
    const elsewhere = { ...blog, repo_url: "https://github.com/acme/blog" };
    const apps = (_method: string, _path: string) => data([shop, elsewhere]);
    expect((await slipway({ ...here, server: apps }, "env", "diff", "blog")).out).toContain("LEVEL=info → debug");
    expect((await slipway({ ...here, server: apps }, "env", "diff", "shop")).err).toContain("Compare shop with what?");
  });

  test.each([
    [["set", "shop"], "Run slipway env set shop NAME=value."],
    [["set", "shop", "=1"], "NAME=value"],
    [["unset", "shop"], "Run slipway env unset shop NAME."],
    [["import", "shop"], "Run slipway env import shop .env."],
    [["diff", "shop"], "Compare shop with what?"],
    [["unset", "shp", "LEVEL"], "There is no app shp."],
    [["diff", "shop", "nowhere.env"], "nowhere.env"],
  ])("%j says what to do instead", async (words, advice) => {
    const { status, err } = await slipway({ server: server() }, "env", ...words);
    expect(status).toBe(2);
    expect(err).toContain(advice);
  });
});
