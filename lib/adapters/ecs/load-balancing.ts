import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Settings } from "../../core/app.ts";
import { isInternal, type Place } from "../../core/placement/placement.ts";
import type { PlacementStore, ReleaseNames } from "../../core/ports/releases.ts";
import { appRecords, type RecordsClient } from "./app-records.ts";
import { balancers } from "./balancers.ts";
import type { Front, Hold } from "./front.ts";
import { hostFront } from "./host-front.ts";
import { hostIn, type Names, privateNames, publicNames, type SharedPort } from "./names.ts";
import { balancerOf, type ReleasesOptions } from "./options.ts";
import { placing } from "./placing.ts";
import { portFront } from "./port-front.ts";
import { isJudgedBy, type SeenGroup, type TargetGroups, targetGroups } from "./target-groups.ts";

export interface BalancingClients {
  readonly elb: ElasticLoadBalancingV2Client;
  readonly records: RecordsClient;
  readonly placements: PlacementStore;
}

/** The part of an app that faces its visitors: two target groups, and rules on the load balancer that it was placed on. */
export function loadBalancing({ elb, records: dns, placements }: BalancingClients, options: ReleasesOptions) {
  const groups = targetGroups(elb, options);
  const all = balancers(elb, options);
  const places = placing(elb, placements, options);
  const byPort = portFront(elb, all, options);
  const sideOf = (names: Names | null, port: SharedPort) => ({
    names,
    byName: hostFront(elb, all, options, port),
    records: appRecords(dns, names),
  });
  /** What leads to apps by name: for everybody, and for apps alone. */
  const sides = { public: sideOf(publicNames(options), 443), internal: sideOf(privateNames(options), 80) };
  const sideFor = (place: Place) => (isInternal(place) ? sides.internal : sides.public);

  /** The load balancer of an app that has a place and sends to the app; `null`: it does not, or the app has no place. */
  const whereIs = async (appId: number) => {
    const [place, [first]] = await Promise.all([places.find(appId), groups.find(appId)]);
    if (place === null || first === undefined) return null;
    const arn = (first.LoadBalancerArns ?? []).find((one) => balancerOf(options, one) === place.balancer);
    return arn === undefined ? null : { place, arn, first: first.TargetGroupArn };
  };

  /** How an app's traffic is shared that had a port of its own until there was a domain. */
  const sharedBefore = async (arn: string, both: TargetGroups): Promise<TargetGroups> => {
    const [listener] = await byPort.listenersFor(arn, both[0]);
    return listener === undefined ? both : byPort.serving(listener, both);
  };

  /** Has these names that the app had, and no others, lead to its name. `false`: they cannot. */
  const redirect = async (appId: number, name: string, former: readonly string[]): Promise<boolean> => {
    const found = await whereIs(appId);
    if (found === null) return false;
    const { arn, place } = found;
    const { names, byName, records } = sideFor(place);
    if (names === null) return false;
    const before = await byName.redirected(arn, place);
    const hosts = former.map((each) => hostIn(names, each));
    const hasRoom = hosts.length === 0 || (await places.withRedirect(appId, true));
    await records.remove(before.filter((host) => !hosts.includes(host)));
    const wanted = { to: hostIn(names, name), hosts, appId };
    await byName.redirect(arn, place, hasRoom && hosts.length > 0 ? wanted : null);
    if (hosts.length === 0) await places.withRedirect(appId, false);
    return hasRoom;
  };

  return {
    /** Begins to make the load balancer that an app comes to; AWS takes two to three minutes. */
    prepare: async (appId: number, { internal }: Pick<Settings, "internal">): Promise<void> => {
      if (internal && sides.internal.names === null) return;
      const place = await places.of(appId, internal);
      if (place !== null) await all.ensure(place.balancer);
    },

    /** Makes what is missing. `waiting`: the load balancer is being made. `full`: no port is left. */
    ensure: async (
      app: { readonly id: number; readonly settings: Settings; readonly liveName: string | null },
      hold: Hold,
    ): Promise<Front | "waiting" | "full"> => {
      const { id, settings, liveName } = app;
      const place = await places.of(id, settings.internal);
      if (place === null) return "waiting";
      const [balancer, made] = await Promise.all([all.ensure(place.balancer), groups.both(id)]);
      const arn = balancer?.LoadBalancerArn;
      if (balancer === null || arn === undefined) return "waiting";
      if (balancer.State?.Code !== "active") return "waiting";
      const seen = made ?? (await groups.make(id, settings));
      const both: TargetGroups = [seen[0].TargetGroupArn, seen[1].TargetGroupArn];
      const { names, byName, records } = sideFor(place);
      if (names === null) {
        const front = await byPort.ensure(balancer, place, { id, settings, groups: both }, hold);
        return front === "full" ? front : { ...front, groups: seen };
      }
      const named = { id, name: settings.name, liveName, groups: both };
      const front = await byName.ensure(balancer, place, named, names, await sharedBefore(arn, both));
      await records.ensure(place, balancer, settings.name);
      // Whoever keeps DNS elsewhere asks where names are to lead.
      if (!settings.internal) await places.note(place.balancer, balancer.DNSName ?? "");
      return { ...front, groups: seen };
    },

    redirect,

    /**
     * Has the next version judged by its settings, and one that serves by those that it was released with. Nothing may be under
     * way: which group serves is said by the weights. `front`: as it was made a moment ago, under the same lease.
     */
    judge: async (front: Front, settings: Settings, serves: boolean): Promise<Front> => {
      const isServing = ({ TargetGroupArn }: SeenGroup) => serves && TargetGroupArn === front.serving[0];
      const next = front.groups.filter((group) => !isServing(group));
      await groups.judge(next, settings);
      const serving = front.groups.filter(isServing);
      return { ...front, needsOtherGroup: !serving.every((group) => isJudgedBy(group, settings)) };
    },

    /** Has the app be reached by this name alone, once its release is live, and names that it had lead there. */
    name: async (appId: number, { name, former, before }: ReleaseNames): Promise<boolean> => {
      // What has a port of its own has its name as a tag, which it has already.
      if (sides.public.names === null && sides.internal.names === null && name === before) return false;
      const found = await whereIs(appId);
      if (found === null) return false;
      const { arn, place, first } = found;
      const { names, byName, records } = sideFor(place);
      if (names === null) {
        await byPort.name(arn, first, name);
        return false;
      }
      // Of its own domains, which are no names of the zone, there are no records here.
      const hosts = await byName.hosts(arn, [first]);
      // Before the name is left, so that there is no moment without an answer.
      const leads = await redirect(appId, name, former);
      await byName.name(arn, place, name, names);
      const kept = [name, ...(leads ? former : [])].map((each) => hostIn(names, each));
      await records.remove(hosts.filter((host) => !kept.includes(host)));
      // What is reached by name needs the port no more that it had before there was a domain.
      await byPort.remove(arn, [first]);
      return leads;
    },

    /** Removes listeners of an app beside its one. */
    tidy: async (appId: number, hold: Hold): Promise<void> => {
      const found = sides.public.names === null ? await whereIs(appId) : null;
      if (found !== null && !isInternal(found.place)) await byPort.tidy(found.arn, found.first, hold);
    },

    /** Removes the app's rules, its listener if it has one, its records and both target groups, and frees its place. */
    remove: async (appId: number): Promise<void> => {
      const found = await groups.find(appId);
      const both = found.map(({ TargetGroupArn }) => TargetGroupArn);
      for (const arn of new Set(found.flatMap(({ LoadBalancerArns = [] }) => LoadBalancerArns))) {
        // First what only the rules name.
        const place = await places.find(appId);
        const { byName, records } = place === null ? sides.public : sideFor(place);
        await records.remove([
          ...(await byName.hosts(arn, both)),
          ...(place === null ? [] : await byName.redirected(arn, place)),
        ]);
        if (place !== null) await byName.redirect(arn, place, null);
        await byName.remove(arn, both);
        await byPort.remove(arn, both);
      }
      await groups.remove(found);
      await places.leave(appId);
    },
  };
}
