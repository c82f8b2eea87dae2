import {
  CreateRuleCommand,
  type ElasticLoadBalancingV2Client,
  PriorityInUseException,
  paginateDescribeRules,
  type Rule,
  type RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { collected } from "../collected.ts";
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

/** Headers that lead a request to the version that is tested. */
export const testHeaders = (groups: TargetGroups): Readonly<Record<string, string>> => ({
  [testHeader]: testKey(groups),
});

export const testCondition = (groups: TargetGroups): RuleCondition => ({
  Field: "http-header",
  HttpHeaderConfig: { HttpHeaderName: testHeader, Values: [testKey(groups)] },
});

/** A rule of an app by its priority, as it is made where it is missing. */
export interface WantedRule {
  readonly priority: number;
  readonly conditions: readonly RuleCondition[];
  /** Which group gets the traffic at first. */
  readonly serving: TargetGroups;
}

/** Whoever was quicker with the same priority made the same rule. */
export function ruleMaker(client: ElasticLoadBalancingV2Client, options: Pick<ReleasesOptions, "installation">) {
  const list = (ListenerArn: string): Promise<readonly Rule[]> =>
    collected(paginateDescribeRules({ client }, { ListenerArn }), ({ Rules }) => Rules);

  const create = async (ListenerArn: string, wanted: WantedRule, appId: number): Promise<Rule | undefined> => {
    const [first, second] = wanted.serving;
    const answer = await client.send(
      new CreateRuleCommand({
        ListenerArn,
        Priority: wanted.priority,
        Conditions: [...wanted.conditions],
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

  const withPriority = (rules: readonly Rule[], priority: number): Rule | undefined =>
    rules.find(({ Priority }) => Priority === String(priority));

  /** Makes it where it is missing; weights of what exists are ECS's. */
  const ensure = async (
    listenerArn: string,
    rules: readonly Rule[],
    wanted: WantedRule,
    appId: number,
  ): Promise<Rule & { readonly RuleArn: string }> => {
    const rule = withPriority(rules, wanted.priority) ?? (await createOrFind(listenerArn, wanted, appId));
    if (rule?.RuleArn === undefined) throw new Error("ELB made a rule without an ARN.");
    return { ...rule, RuleArn: rule.RuleArn };
  };

  const createOrFind = async (listenerArn: string, wanted: WantedRule, appId: number): Promise<Rule | undefined> => {
    try {
      return await create(listenerArn, wanted, appId);
    } catch (error) {
      if (!(error instanceof PriorityInUseException)) throw error;
      return withPriority(await list(listenerArn), wanted.priority);
    }
  };

  return { list, ensure };
}

/** The rules of a listener that is one app's own. */
export function listenerRules(client: ElasticLoadBalancingV2Client, options: Pick<ReleasesOptions, "installation">) {
  const make = ruleMaker(client, options);

  /** Makes what is missing; weights of what exists are ECS's. `isNew`: the listener was made a moment ago, and has none. */
  return async (listenerArn: string, groups: TargetGroups, appId: number, isNew: boolean): Promise<ListenerRules> => {
    const rules = isNew ? [] : await make.list(listenerArn);
    const anyPath: RuleCondition = { Field: "path-pattern", PathPatternConfig: { Values: ["*"] } };
    const wanted = { priority: 2, conditions: [anyPath], serving: groups };
    const production = await make.ensure(listenerArn, rules, wanted, appId);
    const tested = { priority: 1, conditions: [testCondition(groups)], serving: groups };
    const { RuleArn: test } = await make.ensure(listenerArn, rules, tested, appId);
    return {
      production: production.RuleArn,
      test,
      testHeaders: testHeaders(groups),
      serving: servingFirst(production, groups),
    };
  };
}

/** The group first that a rule sends most of its traffic to. */
export function servingFirst(rule: Rule, groups: TargetGroups): TargetGroups {
  const [first, second] = groups;
  return weightOf(rule, second) > weightOf(rule, first) ? [second, first] : groups;
}

function weightOf({ Actions = [] }: Rule, targetGroupArn: string): number {
  const groups = Actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
  return groups.find((group) => group.TargetGroupArn === targetGroupArn)?.Weight ?? 0;
}
