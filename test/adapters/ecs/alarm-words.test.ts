import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { expect, test } from "@jest/globals";
import { releaseAlarms } from "../../../lib/adapters/ecs/alarms.ts";
import { simulatedReleases } from "../../support/simulate/ecs.ts";

/** What is said of alarms that CloudWatch describes so. */
function wordsOf(alarms: readonly { readonly kind: string; readonly [field: string]: unknown }[]): Promise<string> {
  const name = (kind: string) => `${simulatedReleases.namePrefix}-7-${kind}`;
  const MetricAlarms = alarms.map(({ kind, ...alarm }) => ({ AlarmName: name(kind), ...alarm }));
  const client = Object.assign(Object.create(CloudWatchClient.prototype) as CloudWatchClient, {
    send: async () => ({ MetricAlarms }),
  });
  return releaseAlarms(client, simulatedReleases).words(
    alarms.map(({ kind }) => name(kind)),
    7,
  );
}

const data = (values: readonly (number | null)[]) => JSON.stringify({ recentDatapoints: values });

test("an alarm that tripped says the highest value that was measured", async () => {
  const latency = { kind: "latency", Threshold: 0.2, StateValue: "ALARM", StateReasonData: data([0.4, null, 1.2346]) };
  const errors = { kind: "errors", Threshold: 5, StateValue: "ALARM", StateReasonData: data([102]) };
  const words = await wordsOf([latency, errors]);
  expect(words).toContain("one answer in twenty took longer than 200 ms (measured: 1235 ms). Make it quicker");
  expect(words).toContain(
    "more than 5 % of a version's answers within a minute were server errors (5xx) (measured: 100 %)",
  );
});

test.each([
  { StateValue: "OK", StateReasonData: data([1.2]) },
  { StateValue: "ALARM", StateReasonData: "Threshold Crossed" },
  { StateValue: "ALARM", StateReasonData: data([null]) },
])("an alarm that does not say what was measured says the rest: %j", async (state) => {
  const words = await wordsOf([{ kind: "latency", Threshold: 0.2, ...state }]);
  expect(words).toMatch(/latency tripped: one answer in twenty took longer than 200 ms\. Make it quicker/);
});
