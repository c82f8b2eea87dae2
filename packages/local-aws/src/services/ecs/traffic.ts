import { ElasticLoadBalancingV2Client, ModifyRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { LocalContext } from "../../kernel/part.ts";
import type { Elb } from "../elb/elb.ts";
import { type Revision, type ServiceLoadBalancer, targetGroupsOf } from "./model.ts";

export type TrafficRule = "production" | "test";

/** How the rules of a service share its traffic out to its two target groups. */
export interface Traffic {
  /** Percent that goes to the target group of a service revision; `null`: there is no such rule. */
  share(revision: Revision | undefined, rule: TrafficRule): number | null;
  /** Sends so many percent there and the rest to the other group, as the role that the service names. Rejects if it may not. */
  setWeight(revision: Revision | undefined, rule: TrafficRule, percent: number): Promise<void>;
}

type Advanced = NonNullable<ServiceLoadBalancer["advancedConfiguration"]>;

const ruleOf = (advanced: Advanced | undefined, rule: TrafficRule): string | undefined =>
  rule === "production" ? advanced?.productionListenerRule : advanced?.testListenerRule;

export function createTraffic({ awsEndpoint, region, credentialsFor }: LocalContext, elb: Elb): Traffic {
  const shareOf = (revision: Revision, rule: TrafficRule): number | null => {
    const shares = revision.loadBalancers.map(({ advancedConfiguration }, index) => {
      const ruleArn = ruleOf(advancedConfiguration, rule);
      return ruleArn === undefined ? null : elb.share(ruleArn, targetGroupsOf(revision)[index] ?? "");
    });
    return shares.find((share) => share !== null) ?? null;
  };
  const modify = async (
    roleArn: string,
    RuleArn: string,
    TargetGroups: { TargetGroupArn: string; Weight: number }[],
  ) => {
    const credentials = credentialsFor(roleArn, "ECSNetworkingWithELB");
    const client = new ElasticLoadBalancingV2Client({ endpoint: awsEndpoint, region, credentials });
    try {
      await client.send(
        new ModifyRuleCommand({ RuleArn, Actions: [{ Type: "forward", ForwardConfig: { TargetGroups } }] }),
      );
    } finally {
      client.destroy();
    }
  };
  return {
    share: (revision, rule) => (revision === undefined ? null : shareOf(revision, rule)),
    setWeight: async (revision, rule, percent) => {
      if (revision === undefined) return;
      for (const [index, { targetGroupArn, advancedConfiguration }] of revision.loadBalancers.entries()) {
        const ruleArn = ruleOf(advancedConfiguration, rule);
        if (advancedConfiguration === undefined || ruleArn === undefined) continue;
        const here = targetGroupsOf(revision)[index];
        const groups = [targetGroupArn, advancedConfiguration.alternateTargetGroupArn];
        const weighted = groups.map((arn) => ({ TargetGroupArn: arn, Weight: arn === here ? percent : 100 - percent }));
        await modify(advancedConfiguration.roleArn, ruleArn, weighted);
      }
    },
  };
}
