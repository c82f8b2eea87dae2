import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupsCommand,
  DuplicateTargetGroupNameException,
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

/** The same as ELB shows them, with their health checks. */
export type SeenGroups = readonly [first: SeenGroup, second: SeenGroup];
export type SeenGroup = TargetGroup & { readonly TargetGroupArn: string };

type TargetGroupsOptions = Pick<ReleasesOptions, "vpcId" | "namePrefix" | "installation">;

export function targetGroups(client: ElasticLoadBalancingV2Client, options: TargetGroupsOptions) {
  const namesOf = (appId: number) => targetGroupNames(options, appId);

  /** The groups of these names, in this order; `null`: ELB refuses to say where one of them does not exist. */
  const describe = async (names: readonly string[]): Promise<readonly SeenGroup[] | null> => {
    try {
      const { TargetGroups = [] } = await client.send(new DescribeTargetGroupsCommand({ Names: [...names] }));
      return names
        .flatMap((name) => TargetGroups.find(({ TargetGroupName }) => TargetGroupName === name) ?? [])
        .map(seen);
    } catch (error) {
      if (error instanceof TargetGroupNotFoundException) return null;
      throw error;
    }
  };

  /** Quick to call a target healthy and quick to drain: the defaults would take minutes (facts of ELB's defaults: 30 s × 5, 300 s). */
  const create = async (name: string, appId: number, settings: Settings): Promise<SeenGroup> => {
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
    const group = seen(answer.TargetGroups?.[0] ?? {});
    const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "15" }];
    await client.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn, Attributes }));
    return group;
  };

  const createOrFind = async (name: string, appId: number, settings: Settings): Promise<SeenGroup> => {
    try {
      return await create(name, appId, settings);
    } catch (error) {
      if (!(error instanceof DuplicateTargetGroupNameException)) throw error;
      const [group] = (await describe([name])) ?? [];
      if (group === undefined) throw error;
      return group;
    }
  };

  return {
    /** Both; `null`: one of them does not exist. */
    both: async (appId: number): Promise<SeenGroups | null> => {
      const [first, second] = (await describe(namesOf(appId))) ?? [];
      return first === undefined || second === undefined ? null : [first, second];
    },

    /** Makes what is missing. */
    make: async (appId: number, settings: Settings): Promise<SeenGroups> => {
      const names = namesOf(appId);
      return [await createOrFind(names[0], appId, settings), await createOrFind(names[1], appId, settings)];
    },

    /** Has those of these groups check what the settings say that do not yet. */
    judge: async (groups: readonly SeenGroup[], settings: Settings): Promise<void> => {
      for (const group of groups.filter((one) => !isJudgedBy(one, settings))) {
        await client.send(
          new ModifyTargetGroupCommand({
            TargetGroupArn: group.TargetGroupArn,
            HealthCheckPath: settings.health_check_path,
            Matcher: { HttpCode: settings.health_check_expect },
          }),
        );
      }
    },

    /** Those that exist. */
    find: async (appId: number): Promise<readonly SeenGroup[]> => {
      const names = namesOf(appId);
      const found = (await describe(names)) ?? (await Promise.all(names.map((name) => describe([name])))).flat();
      return found.filter((group) => group !== null);
    },

    remove: async (groups: readonly SeenGroup[]): Promise<void> => {
      for (const { TargetGroupArn } of groups) await client.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
    },
  };
}

/** Whether a group checks what the settings say. */
export const isJudgedBy = ({ HealthCheckPath, Matcher }: TargetGroup, settings: Settings): boolean =>
  HealthCheckPath === settings.health_check_path && Matcher?.HttpCode === settings.health_check_expect;

function seen(group: TargetGroup): SeenGroup {
  const { TargetGroupArn } = group;
  if (TargetGroupArn === undefined) throw new Error("ELB shows a target group without an ARN.");
  return { ...group, TargetGroupArn };
}
