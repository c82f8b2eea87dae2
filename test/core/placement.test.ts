import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import {
  appDemand,
  balancerLimits,
  type Demand,
  leavePlace,
  noPlacements,
  type Placements,
  placeApp,
  recordPlace,
  usedOf,
} from "../../lib/core/placement/placement.ts";

const place = (placements: Placements, app: number, demand: Demand = appDemand, first: "apps" | "web" = "web") => {
  const placed = placeApp(placements, app, demand, first);
  if (placed === "full") throw new Error(`App ${app} has no room.`);
  return { place: placed.place, placements: placed.next ?? placements };
};

const many = (count: number): Placements => {
  let placements = noPlacements;
  for (let app = 1; app <= count; app++) placements = place(placements, app).placements;
  return placements;
};

const balancersOf = ({ apps }: Placements): readonly string[] => [
  ...new Set(Object.values(apps).map(({ balancer }) => balancer)),
];

describe("placement", () => {
  test("puts forty apps on a load balancer, and the next ones on further ones", () => {
    const placements = many(100);
    const counts = Object.groupBy(Object.values(placements.apps), ({ balancer }) => balancer);
    expect(Object.entries(counts).map(([balancer, apps = []]) => [balancer, apps.length])).toEqual([
      ["web", 40],
      ["apps-2", 40],
      ["apps-3", 20],
    ]);
  });

  test("has an app stay where it is, and says nothing new of it", () => {
    const placements = many(50);
    expect(placeApp(placements, 45, appDemand, "web")).toEqual({ place: placements.apps[45], next: null });
  });

  test("fills places that became free before it asks for another load balancer", () => {
    const freed = leavePlace(many(80), 7);
    const { place: given } = place(freed ?? noPlacements, 81);
    expect(given).toMatchObject({ balancer: "web", slot: 6 });
  });

  test("lets an app grow on its load balancer, up to the limit, and says so beyond", () => {
    let placements = many(40);
    const grown = place(placements, 1, { ...appDemand, certificates: balancerLimits.certificates });
    placements = grown.placements;
    expect(grown.place.balancer).toBe("web");
    expect(placeApp(placements, 2, { ...appDemand, certificates: 1 }, "web")).toBe("full");
    const other = place(placements, 41, { ...appDemand, certificates: 1 });
    expect(other.place.balancer).toBe("apps-2");
  });

  test("moves an app from the template's load balancer when that is gone, and leaves the others", () => {
    const placements = many(41);
    expect(place(placements, 1, appDemand, "apps").place.balancer).toBe("apps");
    expect(place(placements, 41, appDemand, "apps").place.balancer).toBe("apps-2");
  });

  test("records where apps were found, once", () => {
    const found = recordPlace(recordPlace(noPlacements, 3, "apps"), 3, "apps-2");
    expect(found.apps).toEqual({ 3: { ...appDemand, balancer: "apps", slot: 0 } });
    expect(found.version).toBe(0);
  });

  test("frees nothing for an app without a place", () => {
    expect(leavePlace(noPlacements, 1)).toBeNull();
  });

  const demand = fc.record({
    targetGroups: fc.integer({ min: 2, max: 6 }),
    rules: fc.integer({ min: 2, max: 6 }),
    certificates: fc.integer({ min: 0, max: 4 }),
  });
  const change = fc.record({ app: fc.integer({ min: 1, max: 120 }), demand, leaves: fc.boolean() });

  test("never exceeds a limit, never gives two apps one slot, and never moves an app", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        let placements = noPlacements;
        for (const { app, demand: wanted, leaves } of changes) {
          const before = placements.apps[app];
          const placed = leaves ? null : placeApp(placements, app, wanted, "web");
          if (placed === "full") continue;
          placements = (placed === null ? leavePlace(placements, app) : placed.next) ?? placements;
          if (placed !== null && before !== undefined) {
            expect(placements.apps[app]).toMatchObject({ balancer: before.balancer, slot: before.slot });
          }
        }
        for (const balancer of balancersOf(placements)) {
          const used = usedOf(placements, balancer);
          expect(used.targetGroups).toBeLessThanOrEqual(balancerLimits.targetGroups);
          expect(used.rules).toBeLessThanOrEqual(balancerLimits.rules);
          expect(used.certificates).toBeLessThanOrEqual(balancerLimits.certificates);
          const slots = Object.values(placements.apps).filter((each) => each.balancer === balancer);
          expect(new Set(slots.map(({ slot }) => slot)).size).toBe(slots.length);
        }
      }),
    );
  });
});
