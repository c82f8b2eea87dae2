import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { anchorOf } from "../../lib/infra/alarm.ts";
import { resources, root } from "./synthesized.ts";

const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");
const anchors = [...runbook.matchAll(/^## (.*)$/gm)].map((match) => anchorOf(String(match[1])));
const linked = Object.values(resources("AWS::CloudWatch::Alarm")).map(
  ({ Properties }) => /docs\/runbook\.md#(\S+)$/.exec(String(Properties.AlarmDescription))?.[1],
);

test("every alarm leads to a heading of the runbook", () => {
  expect(linked.filter((anchor) => anchor === undefined || !anchors.includes(anchor))).toEqual([]);
});

test("every heading of the runbook belongs to an alarm", () => {
  expect(anchors.filter((anchor) => !linked.includes(anchor))).toEqual([]);
});

test("docs/costs.md says how many alarms there are, and how many metrics they watch, which is what is paid for", () => {
  const alarms = Object.values(resources("AWS::CloudWatch::Alarm"));
  const watched = alarms.flatMap(({ Properties: { Metrics } }) =>
    Array.isArray(Metrics) ? Metrics.filter(({ MetricStat }) => MetricStat !== undefined) : [{}],
  );
  const costs = readFileSync(join(root, "docs", "costs.md"), "utf8");
  expect(costs).toContain(`${watched.length} metrics are watched by ${alarms.length} alarms`);
  expect(costs).toContain(`| $${(0.1 * (watched.length - 10)).toFixed(2)} |`);
});

test("the runbook names saved queries that exist", () => {
  const queries = Object.values(resources("AWS::Logs::QueryDefinition")).map(({ Properties }) => Properties.Name);
  const named = [...runbook.matchAll(/`(Slipway\/[^`]+)`/g)].map((match) => match[1]);
  expect([...new Set(named)].toSorted()).toEqual(queries.toSorted());
});
