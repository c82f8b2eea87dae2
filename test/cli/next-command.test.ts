import { describe, expect, test } from "@jest/globals";
import { errors } from "../../lib/contract/errors.ts";
import type { Command } from "../../packages/cli/src/command/command.ts";
import { tree } from "../../packages/cli/src/tree.ts";
import { data, deploymentOf, refusal, slipway, someApp } from "./deps.ts";

type Server = NonNullable<Parameters<typeof slipway>[0]["server"]>;

/** Every command that does something, as it is typed. */
const leaves = (command: Command, before: readonly string[] = []): readonly (readonly [string[], Command])[] =>
  (command.commands ?? []).flatMap((inner) => {
    const path = [...before, inner.name];
    if (inner.hidden === true) return [];
    return [...(inner.run === undefined ? [] : [[path, inner] as const]), ...leaves(inner, path)];
  });
const commands = leaves(tree);

const values: Readonly<Record<string, string>> = {
  deployment: "999",
  id: "999",
  shell: "bash",
  domain: "a.example.com",
};

/** A command with all that it requires, and nothing of it known to any server. */
const typed = ([path, command]: readonly [string[], Command]): string[] => [
  ...path,
  ...(command.arguments ?? []).filter(({ required }) => required).map(({ name }) => values[name] ?? "nope"),
];

/** Whether a text names a command that exists and can be run next. */
function namesCommand(text: string): boolean {
  if (/\b(npm start|npm run [a-z]+|git [a-z]+|[Rr]un (it|the command) again)\b/.test(text)) return true;
  const named = [...text.matchAll(/\bslipway ((?:--)?[a-z]+)/g)].map(([, first]) => first);
  const known = ["--help", ...(tree.commands ?? []).map(({ name }) => name)];
  return named.length > 0 && named.every((first) => first !== undefined && known.includes(first));
}

const noApps: Server = (method, path) =>
  path === "/api/apps" && method === "GET" ? data([]) : refusal(404, "app_not_found", "No.");
const otherApp: Server = (method, path) =>
  path === "/api/apps" && method === "GET"
    ? data([someApp({ name: "shop" })])
    : refusal(404, "deployment_not_found", "There is none.");
const always =
  (status: number, code: string): Server =>
  () =>
    refusal(status, code, "It went wrong.");

/** What needs no server, or looks only for what is not there. */
const offline = ["completion", "roles template", "logout", "open"];

describe("what fails names a command to run next", () => {
  test.each<[string, Server, readonly string[]]>([
    ["without apps", noApps, [...offline, "apps", "apps list", "status"]],
    ["with another app", otherApp, [...offline, "apps", "apps list", "status"]],
    ["signed out", always(401, "unauthorized"), offline],
    ["with a role that is too low", always(403, "forbidden"), offline],
    ["with an older server", always(404, "not_found"), offline],
    ["while the server has a fault", always(500, "internal_error"), offline],
    ["while there are too many requests", always(429, "too_many_requests"), offline],
    ["while nobody answers", () => "ECONNREFUSED", offline],
    ["while somebody else answers", () => ({ status: 200, body: { hello: "world" } }), offline],
  ])("%s", async (_name, server, succeed) => {
    const silent: string[] = [];
    const succeeded: string[] = [];
    for (const command of commands) {
      const words = typed(command);
      const { status, out, err } = await slipway({ server }, ...words);
      if (status === 0) succeeded.push(command[0].join(" "));
      else if (!namesCommand(`${out}${err}`)) silent.push(`${words.join(" ")}: ${out}${err}`);
      const json = await slipway({ server }, ...words, "--json");
      if (json.status !== 0 && json.err !== "" && !namesCommand(JSON.parse(json.err).advice ?? ""))
        silent.push(`${words.join(" ")} --json: ${json.err}`);
    }
    expect(silent).toEqual([]);
    expect(succeeded.toSorted()).toEqual([...succeed].toSorted());
  });

  test("with a flag that is none, by the help of that very command", async () => {
    for (const command of commands) {
      const { status, err } = await slipway({}, ...typed(command), "--nonsense");
      expect([status, err]).toEqual([2, expect.stringContaining(`slipway ${command[0].join(" ")} --help`)]);
      const json = await slipway({}, ...typed(command), "--nonsense", "--json");
      expect(JSON.parse(json.err).advice).toContain(`slipway ${command[0].join(" ")} --help`);
    }
  });

  test("without what it requires, by the help of that very command", async () => {
    const requiring = commands.filter(([, { arguments: some = [] }]) => some.some(({ required }) => required));
    expect(requiring.length).toBeGreaterThan(10);
    for (const [path] of requiring) {
      const { status, err } = await slipway({}, ...path);
      expect([status, err]).toEqual([2, expect.stringContaining(`slipway ${path.join(" ")} --help`)]);
    }
  });

  test.each(Object.entries(errors))("whatever the API refuses with: %s", async (code, { status, sentence }) => {
    const server: Server = (method, path) => {
      if (path === "/api/freeze") return data(null);
      if (path.includes("/changes")) return refusal(404, "app_not_found", "Not now.");
      return method === "GET" ? data([someApp({ name: "shop" })]) : refusal(status, code, sentence);
    };
    for (const words of [
      ["deploy", "shop"],
      ["env", "set", "shop", "A=1"],
      ["tokens", "revoke", "3", "--yes"],
    ]) {
      const { status: ended, err } = await slipway({ server }, ...words);
      expect([namesCommand(err), err]).toEqual([true, err]);
      expect(ended).toBeGreaterThan(1);
    }
  });
});

describe("what is mistyped names a command to run next", () => {
  const server: Server = (_method, path) => {
    if (path === "/api/apps") return data([someApp({ id: 1, name: "shop" }), someApp({ id: 2, name: "blog" })]);
    return path.startsWith("/api/deployments/") ? data(deploymentOf({ id: 6, app_id: 1 })) : data([]);
  };
  test.each([
    [["deploy", "shp"], "Your apps are blog and shop. Run slipway apps to see them."],
    [["promote", "shop", "shp"], "Run slipway apps"],
    [["promote", "shop", "blog"], "Run slipway deploy shop first."],
    [["promote", "blog", "shop", "6"], "Run slipway list blog"],
    [["deploy"], "Your apps are blog and shop. Run slipway apps to see them."],
    [["deploy", "shop", "--commit", "zzz"], "run slipway deploy shop without --commit"],
    [["deploy", "shop", "--timeout", "soon"], "slipway deploy --help"],
    [["promote", "shop", "shop"], "Run slipway rollback shop"],
    [["rollback", "shop"], "Run slipway list shop"],
    [["watch", "shop"], "Run slipway deploy shop"],
    [["logs", "6", "--since", "1h"], "slipway logs --help"],
    [["logs", "shop", "--since", "x"], "slipway logs --help"],
    [["logs", "shop", "--lines", "0"], "slipway logs --help"],
    [["run", "shop"], "Run slipway run shop -- npm run seed"],
    [["apps", "set", "shop"], "Run slipway apps set --help"],
    [["apps", "set", "shop", "--cron", "x"], "Run slipway apps set --help"],
    [["apps", "delete", "shop"], "run it again with --yes"],
    [["tokens", "revoke", "3"], "run it again with --yes"],
    [["env", "import", "shop"], "Run slipway env import shop .env."],
    [["env", "import"], "Your apps are blog and shop. Run slipway apps to see them."],
    [["env", "import", "nowhere.env"], "Run slipway"],
    [["env", "diff", "shop"], "Run slipway env diff shop .env."],
    [["env", "unset", "shop"], "Run slipway env unset shop NAME."],
    [["env", "unset", "shop", "A"], "Run slipway env list shop"],
    [["env", "set", "shop"], "Run slipway env set shop NAME=value."],
    [["domains", "remove", "shop", "a.example.com"], "Run slipway domains list shop"],
    [["freeze", "begin"], "Run slipway freeze begin --until 24h --reason why."],
    [["roles", "template", "--trust-policy", "1"], "slipway roles template --help"],
    [["up"], "git init"],
    [["whoami", "--url", "::"], "slipway whoami --help"],
    [["apps", "lst"], "slipway apps --help"],
  ])("%j", async (words, advice) => {
    const { status, err } = await slipway({ server }, ...words);
    expect([status, err]).toEqual([2, expect.stringContaining(advice)]);
    expect(namesCommand(err)).toBe(true);
  });
});

describe("what is empty names what fills it", () => {
  const server: Server = (_method, path) => {
    if (path === "/api/freeze") return data(null);
    if (path === "/api/apps") return data([someApp({ name: "shop", domains: [] })]);
    if (path.endsWith("/status")) return data({ health: "none", tasks: [] });
    if (/\/logs\b/.test(path))
      return { status: 200, body: { success: true, data: [], next_cursor: "", complete: false } };
    return data([]);
  };
  test.each([
    [["tokens"], "slipway tokens create"],
    [["list"], "slipway deploy <app>"],
    [["list", "shop"], "slipway deploy shop"],
    [["list", "shop", "--stage", "failed"], "slipway list shop to see all stages"],
    [["runs", "shop"], "slipway run shop -- <command>"],
    [["runs", "shop", "--cron", "nightly"], "slipway apps show shop"],
    [["env", "list", "shop"], "slipway env set shop"],
    [["domains", "list", "shop"], "slipway domains add shop"],
    [["status", "shop"], "slipway deploy shop"],
    [["logs", "shop"], "slipway deploy shop"],
    [["logs", "shop", "--search", "x"], "slipway logs shop"],
    [["freeze"], "slipway freeze begin"],
  ])("%j", async (words, next) => {
    const { status, out, err } = await slipway({ server }, ...words);
    expect([status, err]).toEqual([0, expect.stringContaining(next)]);
    if (words[0] !== "status") expect(out).toBe("");
  });

  test.each([["apps"], ["status"], ["list"], []])("%j without apps", async (...words) => {
    const { status, err } = await slipway({ server: () => data([]) }, ...words.filter((word) => word !== undefined));
    expect([status, err]).toEqual([0, expect.stringContaining("slipway up")]);
  });
});
