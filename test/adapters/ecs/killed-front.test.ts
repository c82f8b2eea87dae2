// A worker that is killed at any call of what reaches an app by name: the next one completes it, and nothing is there twice.
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createElb } from "@slipway/local-aws/services/elb/elb";
import { createRoute53, type Route53 } from "@slipway/local-aws/services/route53/route53";
import { loadBalancing } from "../../../lib/adapters/ecs/load-balancing.ts";
import type { ReleasesOptions } from "../../../lib/adapters/ecs/options.ts";
import { appDemand, noPlacements, placeApp } from "../../../lib/core/placement/placement.ts";
import { type LocalAws, startLocalAws } from "../../local-aws/support/local-aws.ts";
import { eventually } from "../../local-aws/support/wait.ts";
import { someSettings } from "../../support/deployments.ts";
import { memoryPlacements } from "../../support/memory-stores.ts";
import { simulatedReleases } from "../../support/simulate/ecs.ts";

class Killed extends Error {}

let aws: LocalAws;
let route53: Route53;
let balancing: elb.ElasticLoadBalancingV2Client;
let records: Route53Client;
const placements = memoryPlacements();
/** The call at which the worker is killed, counted down; `null`: it lives. */
let left: number | null = null;
let when: "before" | "after" = "before";

const options: ReleasesOptions = {
  ...simulatedReleases,
  appUrl: "https://{name}.apps.example.com",
  domain: { name: "apps.example.com", certificateArn: "arn", hostedZoneId: "Z1", authority: "" },
  privateNames: {
    domain: "slipway.internal",
    url: "http://{name}.slipway.internal",
    hostedZoneId: "ZPRIVATE",
    securityGroupId: "sg-internal",
  },
};
/** Whether the apps of a case are internal; their names lie elsewhere then. */
let internal = false;
const isNamed = (name: string): boolean =>
  internal
    ? route53.resolvePrivately(`${name}.slipway.internal`, "A") !== undefined
    : route53.resolve(`${name}.apps.example.com`, "A") !== undefined;
const load = () => loadBalancing({ elb: balancing, records, placements }, options);
const hold = { rule: async () => null, confirm: async () => undefined };

/** As the SDK lets everybody stand in the way of a call. */
function mortal<Client extends elb.ElasticLoadBalancingV2Client | Route53Client>(client: Client): Client {
  const stack = client.middlewareStack as elb.ElasticLoadBalancingV2Client["middlewareStack"];
  stack.add(
    (next) => async (given) => {
      const isLast = left !== null && left-- === 0;
      if (isLast && when === "before") throw new Killed();
      const answered = next(given);
      // Also one that was refused came back to nobody.
      if (isLast)
        throw await answered.then(
          () => new Killed(),
          () => new Killed(),
        );
      return answered;
    },
    { step: "initialize" },
  );
  return client;
}

beforeAll(async () => {
  aws = await startLocalAws();
  const zones = [
    { id: "Z1", name: "apps.example.com" },
    { id: "ZPRIVATE", name: "slipway.internal", isPrivate: true },
  ];
  route53 = aws.add(createRoute53(aws.context, { zones }));
  const published = { published: { 443: 8443, 80: 8080 }, publishedInternally: { 80: 8081 } };
  aws.add(createElb(aws.context, { secondMs: 20, ...published }));
  balancing = mortal(new elb.ElasticLoadBalancingV2Client(aws.client()));
  records = mortal(new Route53Client(aws.client()));
  // So that the apps of this test are on a further load balancer, and have records of their own.
  let row = noPlacements;
  for (let app = 1001; app <= 1040; app++) {
    const placed = placeApp(row, app, appDemand, "web");
    if (placed !== "full" && placed.next !== null) row = placed.next;
  }
  for (let version = 1; version <= row.version; version++) await placements.replace({ ...row, version });
});

afterAll(async () => {
  balancing.destroy();
  records.destroy();
  await aws.close();
});

/** Everything that there is of an app. */
async function madeOf(id: number) {
  const { LoadBalancers = [] } = await balancing.send(new elb.DescribeLoadBalancersCommand({}));
  const rules: string[] = [];
  for (const { LoadBalancerArn } of LoadBalancers) {
    const { Listeners = [] } = await balancing.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
    for (const { ListenerArn } of Listeners) {
      const { Rules = [] } = await balancing.send(new elb.DescribeRulesCommand({ ListenerArn }));
      const arns = Rules.flatMap(({ RuleArn, IsDefault }) => (IsDefault || RuleArn === undefined ? [] : [RuleArn]));
      if (arns.length === 0) continue;
      const { TagDescriptions = [] } = await balancing.send(new elb.DescribeTagsCommand({ ResourceArns: arns }));
      const own = TagDescriptions.filter(({ Tags = [] }) =>
        Tags.some(({ Key, Value }) => Key === "slipway:app" && Value === String(id)),
      );
      rules.push(...own.flatMap(({ ResourceArn }) => ResourceArn ?? []));
    }
  }
  const { TargetGroups = [] } = await balancing.send(new elb.DescribeTargetGroupsCommand({}));
  const groups = TargetGroups.filter(({ TargetGroupName }) =>
    [`slipway-${id}`, `slipway-${id}-b`].includes(TargetGroupName ?? ""),
  );
  const names = [`app-${id}`, `new-${id}`].filter(isNamed);
  const place = (await placements.get()).apps[id];
  return { rules: rules.length, groups: groups.length, names, place: place?.rules ?? null };
}

const ensure = (id: number, name: string, liveName: string | null) =>
  eventually(async () => {
    const made = await load().ensure({ id, settings: someSettings({ name, internal }), liveName }, hold);
    if (typeof made === "string") throw new Error(`It is ${made}.`);
  });

interface Step {
  readonly what: string;
  readonly prepare: (id: number) => Promise<unknown>;
  readonly act: (id: number) => Promise<unknown>;
  readonly made: (id: number) => object;
}

const released = (id: number) => ensure(id, `app-${id}`, null);
const renamed = async (id: number) => {
  await released(id);
  await ensure(id, `new-${id}`, `app-${id}`);
};
const steps: readonly Step[] = [
  {
    what: "a first release",
    prepare: async () => undefined,
    act: (id) => load().ensure({ id, settings: someSettings({ name: `app-${id}`, internal }), liveName: null }, hold),
    made: (id) => ({ rules: 2, groups: 2, names: [`app-${id}`], place: 2 }),
  },
  {
    what: "a change of name",
    prepare: renamed,
    act: (id) => load().name(id, { name: `new-${id}`, former: [`app-${id}`], before: null }),
    made: (id) => ({ rules: 3, groups: 2, names: [`app-${id}`, `new-${id}`], place: 3 }),
  },
  {
    what: "the end of a former name",
    prepare: async (id) => {
      await renamed(id);
      await load().name(id, { name: `new-${id}`, former: [`app-${id}`], before: null });
    },
    act: (id) => load().redirect(id, `new-${id}`, []),
    made: (id) => ({ rules: 2, groups: 2, names: [`new-${id}`], place: 2 }),
  },
  {
    what: "a removal",
    prepare: async (id) => {
      await renamed(id);
      await load().name(id, { name: `new-${id}`, former: [`app-${id}`], before: null });
    },
    act: (id) => load().remove(id),
    made: () => ({ rules: 0, groups: 0, names: [], place: null }),
  },
];

test.each(
  steps.flatMap((step) =>
    (["public", "internal"] as const).flatMap((kind) => [
      { ...step, kind, at: "before" as const },
      { ...step, kind, at: "after" as const },
    ]),
  ),
)(
  "$what of an $kind app is completed when a worker was killed $at a call",
  async ({ prepare, act, made, at, kind }) => {
    when = at;
    internal = kind === "internal";
    let id = 0;
    // The load balancer and its listeners are there: they are the same for all.
    await released(internal ? 1000 : 1);
    for (let kill = 0; ; kill++) {
      id = kill + 2;
      left = null;
      await load().remove(id);
      await prepare(id);
      left = kill;
      try {
        await act(id);
        break;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      left = null;
      await act(id);
      expect(await madeOf(id)).toEqual(made(id));
      await load().remove(id);
    }
    left = null;
    expect(id).toBeGreaterThan(4);
    await load().remove(id);
    expect(await madeOf(id)).toMatchObject({ rules: 0, groups: 0, names: [] });
  },
);
