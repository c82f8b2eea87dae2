// Which releases are named in a chart of an app's usage: numbers do not lie on top of each other.
import { expect, test } from "@jest/globals";
import { namedMarkers } from "../../lib/dashboard/apps/usage/named-markers.ts";

const at = (minute: number) => new Date(minute * 60_000).toISOString();
const release = (deployment_id: number, minute: number) => ({
  kind: "deployment" as const,
  at: at(minute),
  deployment_id,
});

test("of releases that are close to each other, the newest is named; one from before the chart stands at its edge", () => {
  const markers = [release(1, -500), release(2, 2), release(6, 86), release(7, 88), release(9, 94)];
  expect([...namedMarkers(markers, [0, 100 * 60_000])].sort()).toEqual([2, 9]);
  expect([...namedMarkers([{ ...release(4, 50), kind: "alarm" }], [0, 100 * 60_000])]).toEqual([]);
});
