import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type TargetGroup,
  TargetGroupNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Settings } from "../../core/app.ts";
import { ownerTags, type ReleasesOptions, tagList, targetGroupNames } from "./options.ts";

/** An app's two target groups: while one serves, the next version starts in the other. */
export type TargetGroups = readonly [first: string, second: string];

type TargetGroupsOptions = Pick<ReleasesOptions, "vpcId" | "namePrefix" | "installation">;

export function targetGroups(client: ElasticLoadBalancingV2Client, options: TargetGroupsOptions) {
  const namesOf = (appId: number) => targetGroupNames(options, appId);

  const find = async (name: string): Promise<TargetGroup | null> => {
    try {
      const answer = await client.send(new DescribeTargetGroupsCommand({ Names: [name] }));
      return answer.TargetGroups?.[0] ?? null;
    } catch (error) {
      if (error instanceof TargetGroupNotFoundException) return null;
      throw error;
    }
  };

  const describe = async (TargetGroupArns: readonly string[]): Promise<readonly TargetGroup[]> =>
    (await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [...TargetGroupArns] }))).TargetGroups ?? [];

  /** Quick to call a target healthy and quick to drain: the defaults would take minutes (facts of ELB's defaults: 30 s × 5, 300 s). */
  const create = async (name: string, appId: number, settings: Settings): Promise<TargetGroup | null> => {
    const answer = await client.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: "HTTP",
        Port: settings.port,
        VpcId: options.vpcId,
        TargetType: "ip",
        HealthCheckPath: settings.health_check_path,
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 4,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
        Matcher: { HttpCode: settings.health_check_expect },
        Tags: tagList(ownerTags(options, appId)),
      }),
    );
    const group = answer.TargetGroups?.[0] ?? null;
    if (group?.TargetGroupArn !== undefined) {
      const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "15" }];
      await client.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn, Attributes }));
    }
    return group;
  };

  const ensureOne = async (name: string, appId: number, settings: Settings): Promise<string> => {
    const group = (await find(name)) ?? (await create(name, appId, settings));
    if (group?.TargetGroupArn === undefined) throw new Error("ELB made a target group without an ARN.");
    return group.TargetGroupArn;
  };

  const isJudgedBy = ({ HealthCheckPath, Matcher }: TargetGroup, settings: Settings): boolean =>
    HealthCheckPath === settings.health_check_path && Matcher?.HttpCode === settings.health_check_expect;

  return {
    /** Makes what is missing. */
    ensure: async (appId: number, settings: Settings): Promise<TargetGroups> => {
      const [first, second] = namesOf(appId);
      return [await ensureOne(first, appId, settings), await ensureOne(second, appId, settings)];
    },

    /** Has those of these groups check what the settings say that do not yet. */
    judge: async (TargetGroupArns: readonly string[], settings: Settings): Promise<void> => {
      for (const group of await describe(TargetGroupArns)) {
        if (isJudgedBy(group, settings)) continue;
        await client.send(
          new ModifyTargetGroupCommand({
            TargetGroupArn: group.TargetGroupArn,
            HealthCheckPath: settings.health_check_path,
            Matcher: { HttpCode: settings.health_check_expect },
          }),
        );
      }
    },

    /** Whether a group checks what the settings say. */
    isJudged: async (arn: string, settings: Settings): Promise<boolean> =>
      (await describe([arn])).every((group) => isJudgedBy(group, settings)),

    /** Those that exist. */
    find: async (appId: number): Promise<readonly string[]> => {
      const found = await Promise.all(namesOf(appId).map(find));
      return found.flatMap((group) => group?.TargetGroupArn ?? []);
    },

    /** The load balancers that send to them. */
    balancersOf: async (appId: number): Promise<readonly string[]> => {
      const found = await Promise.all(namesOf(appId).map(find));
      return [...new Set(found.flatMap((group) => group?.LoadBalancerArns ?? []))];
    },

    remove: async (arns: readonly string[]): Promise<void> => {
      for (const TargetGroupArn of arns) await client.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
    },
  };
}
