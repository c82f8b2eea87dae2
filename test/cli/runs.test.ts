import { expect, test } from "@jest/globals";
import type { Run } from "@slipway/monitor/client";
import { data, slipway, someApp } from "./deps.ts";

const run = (change: Partial<Run>): Run => ({
  id: 5,
  app_id: 1,
  deployment_id: 12,
  process: "web",
  command: ["npm", "run", "a report"],
  trigger: "cron",
  cron: "nightly",
  scheduled_at: "2025-12-31T23:00:00.000Z",
  actor: "Slipway",
  actor_id: null,
  status: "failed",
  message: "Exited with code 3",
  exit_code: 3,
  created_at: "2025-12-31T23:00:00.000Z",
  started_at: "2025-12-31T23:00:05.000Z",
  finished_at: "2025-12-31T23:01:10.000Z",
  deadline_at: null,
  cancel_requested_at: null,
  task: null,
  ...change,
});
const runs = [
  run({}),
  run({ id: 4, trigger: "release", cron: null, status: "succeeded", exit_code: 0 }),
  run({ id: 3, trigger: "manual", cron: null, actor: "ada", status: "pending", started_at: null, exit_code: null }),
];

test("runs lists whose they were, how they ended and how long they took, and takes a cron's alone", async () => {
  const paths: string[] = [];
  const server = (_method: string, path: string) => {
    paths.push(path);
    if (path === "/api/apps") return data([someApp({ id: 1, name: "shop" })]);
    return { status: 200, body: { success: true, next_cursor: null, data: runs } };
  };
  const { status, out } = await slipway({ server }, "runs", "shop", "--cron", "nightly", "--limit", "3");
  expect(status).toBe(0);
  expect(paths.at(-1)).toBe("/api/apps/1/runs?limit=3&cron=nightly");
  expect(out).toMatch(/5 +nightly +failed +3 +1 min 5 s +1 h ago +npm run 'a report'/);
  expect(out).toMatch(/4 +release command +succeeded +0/);
  expect(out).toMatch(/3 +ada +pending +– +–/);
  const json = await slipway({ server }, "runs", "shop", "--json");
  expect(JSON.parse(json.out)).toEqual(runs);
});
