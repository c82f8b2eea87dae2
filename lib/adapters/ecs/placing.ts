import {
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  appDemand,
  firstBalancer,
  firstInternal,
  isInternal,
  leavePlace,
  noteName,
  type Place,
  type Placements,
  placeApp,
  recordPlace,
} from "../../core/placement/placement.ts";
import type { PlacementStore } from "../../core/ports/releases.ts";
import { balancerOf, type ReleasesOptions } from "./options.ts";

/** Whoever loses this often asks again later. */
const tries = 5;

/** Which load balancer an app is on. */
export function placing(client: ElasticLoadBalancingV2Client, store: PlacementStore, options: ReleasesOptions) {
  const firstOf = (isOnlyForApps: boolean) => (isOnlyForApps ? firstInternal : firstBalancer(options.domain !== null));

  /** Apps that were released before places were recorded, where ELB has them. */
  const found = async (before: Placements): Promise<Placements> => {
    const own = new RegExp(`^${options.namePrefix}-(\\d+)$`);
    let placements = before;
    for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client }, {})) {
      for (const { TargetGroupName = "", LoadBalancerArns = [] } of TargetGroups) {
        const app = own.exec(TargetGroupName)?.[1];
        const balancer = LoadBalancerArns.map((arn) => balancerOf(options, arn)).find((each) => each !== null);
        if (app !== undefined && balancer) placements = recordPlace(placements, Number(app), balancer);
      }
    }
    return placements;
  };

  const read = async (): Promise<Placements> => {
    const placements = await store.get();
    return placements.version === 0 ? found(placements) : placements;
  };

  return {
    /**
     * The place of an app, a new one if it has none. `isOnlyForApps`: it is internal. `null`: somebody else placed one at every
     * try.
     */
    of: async (appId: number, isOnlyForApps: boolean): Promise<Place | null> => {
      for (let attempt = 1; attempt <= tries; attempt++) {
        const placements = await read();
        const demand = placements.apps[appId] ?? appDemand;
        const placed = placeApp(placements, appId, demand, firstOf(isOnlyForApps));
        if (placed === "full") throw new Error(`App ${appId} asks for more than its load balancer has left.`);
        if (placed.next === null || (await store.replace(placed.next))) return placed.place;
      }
      return null;
    },

    /** Notes the name of a load balancer; whoever is overtaken notes it the next time. */
    note: async (balancer: string, name: string): Promise<void> => {
      const next = noteName(await read(), balancer, name);
      if (next !== null) await store.replace(next);
    },

    /** Has room for a rule more, or no more than usual. `false`: its load balancer has none left. */
    withRedirect: async (appId: number, has: boolean): Promise<boolean> => {
      for (let attempt = 1; attempt <= tries; attempt++) {
        const placements = await read();
        const now = placements.apps[appId];
        if (now === undefined) return false;
        const rules = appDemand.rules + (has ? 1 : 0);
        const placed = placeApp(placements, appId, { ...now, rules }, firstOf(isInternal(now)));
        if (placed === "full") return false;
        if (placed.next === null || (await store.replace(placed.next))) return true;
      }
      throw new Error(`The place of app ${appId} could not be written: others were quicker each time.`);
    },

    /** The place that an app has; `null`: none. */
    find: async (appId: number): Promise<Place | null> => (await read()).apps[appId] ?? null,

    /** Frees the place of an app that has nothing on its load balancer any more. `false`: somebody else was quicker. */
    leave: async (appId: number): Promise<boolean> => {
      for (let attempt = 1; attempt <= tries; attempt++) {
        const next = leavePlace(await store.get(), appId);
        if (next === null || (await store.replace(next))) return true;
      }
      return false;
    },
  };
}
