import { expect, test } from "@jest/globals";
import { data, slipway, someApp } from "./deps.ts";

const from = "2025-12-31T21:00:00.000Z";
const series = (metric: string, values: (number | null)[], deployment_id: number | null = null) => ({
  metric,
  unit: "count",
  process: "web",
  deployment_id,
  from,
  values,
});
const usage = {
  app_id: 1,
  hours: 3,
  period_seconds: 60,
  from,
  to: "2026-01-01T00:00:00.000Z",
  complete_until: "2025-12-31T23:58:00.000Z",
  read_at: "2026-01-01T00:00:30.000Z",
  series: [
    series("requests", [4, 6, null]),
    series("errors_5xx", [0, 3, null]),
    series("requests", [4, 6], 12),
    series("latency_p95", [80, 120.5], 12),
    series("tasks", [1, 2, 1]),
    series("cpu", [10, 12.5, 1]),
    series("restarts", [0, 1, 0]),
  ],
  markers: [
    {
      kind: "deployment",
      at: "2025-12-31T21:00:30.000Z",
      until: null,
      deployment_id: 12,
      stage: "success",
      rolled_back: false,
      alarm: null,
      text: "Deployment succeeded",
    },
  ],
};

test("usage sums up minutes, and lists what happened", async () => {
  const asked: string[] = [];
  const server = (_method: string, path: string) => {
    asked.push(path);
    return data(path.startsWith("/api/apps/1/usage") ? usage : [someApp({ id: 1, name: "shop" })]);
  };
  const { status, out } = await slipway({ server }, "usage", "shop", "--hours", "3");
  expect(status).toBe(0);
  expect(asked.at(-1)).toContain("/api/apps/1/usage");
  expect(out).toMatch(/21:00 +#12 +10 +3 +– +– +120\.5 +– +12\.5 % +– +2 +1/);
  expect(out).toMatch(/21:08 +– +– +– /);
  expect(out).toContain("2025-12-31T21:00:30.000Z  #12 succeeded");
  const json = await slipway({ server }, "usage", "shop", "--json");
  expect(JSON.parse(json.out)).toEqual(usage);
});
