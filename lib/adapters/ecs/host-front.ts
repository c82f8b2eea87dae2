import {
  type Action,
  CreateRuleCommand,
  DeleteRuleCommand,
  type ElasticLoadBalancingV2Client,
  type LoadBalancer,
  ModifyRuleCommand,
  PriorityInUseException,
  type Rule,
  type RuleCondition,
  RuleNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { isWithin } from "../../core/domains/name.ts";
import type { Place } from "../../core/placement/placement.ts";
import type { balancers } from "./balancers.ts";
import type { Front } from "./front.ts";
import { type ListenerRules, ruleMaker, servingFirst, testCondition, testHeaders } from "./listener-rules.ts";
import { hostIn, type Names, type SharedPort } from "./names.ts";
import { ownerTags, type ReleasesOptions, tagList } from "./options.ts";
import type { TargetGroups } from "./target-groups.ts";

/** Priorities of an app's rules: its slot on the load balancer, in a range for each kind. The test rule is looked at first. */
const priorities = { test: 1, production: 1001, redirect: 2001 } as const;

/** What is to be reached by name. */
export interface NamedApp {
  readonly id: number;
  /** The name in its address from this release on. */
  readonly name: string;
  /** The name by which it is reached now; `null`: it was never released. */
  readonly liveName: string | null;
  readonly groups: TargetGroups;
}

/** One listener for all apps at a port, which tells them by the name that was asked for. */
export function hostFront(
  client: ElasticLoadBalancingV2Client,
  all: Pick<ReturnType<typeof balancers>, "ensureShared" | "listenersOf">,
  options: ReleasesOptions,
  port: SharedPort,
) {
  const make = ruleMaker(client, options);

  const sharedOf = async (loadBalancerArn: string): Promise<string | undefined> =>
    (await all.listenersOf(loadBalancerArn)).find(({ Port }) => Port === port)?.ListenerArn;

  const setHosts = async (rule: Rule, conditions: readonly RuleCondition[]): Promise<void> => {
    if (sameHosts(rule.Conditions ?? [], conditions)) return;
    await client.send(new ModifyRuleCommand({ RuleArn: rule.RuleArn, Conditions: [...conditions] }));
  };

  /** `null`: there is no listener. */
  const ruleAt = async (loadBalancerArn: string, priority: number) => {
    const ListenerArn = await sharedOf(loadBalancerArn);
    if (ListenerArn === undefined) return null;
    return { ListenerArn, rule: withPriority(await make.list(ListenerArn), priority) };
  };

  const productionRule = async (loadBalancerArn: string, slot: number): Promise<Rule | undefined> =>
    (await ruleAt(loadBalancerArn, priorities.production + slot))?.rule;

  const rulesTo = async (loadBalancerArn: string, targetGroupArns: readonly string[]): Promise<readonly Rule[]> => {
    const listener = await sharedOf(loadBalancerArn);
    return listener === undefined ? [] : (await make.list(listener)).filter((rule) => leadsTo(rule, targetGroupArns));
  };

  return {
    /**
     * Makes what is missing. Until the release is live the app answers under both names: nobody may miss it, whether it
     * succeeds or not. `before`: how traffic is shared where the app was reached otherwise until now.
     */
    ensure: async (
      { LoadBalancerArn: arn = "", DNSName: dnsName = "" }: LoadBalancer,
      { slot }: Place,
      { id, name, liveName, groups }: NamedApp,
      names: Names,
      before: TargetGroups,
    ): Promise<Omit<Front, "groups">> => {
      const { ListenerArn: listenerArn = "" } = await all.ensureShared(arn, names);
      const rules = await make.list(listenerArn);
      const reachedBy = [name, ...(liveName === null || liveName === name ? [] : [liveName])];
      const priority = priorities.production + slot;
      // What it has of its own domains stays: whoever looks after them adds and removes them.
      const kept = ownDomains(withPriority(rules, priority), names);
      const wanted = { priority, conditions: [hostCondition(names, reachedBy, kept)], serving: before };
      const production = await make.ensure(listenerArn, rules, wanted, id);
      await setHosts(production, wanted.conditions);
      const tested = {
        priority: priorities.test + slot,
        conditions: [hostCondition(names, [name], []), testCondition(groups)],
        serving: before,
      };
      const test = await make.ensure(listenerArn, rules, tested, id);
      await setHosts(test, tested.conditions);
      const front: ListenerRules = {
        production: production.RuleArn,
        test: test.RuleArn,
        testHeaders: testHeaders(groups),
        serving: servingFirst(production, groups),
      };
      const url = names.url.replace("{name}", name);
      const reached = names.authority === null ? null : { host: dnsName, authority: names.authority };
      return { ...front, loadBalancerArn: arn, url, needsOtherGroup: false, reached };
    },

    /** Has the app answer under this name and its own domains, and no other. */
    name: async (loadBalancerArn: string, { slot }: Place, name: string, names: Names): Promise<void> => {
      const rule = await productionRule(loadBalancerArn, slot);
      if (rule !== undefined) await setHosts(rule, [hostCondition(names, [name], ownDomains(rule, names))]);
    },

    /** Has the app answer at these domains beside its name, and at no other of its own. `false`: it has no rule. */
    serve: async (
      loadBalancerArn: string,
      { slot }: Place,
      domains: readonly string[],
      { domain }: Names,
    ): Promise<boolean> => {
      const rule = await productionRule(loadBalancerArn, slot);
      if (rule === undefined) return false;
      const named = hostsOf(rule.Conditions ?? []).filter((host) => isWithin(host, domain));
      await setHosts(rule, [{ Field: "host-header", HostHeaderConfig: { Values: [...named, ...domains] } }]);
      return true;
    },

    /** The names that lead to another one of the app's. */
    redirected: async (loadBalancerArn: string, { slot }: Place): Promise<readonly string[]> =>
      hostsOf((await ruleAt(loadBalancerArn, priorities.redirect + slot))?.rule?.Conditions ?? []),

    /** Has these hosts, and no others, lead to another one with path and query; `null`: none do. */
    redirect: async (
      loadBalancerArn: string,
      { slot }: Place,
      wanted: { readonly to: string; readonly hosts: readonly string[]; readonly appId: number } | null,
    ): Promise<void> => {
      const Priority = priorities.redirect + slot;
      const at = await ruleAt(loadBalancerArn, Priority);
      if (at === null) return;
      const { rule, ListenerArn } = at;
      if (wanted === null) return rule === undefined ? undefined : remove(client, rule);
      const Conditions: RuleCondition[] = [{ Field: "host-header", HostHeaderConfig: { Values: [...wanted.hosts] } }];
      const Actions: Action[] = [
        {
          Type: "redirect",
          RedirectConfig: { ...schemeOf(port), Host: wanted.to, StatusCode: "HTTP_301" },
        },
      ];
      if (rule !== undefined) {
        const isSame = sameHosts(rule.Conditions ?? [], Conditions) && leadsToHost(rule, wanted.to);
        if (!isSame) await client.send(new ModifyRuleCommand({ RuleArn: rule.RuleArn, Conditions, Actions }));
        return;
      }
      try {
        const Tags = tagList(ownerTags(options, wanted.appId));
        await client.send(new CreateRuleCommand({ ListenerArn, Priority, Conditions, Actions, Tags }));
      } catch (error) {
        // Somebody else was quicker with the same.
        if (!(error instanceof PriorityInUseException)) throw error;
      }
    },

    /** Under which hosts the apps of these target groups are reached. */
    hosts: async (loadBalancerArn: string, targetGroupArns: readonly string[]): Promise<readonly string[]> => [
      ...new Set(
        (await rulesTo(loadBalancerArn, targetGroupArns)).flatMap(({ Conditions = [] }) => hostsOf(Conditions)),
      ),
    ],

    /** Removes the rules that lead to these target groups. */
    remove: async (loadBalancerArn: string, targetGroupArns: readonly string[]): Promise<void> => {
      for (const rule of await rulesTo(loadBalancerArn, targetGroupArns)) await remove(client, rule);
    },
  };
}

async function remove(client: ElasticLoadBalancingV2Client, { RuleArn }: Rule): Promise<void> {
  try {
    await client.send(new DeleteRuleCommand({ RuleArn }));
  } catch (error) {
    if (!(error instanceof RuleNotFoundException)) throw error;
  }
}

const withPriority = (rules: readonly Rule[], priority: number): Rule | undefined =>
  rules.find(({ Priority }) => Priority === String(priority));

const schemeOf = (port: SharedPort) => ({ Protocol: port === 443 ? "HTTPS" : "HTTP", Port: String(port) }) as const;

const hostCondition = (names: Names, reachedBy: readonly string[], own: readonly string[]): RuleCondition => ({
  Field: "host-header",
  HostHeaderConfig: { Values: [...reachedBy.map((name) => hostIn(names, name)), ...own] },
});

/** The hosts of a rule that are no names of the domain. */
const ownDomains = (rule: Rule | undefined, { domain }: Names): readonly string[] =>
  hostsOf(rule?.Conditions ?? []).filter((host) => !isWithin(host, domain));

const hostsOf = (conditions: readonly RuleCondition[]): readonly string[] =>
  conditions.flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? []);

const leadsToHost = ({ Actions = [] }: Rule, host: string): boolean =>
  Actions.some(({ RedirectConfig }) => RedirectConfig?.Host === host);

const sameHosts = (one: readonly RuleCondition[], other: readonly RuleCondition[]): boolean =>
  hostsOf(one).toSorted().join(" ") === hostsOf(other).toSorted().join(" ");

const leadsTo = ({ IsDefault, Actions = [] }: Rule, targetGroupArns: readonly string[]): boolean =>
  IsDefault !== true &&
  Actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []).some(({ TargetGroupArn = "" }) =>
    targetGroupArns.includes(TargetGroupArn),
  );
