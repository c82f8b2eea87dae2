import { AwsError } from "../../kernel/service.ts";
import { type Action, targetGroupsOf } from "./model.ts";
import type { Store } from "./store.ts";

/** Of each load balancer: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const LIMITS = { targetGroups: 100, rules: 100, listeners: 50, certificates: 25 } as const;

/** Actions may only name target groups that exist and that no other load balancer has, and not too many. */
export function checkActions(store: Store, loadBalancerArn: string, wanted: readonly Action[]): void {
  const named = targetGroupsOf(wanted);
  for (const arn of named) {
    if (store.loadBalancersOf(store.targetGroup(arn).arn).some((other) => other !== loadBalancerArn)) {
      const message = `The following target groups cannot be associated with more than one load balancer: ${arn}`;
      throw new AwsError("TargetGroupAssociationLimit", message);
    }
  }
  if (new Set([...store.targetGroupsOn(loadBalancerArn), ...named]).size > LIMITS.targetGroups) {
    throw new AwsError(
      "TooManyUniqueTargetGroupsPerLoadBalancer",
      "You have reached the maximum number of unique target groups that you can associate with a load balancer",
    );
  }
}

export function checkRules(store: Store, loadBalancerArn: string): void {
  if (store.rulesOn(loadBalancerArn).length >= LIMITS.rules) {
    throw new AwsError("TooManyRules", "The maximum number of rules has been reached");
  }
}

export function checkListeners(store: Store, loadBalancerArn: string): void {
  if (store.listeners.where("loadBalancer", loadBalancerArn).length >= LIMITS.listeners) {
    throw new AwsError("TooManyListeners", "The maximum number of listeners has been reached");
  }
}

/** `count`: beside the default of each listener. */
export function checkCertificates(count: number): void {
  if (count > LIMITS.certificates) {
    throw new AwsError("TooManyCertificates", "The maximum number of certificates has been reached");
  }
}
