import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createAppSchema } from "../../lib/contract/requests.ts";
import { Given } from "../../packages/cli/src/command/command.ts";
import { flagFor, flagOf, settingOptions, settings, settingsGiven } from "../../packages/cli/src/command/settings.ts";
import { cliDeps, contextOf, someApp } from "./deps.ts";

const { $defs: made } = z.toJSONSchema(createAppSchema, { io: "input", unrepresentable: "any" });
const fields = Object.entries(made?.CreateApp?.properties ?? {});

/** Settings whose flags have other names than they. */
const flagsElsewhere: Readonly<Record<string, string>> = {
  alarms: "error-percent",
  crons: "cron",
  processes: "process",
};

describe("the settings of an app", () => {
  test("are those of the API, each with a flag or said to be for a file", () => {
    expect(Object.keys(settings).toSorted()).toEqual(fields.map(([name]) => name).toSorted());
    const flags = new Set(settingOptions(true).map(({ name }) => name));
    const without = Object.entries(settings).filter(([field, setting]) => {
      const named = "flag" in setting ? setting.flag : (flagsElsewhere[setting.kind] ?? flagOf(field));
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
        "scaling.cpuPercent",
        "scaling",
        "commit",
        "processes.0.memory",
        "processes.0.instances",
        "crons.0.schedule",
        "crons.0.timezone",
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
      "--scale-cpu-percent",
      "--scaling",
      "--commit",
      "--process",
      "--process-instances",
      "--cron",
      "--cron-timezone",
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
    const byRequests = { min: 1, max: 4, cpu_percent: null, requests_per_task: 600 };
    expect(await typed({ "scale-max": "6" }, someApp({ scaling: byRequests }))).toEqual({
      scaling: { min: 1, max: 6, cpuPercent: null, requestsPerTask: 600 },
    });
    expect(await typed({ "scale-cpu-percent": "60" }, someApp({ scaling: byRequests }))).toEqual({
      scaling: { min: 1, max: 4, cpuPercent: 60, requestsPerTask: null },
    });
    expect(await typed({ "scale-min": "1", "scale-max": "2", "scale-cpu-percent": "50" })).toEqual({
      scaling: { min: 1, max: 2, cpuPercent: 50, requestsPerTask: null },
    });
    expect(await typed({ scaling: "off" })).toEqual({ scaling: null });
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

  test("adds, changes and removes processes, and leaves the others", async () => {
    const kept = { name: "worker", command: ["a"], instances: 1, cpu: null, memory: null, order: "after" } as const;
    const app = someApp({ processes: [{ ...kept, stop_seconds: 5 }] });
    const worker = { ...kept, stopSeconds: 5 };
    expect(await typed({ process: ["mailer: npm run 'a b'"], "process-instances": ["mailer=3"] }, app)).toEqual({
      processes: [worker, { name: "mailer", command: ["npm", "run", "a b"], instances: 3 }],
    });
    expect(await typed({ process: ["worker:b"], "process-instances": ["worker = 2"] }, app)).toEqual({
      processes: [{ ...worker, command: ["b"], instances: 2 }],
    });
    expect(await typed({ "unset-process": ["worker"] }, app)).toEqual({ processes: [] });
    await expect(typed({ "unset-process": ["mailer"] }, app)).rejects.toThrow("there is no process mailer");
    await expect(typed({ process: ["worker"] }, app)).rejects.toThrow('"worker" is not a process');
    await expect(typed({ "process-instances": ["mailer=2"] }, app)).rejects.toThrow("there is no process mailer");
    await expect(typed({ "process-instances": ["worker"] }, app)).rejects.toThrow("no number of instances");
  });

  test("adds, changes and removes crons, and leaves the others", async () => {
    const kept = { name: "hourly", schedule: "0 * * * *", timezone: "UTC", command: ["a"], overlap: "allow" } as const;
    const app = someApp({ crons: [{ ...kept, timeout_minutes: 5 }] });
    const nightly = { name: "nightly", schedule: "0 3 * * *", command: ["npm", "run", "a b"] };
    expect(await typed({ cron: ["nightly: 0 3 * * *: npm run 'a b'"] }, app)).toEqual({
      crons: [{ ...kept, timeoutMinutes: 5 }, nightly],
    });
    expect(await typed({ cron: ["hourly:rate(1 hour):b"], "cron-timezone": "Europe/Berlin" }, app)).toEqual({
      crons: [{ ...kept, timeoutMinutes: 5, schedule: "rate(1 hour)", command: ["b"], timezone: "Europe/Berlin" }],
    });
    expect(await typed({ "unset-cron": ["hourly"] }, app)).toEqual({ crons: [] });
    await expect(typed({ "unset-cron": ["daily"] }, app)).rejects.toThrow("there is no cron daily");
    await expect(typed({ cron: ["nightly"] }, app)).rejects.toThrow('"nightly" is not a cron');
    await expect(typed({ "cron-timezone": "UTC" }, app)).rejects.toThrow("with --cron");
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
