// Every table on a terminal of 80 columns, with names, repositories and texts as long as they may really be.
import { describe, expect, test } from "@jest/globals";
import type { App } from "@slipway/monitor/client";
import { widthOf } from "slipway/terminal/width";
import { exampleRun, exampleToken } from "../../lib/api/openapi/examples.ts";
import { data, deploymentOf, refusal, slipway, someApp } from "./deps.ts";

const name37 = "payments-gateway-europe-west-worker-1";
const name63 = "a-name-of-sixty-three-characters-which-is-as-long-as-they-may-be";
const repo60 = "https://github.com/acme-corporation/payments-gateway-service";
const branch = "feature/a-branch-with-a-very-long-name-as-people-write-them";
const reason =
  "Essential container exited: the command exited with code 137 because the task ran out of its 512 MB of memory";
const command = ["sh", "-c", "node import.js --all --from s3://acme-imports/2026 && node check.js --everything"];

const long = (change: Partial<App>): App =>
  someApp({ repo_url: repo60, branch, live_deployment_id: 123456, health: "degraded", ...change });
const apps = [
  long({ id: 1, name: name37, url: `https://${name37}.apps.example.com`, pinned: true, pinned_by: "ada" }),
  long({ id: 12, name: name63, url: `https://${name63}.apps.example.com`, auto_deploy: false }),
];
const deployment = deploymentOf({
  id: 123456,
  app_id: 1,
  stage: "awaiting_approval",
  commit_hash: "a".repeat(40),
  commit_message: "Retry the payment of an order where the gateway answered with a timeout",
  actor: "a-token-of-a-ci-job-with-a-long-name",
  duration: 7322,
});
const run = { ...exampleRun, id: 4321, command, cron: name37, status: "cancelled" as const };
const task = {
  process: "worker-with-a-long-name",
  deployment_id: 123456,
  state: "stopped",
  health: "unhealthy",
  since: "2025-12-30T00:00:00.000Z",
  exit_code: 137,
  reason,
};
const token = {
  ...exampleToken,
  name: "a-token-of-a-ci-job-with-a-long-name",
  role: "deployer",
  apps: [1, 12],
  github: "a-github-account-with-39-characters-39a",
  expires_at: "2026-03-01T00:00:00.000Z",
  created_at: "2025-12-24T00:00:00.000Z",
};
const from = "2025-12-31T21:00:00.000Z";
const series = (metric: string, process = "web") => ({
  metric,
  unit: "count",
  process,
  deployment_id: 123456,
  from,
  values: [1234567, 12.5],
});
const ofTasks = ["cpu", "memory", "tasks", "restarts"];
const usage = {
  app_id: 1,
  hours: 3,
  period_seconds: 60,
  from,
  to: "2026-01-01T00:00:00.000Z",
  complete_until: null,
  read_at: "2026-01-01T00:00:30.000Z",
  series: [
    ...["requests", "errors_4xx", "errors_5xx", "latency_p50", "latency_p95", "latency_p99"].map((one) => series(one)),
    ...["web", task.process].flatMap((process) =>
      ofTasks.map((metric) => ({ ...series(metric, process), deployment_id: null })),
    ),
  ],
  markers: [],
};

const server = (_method: string, path: string) => {
  if (path === "/api/freeze") return data(null);
  if (path === "/api/apps") return data(apps);
  if (path.startsWith("/api/deployments")) return data([deployment]);
  if (path.startsWith("/api/tokens")) return data([token]);
  if (path.includes("/runs")) return data([run]);
  if (path.includes("/status")) return data({ health: "degraded", tasks: [task] });
  if (path.includes("/usage")) return data(usage);
  return refusal(404, "not_found", "No.");
};

/** What people copy from each. */
const tables: readonly (readonly [string[], string[]])[] = [
  [["apps"], [name37, name63, repo60, `https://${name63}.apps.example.com`, "held", "paused"]],
  [["list"], [name37, "123456", "aaaaaaa"]],
  [
    ["list", name37],
    ["123456", "aaaaaaa", "Retry the payment"],
  ],
  [["status"], [name37, name63, `https://${name63}.apps.example.com`]],
  [
    ["status", name37],
    [task.process, reason],
  ],
  [["tokens"], [`${name37}, ${name63}`, "2025-12-24", "2026-03-01"]],
  [["runs", name37], ["4321"]],
  [
    ["usage", name37],
    ["TIME (UTC)", task.process, "RESTARTS"],
  ],
];

describe("on 80 columns", () => {
  test.each(tables)("%j fits and cuts nothing that people copy", async (words, copied) => {
    const { status, out, err } = await slipway({ server, columns: 80 }, ...words);
    expect([status, err]).toEqual([0, ""]);
    for (const text of copied) expect(out).toContain(text);
    // What has a line of its own is whole, whatever the width.
    const lines = out.split("\n").filter((line) => !line.startsWith("    "));
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
  });

  test.each([["apps"], ["list"], ["tokens"]])("%s has each row on one line where there is room", async (word) => {
    const { out } = await slipway({ server, columns: 400 }, word);
    expect(out.split("\n").filter((line) => line.startsWith("    "))).toEqual([]);
  });
});
