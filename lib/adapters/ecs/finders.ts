import { paginateDescribeScalableTargets } from "@aws-sdk/client-application-auto-scaling";
import { paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import { paginateListServices, paginateListTaskDefinitionFamilies } from "@aws-sdk/client-ecs";
import {
  DescribeTagsCommand,
  ListenerNotFoundException,
  LoadBalancerNotFoundException,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
  paginateDescribeRules,
  paginateDescribeTargetGroups,
  type Rule,
  RuleNotFoundException,
  type TagDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";
import { collected } from "../collected.ts";
import { recordsIn } from "../route53/records.ts";
import type { ReleaseClients } from "./clients.ts";
import { isBalancer, type ReleasesOptions } from "./options.ts";

/** DescribeTags takes so many: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html */
const taggedAtOnce = 20;

const isGone = (error: unknown): boolean =>
  error instanceof ListenerNotFoundException ||
  error instanceof LoadBalancerNotFoundException ||
  error instanceof RuleNotFoundException;

type FinderClients = Pick<ReleaseClients, "ecs" | "elb" | "records" | "cloudWatch" | "logs" | "scaling">;
type FinderOptions = Pick<ReleasesOptions, "namePrefix" | "installation" | "cluster" | "appLogGroup" | "privateNames">;

/**
 * What releases make: each kind by its name, listeners and rules, which have none, by their tags, and records of the private zone
 * by the rules for their hosts.
 */
export function releaseFinders(
  { ecs, elb, records, cloudWatch, logs, scaling }: FinderClients,
  options: FinderOptions,
): readonly Finder[] {
  const { cluster, namePrefix, installation } = options;
  const named = new RegExp(`^${namePrefix}-(?:(\\d+)(?:-.*)?|.*)$`);
  /** Those of the installation, whatever else is in the account. */
  const ours = (names: readonly string[]): readonly Made[] =>
    names.flatMap((name) => {
      const found = named.exec(name);
      if (found === null || isBalancer(options, name)) return [];
      return [{ name, app_id: found[1] === undefined ? null : Number(found[1]), made_at: null }];
    });

  const listenerArns = async (): Promise<readonly string[]> => {
    const balancers = await collected(
      paginateDescribeLoadBalancers({ client: elb }, {}),
      ({ LoadBalancers }) => LoadBalancers,
    );
    const arns: string[] = [];
    for (const { LoadBalancerArn, LoadBalancerName = "" } of balancers)
      if (LoadBalancerArn !== undefined && named.test(LoadBalancerName))
        arns.push(...(await orNone(listenersOf(LoadBalancerArn))));
    return arns;
  };

  /** What goes while it is listed has nothing more to list. */
  const orNone = async <Item>(listed: Promise<readonly Item[]>): Promise<readonly Item[]> => {
    try {
      return await listed;
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  };

  const listenersOf = (LoadBalancerArn: string): Promise<readonly string[]> =>
    collected(paginateDescribeListeners({ client: elb }, { LoadBalancerArn }), ({ Listeners }) =>
      Listeners?.map(({ ListenerArn }) => ListenerArn),
    );

  /** The default rule is the listener's own. */
  const rulesOf = (ListenerArn: string): Promise<readonly Rule[]> =>
    collected(paginateDescribeRules({ client: elb }, { ListenerArn }), ({ Rules }) =>
      Rules?.filter(({ IsDefault }) => !IsDefault),
    );

  const rules = async (): Promise<readonly Rule[]> => {
    const all: Rule[] = [];
    for (const listener of await listenerArns()) all.push(...(await orNone(rulesOf(listener))));
    return all;
  };
  const arnsOf = (all: readonly Rule[]): readonly string[] => all.flatMap(({ RuleArn }) => RuleArn ?? []);

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
        const owner = tags.get("slipway:app");
        // What all apps share says so; what the template made says nothing.
        if (owner === undefined || owner === "all") continue;
        const app = Number(owner);
        made.push({ name: ResourceArn, app_id: Number.isInteger(app) ? app : null, made_at: null });
      }
    }
    return made;
  };

  /** All that is in the zone of private names is the installation's: what no rule leads on with belongs to no app. */
  const privateRecords = async (zone: string): Promise<readonly Made[]> => {
    const found = (await recordsIn(records, zone)).filter(({ Type }) => Type === "A");
    const all = await rules();
    const owners = new Map((await tagged(arnsOf(all))).map(({ name, app_id }) => [name, app_id]));
    const hosts = new Map(
      all.flatMap(({ RuleArn = "", Conditions = [] }) =>
        Conditions.flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? []).map((host) => [host, RuleArn]),
      ),
    );
    return found.map(({ Name = "" }) => {
      const name = Name.replace(/\.$/, "");
      return { name, app_id: owners.get(hosts.get(name) ?? "") ?? null, made_at: null };
    });
  };

  const serviceNames = async (): Promise<readonly string[]> => {
    const arns = await collected(paginateListServices({ client: ecs }, { cluster }), ({ serviceArns }) => serviceArns);
    return arns.map((arn) => arn.slice(arn.lastIndexOf("/") + 1));
  };
  const families = (): Promise<readonly string[]> => {
    const asked = { familyPrefix: `${namePrefix}-`, status: "ACTIVE" } as const;
    return collected(paginateListTaskDefinitionFamilies({ client: ecs }, asked), (page) => page.families);
  };
  const targetGroups = (): Promise<readonly string[]> =>
    collected(paginateDescribeTargetGroups({ client: elb }, {}), ({ TargetGroups }) =>
      TargetGroups?.map(({ TargetGroupName }) => TargetGroupName),
    );
  const alarmNames = (): Promise<readonly string[]> =>
    collected(
      paginateDescribeAlarms({ client: cloudWatch }, { AlarmNamePrefix: `${namePrefix}-` }),
      ({ MetricAlarms }) => MetricAlarms?.map(({ AlarmName }) => AlarmName),
    );

  const logGroups = async (): Promise<readonly Made[]> => {
    const prefix = `${options.appLogGroup}/`;
    const found = await collected(
      paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix: prefix }),
      (page) => page.logGroups,
    );
    return found.map(({ logGroupName: name = "", creationTime }) => {
      const app = Number(name.slice(prefix.length));
      const made_at = creationTime === undefined ? null : new Date(creationTime).toISOString();
      return { name, app_id: Number.isInteger(app) ? app : null, made_at };
    });
  };

  const zone = options.privateNames?.hostedZoneId;
  return [
    ...(zone === undefined ? [] : [{ kind: "record", find: () => privateRecords(zone) }]),
    { kind: "log group", find: logGroups },
    { kind: "service", find: async () => ours(await serviceNames()) },
    { kind: "task definition family", find: async () => ours(await families()) },
    { kind: "target group", find: async () => ours(await targetGroups()) },
    { kind: "listener", find: async () => tagged(await listenerArns()) },
    { kind: "listener rule", find: async () => tagged(arnsOf(await rules())) },
    {
      kind: "scalable target",
      find: async () => {
        const pages = paginateDescribeScalableTargets({ client: scaling }, { ServiceNamespace: "ecs" });
        const ids = await collected(pages, ({ ScalableTargets }) =>
          ScalableTargets?.map(({ ResourceId = "" }) => ResourceId),
        );
        const own = ids.filter((id) => id.startsWith(`service/${cluster}/`));
        return ours(own.map((id) => id.slice(id.lastIndexOf("/") + 1)));
      },
    },
    { kind: "alarm", find: async () => ours(await alarmNames()) },
  ];
}
