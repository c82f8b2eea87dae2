import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createAppSchema } from "../../lib/contract/requests.ts";
import { Given } from "../../packages/cli/src/command/command.ts";
import { flagFor, flagOf, settingOptions, settings, settingsGiven } from "../../packages/cli/src/command/settings.ts";
import { cliDeps, contextOf, someApp } from "./deps.ts";

const { $defs: made } = z.toJSONSchema(createAppSchema, { io: "input", unrepresentable: "any" });
const fields = Object.entries(made?.CreateApp?.properties ?? {});

describe("the settings of an app", () => {
  test("are those of the API, each with a flag or said to be for a file", () => {
    expect(Object.keys(settings).toSorted()).toEqual(fields.map(([name]) => name).toSorted());
    const flags = new Set(settingOptions(true).map(({ name }) => name));
    const without = Object.entries(settings).filter(([field, setting]) => {
      const named = "flag" in setting ? setting.flag : setting.kind === "alarms" ? "error-percent" : flagOf(field);
      return !flags.has(named) && setting.kind !== "file only";
    });
    expect(without).toEqual([]);
  });

  test("offer just the choices and name just the defaults of the API", () => {
    for (const [name, property] of fields) {
      if (typeof property === "boolean") throw new Error(`${name} has no type.`);
      const setting = settings[name as keyof typeof settings];
      if (setting.kind === "choice") expect(setting.choices).toEqual(property.enum);
      const usual = property.default;
      if (["string", "number", "boolean"].includes(typeof usual))
        expect(setting.summary).toMatch(new RegExp(`\\(default: ${String(usual).replace(/[.]/g, "\\.")}\\)$`));
      if (setting.kind === "number") expect(["integer", "number"]).toContain(property.type);
      if (setting.kind === "switch") expect(property.type).toBe("boolean");
      if (setting.kind === "list") expect(property.type).toBe("array");
    }
  });

  test("are named by their flags where the API complains of them", () => {
    expect(
      [
        "healthCheckPath",
        "env.FOO",
        "secrets.KEY",
        "buildArgs.MODE",
        "buildSecrets.pip.conf",
        "buildTarget",
        "strategy.bakeMinutes",
        "strategy.type",
        "strategy.smokeCheck.path",
        "strategy.smokeCheck.expectStatus",
        "alarms.latencyMs",
        "commit",
        "notifications.0.url",
      ].map(flagFor),
    ).toEqual([
      "--health-check-path",
      "--env FOO",
      "--secret KEY",
      "--build-arg MODE",
      "--build-secret pip.conf",
      "--build-target",
      "--bake-minutes",
      "--strategy",
      "--smoke-path",
      "--smoke-status",
      "--latency-ms",
      "--commit",
      "notifications.0.url",
    ]);
  });
});

describe("what is typed", () => {
  const typed = (
    options: Readonly<Record<string, unknown>>,
    before: Parameters<typeof settingsGiven>[2] = null,
    input = "",
  ) => settingsGiven(contextOf(cliDeps({ input })), new Given(options, {}), before);

  test("becomes what the API takes", async () => {
    expect(
      await typed({
        name: "shop",
        port: "8080",
        approvers: "ada, bob",
        "auto-rollback": "false",
        env: ["A=1", "B=x=y"],
      }),
    ).toEqual({
      name: "shop",
      port: 8080,
      approvers: ["ada", "bob"],
      autoRollback: false,
      env: { A: "1", B: "x=y" },
    });
    expect(await typed({ "error-percent": "off", "latency-ms": "800" })).toEqual({
      alarms: { errorPercent: null, latencyMs: 800 },
    });
    expect(await typed({ "latency-ms": "800" }, someApp({}))).toEqual({ alarms: { errorPercent: 5, latencyMs: 800 } });
    expect(await typed({ "watch-paths": "" })).toEqual({ watchPaths: [] });
    await expect(typed({ port: "http" })).rejects.toThrow('--port: "http" is not a number');
    await expect(typed({ env: ["A"] })).rejects.toThrow("--env A has no value");
  });

  test("leaves the other variables of an app, and the rest of its strategy", async () => {
    const strategy = {
      type: "canary",
      percent: 10,
      canary_bake_minutes: 5,
      bake_minutes: 5,
      smoke_check: { path: "/x", expect_status: 204 },
    } as const;
    const app = someApp({ env: { A: "1", B: "2" }, strategy });
    expect(await typed({ env: ["C=3"], "unset-env": ["A"] }, app)).toEqual({ env: { B: "2", C: "3" } });
    const smokeCheck = { path: "/x", expectStatus: 204 };
    expect(await typed({ percent: "20" }, app)).toEqual({
      strategy: { type: "canary", percent: 20, canaryBakeMinutes: 5, bakeMinutes: 5, smokeCheck },
    });
    expect(await typed({ strategy: "rolling" }, app)).toEqual({ strategy: { type: "rolling", smokeCheck } });
    expect(await typed({ "unset-smoke-check": true, strategy: "rolling" }, app)).toEqual({
      strategy: { type: "rolling" },
    });
    expect(await typed({ "smoke-path": "/y" }, someApp({}))).toEqual({
      strategy: { type: "rolling", smokeCheck: { path: "/y", expectStatus: 200 } },
    });
  });

  test("takes a secret from standard input, and never from the command line", async () => {
    expect(await typed({ secret: ["KEY"], "unset-secret": ["OLD"] }, null, "top secret\n")).toEqual({
      secrets: { OLD: null, KEY: "top secret" },
    });
    await expect(typed({ secret: ["KEY=value"] })).rejects.toThrow("on the command line");
    await expect(typed({ secret: ["KEY"] }, null, "\n")).rejects.toThrow("The value of KEY is empty.");
    await expect(typed({ secret: ["A", "B"] }, null, "x")).rejects.toThrow("one secret");
  });

  test("counts before what is in a file", async () => {
    const file = JSON.stringify({ port: 1, env: { A: "1" }, notifications: [] });
    expect(await typed({ from: "-", port: "2", env: ["B=2"] }, null, file)).toEqual({
      port: 2,
      env: { A: "1", B: "2" },
      notifications: [],
    });
    await expect(typed({ from: "-" }, null, "nonsense")).rejects.toThrow("- is not valid JSON.");
    await expect(typed({ from: "/nowhere.json" })).rejects.toThrow("Can't read /nowhere.json.");
  });
});
