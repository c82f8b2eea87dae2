import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as z from "zod";
import { measures } from "../../lib/core/measure.ts";
import { functions, resources, root } from "./synthesized.ts";

const metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.unknown() });
const alarm = z.union([
  metric.transform((only) => [only]),
  z
    .object({ Metrics: z.array(z.object({ MetricStat: z.object({ Metric: metric }).optional() })) })
    .transform(({ Metrics }) => Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])),
]);
const watched = Object.values(resources("AWS::CloudWatch::Alarm")).flatMap(({ Properties }) => alarm.parse(Properties));
const dashboards = Object.values(resources("AWS::CloudWatch::Dashboard"));
const shown = JSON.stringify(dashboards);

test.each(Object.entries(measures).filter(([, { by }]) => by !== null))(
  "%s is watched by an alarm where its function publishes it, and shown",
  (name, { by }) => {
    expect(functions().map((each) => each.name)).toContain(by);
    const Dimensions = [{ Name: "service", Value: by }];
    expect(watched).toContainEqual({ Namespace: "Slipway", MetricName: name, Dimensions });
    expect(shown).toContain(name);
  },
);

test("what any function may meet is shown for all of them, and the runbook says what it means", () => {
  const names = Object.entries(measures).flatMap(([name, { by }]) => (by === null ? [name] : []));
  expect(names).toEqual(["WriteConflicts"]);
  const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");
  for (const name of names) {
    expect(shown).toContain(`MetricName=\\\\\\"${name}\\\\\\"`);
    expect(runbook).toContain(`the metric \`${name}\``);
  }
});

test("the one dashboard shows every alarm, and the runbook names it", () => {
  expect(dashboards.map(({ Properties }) => Properties.DashboardName)).toEqual([
    { "Fn::Join": ["", ["slipway-", { Ref: "AWS::Region" }]] },
  ]);
  const missing = Object.keys(resources("AWS::CloudWatch::Alarm")).filter((id) => !shown.includes(`"${id}"`));
  expect(missing).toEqual([]);
  expect(readFileSync(join(root, "docs", "runbook.md"), "utf8")).toContain(
    "CloudWatch → Dashboards → `slipway-<region>`",
  );
});
