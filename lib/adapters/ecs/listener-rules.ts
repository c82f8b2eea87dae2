import {
  CreateRuleCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeRules,
  type Rule,
  type RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ownerTags, type ReleasesOptions, tagList } from "./options.ts";
import type { TargetGroups } from "./target-groups.ts";

/** The rules of an app's listener whose weights ECS moves, and what a request to the version that is tested carries. */
export interface ListenerRules {
  readonly production: string;
  readonly test: string;
  readonly testHeaders: Readonly<Record<string, string>>;
  /** The group that gets the traffic comes first. */
  readonly serving: TargetGroups;
}

const testHeader = "x-slipway-test";

/** Nobody can guess it: the end of a target group's ARN is random. */
const testKey = ([first]: TargetGroups): string => first.slice(first.lastIndexOf("/") + 1);

const kinds = {
  test: {
    priority: 1,
    condition: (groups: TargetGroups): RuleCondition => ({
      Field: "http-header",
      HttpHeaderConfig: { HttpHeaderName: testHeader, Values: [testKey(groups)] },
    }),
  },
  production: {
    priority: 2,
    condition: (): RuleCondition => ({ Field: "path-pattern", PathPatternConfig: { Values: ["*"] } }),
  },
} as const;

export function listenerRules(client: ElasticLoadBalancingV2Client, options: Pick<ReleasesOptions, "installation">) {
  const create = async (kind: keyof typeof kinds, listenerArn: string, groups: TargetGroups, appId: number) => {
    const { priority, condition } = kinds[kind];
    const [first, second] = groups;
    const answer = await client.send(
      new CreateRuleCommand({
        ListenerArn: listenerArn,
        Priority: priority,
        Conditions: [condition(groups)],
        Actions: [
          {
            Type: "forward",
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: first, Weight: 100 },
                { TargetGroupArn: second, Weight: 0 },
              ],
            },
          },
        ],
        Tags: tagList(ownerTags(options, appId)),
      }),
    );
    return answer.Rules?.[0];
  };

  /** Makes what is missing; weights of what exists are ECS's. */
  return async (listenerArn: string, groups: TargetGroups, appId: number): Promise<ListenerRules> => {
    const rules: Rule[] = [];
    const pages = paginateDescribeRules({ client }, { ListenerArn: listenerArn });
    for await (const { Rules = [] } of pages) rules.push(...Rules);
    const ensure = async (kind: keyof typeof kinds): Promise<Rule & { readonly RuleArn: string }> => {
      const found = rules.find(({ Priority }) => Priority === String(kinds[kind].priority));
      const rule = found ?? (await create(kind, listenerArn, groups, appId));
      if (rule?.RuleArn === undefined) throw new Error("ELB made a rule without an ARN.");
      return { ...rule, RuleArn: rule.RuleArn };
    };
    const production = await ensure("production");
    const { RuleArn: test } = await ensure("test");
    const [first, second] = groups;
    const serving: TargetGroups = weightOf(production, second) > weightOf(production, first) ? [second, first] : groups;
    return { production: production.RuleArn, test, testHeaders: { [testHeader]: testKey(groups) }, serving };
  };
}

function weightOf({ Actions = [] }: Rule, targetGroupArn: string): number {
  const groups = Actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
  return groups.find((group) => group.TargetGroupArn === targetGroupArn)?.Weight ?? 0;
}
