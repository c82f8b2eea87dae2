import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError } from "../../kernel/service.ts";
import type { Collection } from "../../kernel/state.ts";
import {
  type Listener,
  type LoadBalancer,
  listener,
  loadBalancer,
  type Rule,
  rule,
  type TargetGroup,
  targetGroup,
  targetGroupsOf,
} from "./model.ts";

export type Tags = Readonly<Record<string, string>>;

/** The durable state of Elastic Load Balancing, by ARN. The getters throw the error that AWS has for what is absent. */
export interface Store {
  readonly loadBalancers: Collection<LoadBalancer, "name">;
  readonly targetGroups: Collection<TargetGroup, "name">;
  readonly listeners: Collection<Listener, "port" | "loadBalancer" | "defaultRule">;
  readonly rules: Collection<Rule, "listener">;
  loadBalancer(arn: string): LoadBalancer;
  targetGroup(arn: string): TargetGroup;
  listener(arn: string): Listener;
  rule(arn: string): Rule;
  /** By ascending priority, without the default. */
  rulesOf(listenerArn: string): Rule[];
  /** The load balancers that send to this group. */
  loadBalancersOf(targetGroupArn: string): string[];
  /** All that a load balancer sends to. */
  targetGroupsOn(loadBalancerArn: string): ReadonlySet<string>;
  /** Without the defaults of its listeners. */
  rulesOn(loadBalancerArn: string): Rule[];
  tags(arn: string): Tags;
  addTags(arn: string, tags: Tags): void;
  dropTags(arn: string): void;
}

export const notFound = {
  loadBalancer: (what: string) => new AwsError("LoadBalancerNotFound", `Load balancer '${what}' not found`),
  targetGroup: (what: string) => new AwsError("TargetGroupNotFound", `Target group '${what}' not found`),
  listener: (what: string) => new AwsError("ListenerNotFound", `Listener '${what}' not found`),
  rule: (what: string) => new AwsError("RuleNotFound", `Rule '${what}' not found`),
};

function found<T>(value: T | undefined, error: AwsError): T {
  if (value === undefined) throw error;
  return value;
}

export function openStore({ state }: Pick<LocalContext, "state">): Store {
  const loadBalancers = state.collection("elb.loadBalancers", loadBalancer, { name: ({ name }) => name });
  const targetGroups = state.collection("elb.targetGroups", targetGroup, { name: ({ name }) => name });
  const listeners = state.collection("elb.listeners", listener, {
    port: ({ port }) => String(port),
    loadBalancer: ({ loadBalancerArn }) => loadBalancerArn,
    defaultRule: ({ defaultRuleArn }) => defaultRuleArn,
  });
  const rules = state.collection("elb.rules", rule, { listener: ({ listenerArn }) => listenerArn });
  const tags = state.collection("elb.tags", z.record(z.string(), z.string()));
  const listenersTo = (targetGroupArn: string): Listener[] => {
    const byRule = rules.all().filter(({ actions }) => targetGroupsOf(actions).includes(targetGroupArn));
    return listeners
      .all()
      .filter(
        ({ arn, actions }) =>
          targetGroupsOf(actions).includes(targetGroupArn) || byRule.some(({ listenerArn }) => listenerArn === arn),
      );
  };
  return {
    loadBalancers,
    targetGroups,
    listeners,
    rules,
    loadBalancer: (arn) => found(loadBalancers.get(arn), notFound.loadBalancer(arn)),
    targetGroup: (arn) => found(targetGroups.get(arn), notFound.targetGroup(arn)),
    listener: (arn) => found(listeners.get(arn), notFound.listener(arn)),
    rule: (arn) => found(rules.get(arn), notFound.rule(arn)),
    rulesOf: (listenerArn) => rules.where("listener", listenerArn).sort((a, b) => a.priority - b.priority),
    loadBalancersOf: (targetGroupArn) => [
      ...new Set(listenersTo(targetGroupArn).map(({ loadBalancerArn }) => loadBalancerArn)),
    ],
    rulesOn: (arn) => listeners.where("loadBalancer", arn).flatMap((one) => rules.where("listener", one.arn)),
    targetGroupsOn: (arn) => {
      const own = listeners.where("loadBalancer", arn);
      const ruled = own.flatMap((one) => rules.where("listener", one.arn));
      return new Set([...own, ...ruled].flatMap(({ actions }) => targetGroupsOf(actions)));
    },
    tags: (arn) => tags.get(arn) ?? {},
    addTags: (arn, added) => tags.put(arn, { ...tags.get(arn), ...added }),
    dropTags: (arn) => tags.delete(arn),
  };
}
