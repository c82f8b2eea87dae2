import { expect, test } from "@jest/globals";
import { data, slipway, someApp } from "./deps.ts";

const apps = [
  someApp({ id: 1, name: "shop", live_deployment_id: 12, health: "down" }),
  someApp({ id: 2, name: "blog", health: "none" }),
];
const task = {
  task: "abc",
  process: "web",
  deployment_id: 12,
  state: "stopped",
  health: null,
  since: "2025-12-31T23:57:00.000Z",
  exit_code: 7,
  reason: "The container exited with code 7.",
};
const server = (_method: string, path: string) =>
  path === "/api/apps/1/status" ? data({ health: "down", tasks: [task] }) : data(path === "/api/freeze" ? null : apps);

test("status lists the apps with their health", async () => {
  const { status, out } = await slipway({ server }, "status");
  expect(status).toBe(0);
  expect(out).toMatch(/shop +down +#12/);
  expect(out).toMatch(/blog +none +–/);
});

test("status of an app lists its tasks, and why one stopped", async () => {
  const { status, out } = await slipway({ server }, "status", "shop");
  expect(status).toBe(0);
  expect(out).toContain("shop is down.");
  expect(out).toMatch(/web +#12 +stopped +– +3 min ago +7 +The container exited with code 7\./);
  const json = await slipway({ server }, "status", "shop", "--json");
  expect(JSON.parse(json.out)).toEqual({ health: "down", tasks: [task] });
});
