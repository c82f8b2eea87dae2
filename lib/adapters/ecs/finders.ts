import { paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { paginateListServices, paginateListTaskDefinitionFamilies } from "@aws-sdk/client-ecs";
import {
  DescribeTagsCommand,
  ListenerNotFoundException,
  LoadBalancerNotFoundException,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
  paginateDescribeRules,
  paginateDescribeTargetGroups,
  RuleNotFoundException,
  type TagDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";
import type { ReleaseClients } from "./clients.ts";
import { loadBalancerName, type ReleasesOptions } from "./options.ts";

/** DescribeTags takes so many: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html */
const taggedAtOnce = 20;

const isGone = (error: unknown): boolean =>
  error instanceof ListenerNotFoundException ||
  error instanceof LoadBalancerNotFoundException ||
  error instanceof RuleNotFoundException;

type FinderOptions = Pick<ReleasesOptions, "namePrefix" | "installation" | "cluster">;

/** What releases make: each kind by its name, listeners and rules, which have none, by their tags. */
export function releaseFinders(
  { ecs, elb, cloudWatch }: Pick<ReleaseClients, "ecs" | "elb" | "cloudWatch">,
  options: FinderOptions,
): readonly Finder[] {
  const { cluster, namePrefix, installation } = options;
  const named = new RegExp(`^${namePrefix}-(?:(\\d+)(?:-.*)?|.*)$`);
  /** Those of the installation, whatever else is in the account. */
  const ours = (names: readonly (string | undefined)[]): readonly Made[] =>
    names.flatMap((name = "") => {
      const found = named.exec(name);
      if (found === null || name === loadBalancerName(options)) return [];
      return [{ name, app_id: found[1] === undefined ? null : Number(found[1]), made_at: null }];
    });

  const listenerArns = async (): Promise<readonly string[]> => {
    const arns: string[] = [];
    for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client: elb }, {})) {
      for (const { LoadBalancerArn, LoadBalancerName } of LoadBalancers) {
        if (LoadBalancerArn === undefined || !named.test(LoadBalancerName ?? "")) continue;
        arns.push(...(await orNone(listenersOf(LoadBalancerArn))));
      }
    }
    return arns;
  };

  /** What goes while it is listed has nothing more to list. */
  const orNone = async (listed: Promise<readonly string[]>): Promise<readonly string[]> => {
    try {
      return await listed;
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  };

  const listenersOf = async (LoadBalancerArn: string): Promise<readonly string[]> => {
    const arns: string[] = [];
    for await (const { Listeners = [] } of paginateDescribeListeners({ client: elb }, { LoadBalancerArn }))
      arns.push(...Listeners.flatMap(({ ListenerArn }) => ListenerArn ?? []));
    return arns;
  };

  const rulesOf = async (ListenerArn: string): Promise<readonly string[]> => {
    const arns: string[] = [];
    // The default rule is the listener's own.
    for await (const { Rules = [] } of paginateDescribeRules({ client: elb }, { ListenerArn }))
      arns.push(...Rules.flatMap(({ RuleArn, IsDefault }) => (IsDefault || RuleArn === undefined ? [] : [RuleArn])));
    return arns;
  };

  const ruleArns = async (): Promise<readonly string[]> => {
    const arns: string[] = [];
    for (const listener of await listenerArns()) arns.push(...(await orNone(rulesOf(listener))));
    return arns;
  };

  /** ELB refuses to say the tags of any where one of them is gone: then each is asked for by itself. */
  const tagsOf = async (ResourceArns: readonly string[]): Promise<readonly TagDescription[]> => {
    try {
      const asked = new DescribeTagsCommand({ ResourceArns: [...ResourceArns] });
      return (await elb.send(asked)).TagDescriptions ?? [];
    } catch (error) {
      if (!isGone(error)) throw error;
      if (ResourceArns.length === 1) return [];
      return (await Promise.all(ResourceArns.map((arn) => tagsOf([arn])))).flat();
    }
  };

  /** Whose they are, by their tags. What has none of ours on a load balancer of ours was made by somebody else. */
  const tagged = async (arns: readonly string[]): Promise<readonly Made[]> => {
    const made: Made[] = [];
    for (let at = 0; at < arns.length; at += taggedAtOnce) {
      for (const { ResourceArn = "", Tags = [] } of await tagsOf(arns.slice(at, at + taggedAtOnce))) {
        const tags = new Map(Tags.map(({ Key, Value }) => [Key, Value]));
        if (tags.get("slipway:installation") !== installation) continue;
        const app = Number(tags.get("slipway:app"));
        made.push({ name: ResourceArn, app_id: Number.isInteger(app) ? app : null, made_at: null });
      }
    }
    return made;
  };

  return [
    {
      kind: "service",
      find: async () => {
        const names: string[] = [];
        for await (const { serviceArns = [] } of paginateListServices({ client: ecs }, { cluster }))
          names.push(...serviceArns.map((arn) => arn.slice(arn.lastIndexOf("/") + 1)));
        return ours(names);
      },
    },
    {
      kind: "task definition family",
      find: async () => {
        const names: string[] = [];
        const asked = { familyPrefix: `${namePrefix}-`, status: "ACTIVE" } as const;
        for await (const { families = [] } of paginateListTaskDefinitionFamilies({ client: ecs }, asked))
          names.push(...families);
        return ours(names);
      },
    },
    {
      kind: "target group",
      find: async () => {
        const names: (string | undefined)[] = [];
        for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client: elb }, {}))
          names.push(...TargetGroups.map(({ TargetGroupName }) => TargetGroupName));
        return ours(names);
      },
    },
    { kind: "listener", find: async () => tagged(await listenerArns()) },
    { kind: "listener rule", find: async () => tagged(await ruleArns()) },
    {
      kind: "alarm",
      find: async () => {
        const names: (string | undefined)[] = [];
        const asked = { AlarmNamePrefix: `${namePrefix}-` };
        for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: cloudWatch }, asked))
          names.push(...MetricAlarms.map(({ AlarmName }) => AlarmName));
        return ours(names);
      },
    },
  ];
}
