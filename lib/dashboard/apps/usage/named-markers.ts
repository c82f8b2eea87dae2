import type { UsageMarker } from "@slipway/monitor/client";

/** The share of a chart's width that a number such as `#1234` takes, on a phone as well. */
const room = 0.1;

/** The deployments whose numbers stand in a chart: of those that are too close to each other, the newest. All of them are listed below it. */
export function namedMarkers(
  markers: readonly Pick<UsageMarker, "kind" | "at" | "deployment_id">[],
  [from, to]: readonly [number, number],
): ReadonlySet<number> {
  const named = new Set<number>();
  let last = Number.POSITIVE_INFINITY;
  const releases = markers
    .filter(({ kind }) => kind === "deployment")
    .map(({ at, deployment_id }) => ({ id: deployment_id, at: Math.max(from, Date.parse(at)) }))
    .toSorted((one, other) => other.at - one.at);
  for (const { id, at } of releases) {
    if (id === null || last - at < (to - from) * room) continue;
    named.add(id);
    last = at;
  }
  return named;
}
