import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  DeleteListenerCommand,
  DescribeLoadBalancersCommand,
  DuplicateListenerException,
  type ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
  LoadBalancerNotFoundException,
  paginateDescribeListeners,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Settings } from "../../core/app.ts";
import type { Confirm } from "../../core/ports/releases.ts";
import { type ListenerRules, listenerRules } from "./listener-rules.ts";
import { loadBalancerName, ownerTags, type ReleasesOptions, tagList } from "./options.ts";
import { targetGroups } from "./target-groups.ts";

/** Without a domain each app has a port of its own; the security group opens these. */
const firstPort = 8001;
const ports = 50;

export interface Front extends ListenerRules {
  /** The load balancer's address with the app's port. */
  readonly url: string;
  readonly loadBalancerArn: string;
}

/** What may be changed of an app's listeners, and by whom. */
export interface Hold {
  /** The rule that the app's service shifts traffic with; `null`: there is no service yet. */
  readonly rule: string | null;
  readonly confirm: Confirm;
}

/** The part of an app that faces its visitors: two target groups, and a listener with its rules on the one load balancer of all apps. */
export function loadBalancing(client: ElasticLoadBalancingV2Client, options: ReleasesOptions) {
  const groups = targetGroups(client, options);
  const ensureRules = listenerRules(client, options);

  const findLoadBalancer = async (): Promise<LoadBalancer | null> => {
    try {
      const answer = await client.send(new DescribeLoadBalancersCommand({ Names: [loadBalancerName(options)] }));
      return answer.LoadBalancers?.[0] ?? null;
    } catch (error) {
      if (error instanceof LoadBalancerNotFoundException) return null;
      throw error;
    }
  };

  const createLoadBalancer = async (): Promise<LoadBalancer | null> => {
    const answer = await client.send(
      new CreateLoadBalancerCommand({
        Name: loadBalancerName(options),
        Subnets: [...options.subnetIds],
        SecurityGroups: [options.loadBalancerSecurityGroupId],
        Scheme: "internet-facing",
        Type: "application",
        Tags: tagList(ownerTags(options, "all")),
      }),
    );
    return answer.LoadBalancers?.[0] ?? null;
  };

  const listenersOf = async (loadBalancerArn: string): Promise<Listener[]> => {
    const listeners: Listener[] = [];
    const pages = paginateDescribeListeners({ client }, { LoadBalancerArn: loadBalancerArn });
    for await (const { Listeners = [] } of pages) listeners.push(...Listeners);
    return listeners;
  };

  const leadsTo = (listener: Listener, targetGroupArn: string): boolean =>
    (listener.DefaultActions ?? []).some((action) => action.TargetGroupArn === targetGroupArn);

  /** The listeners of an app, by port. */
  const listenersFor = async (loadBalancerArn: string, targetGroupArn: string): Promise<Listener[]> =>
    (await listenersOf(loadBalancerArn))
      .filter((one) => leadsTo(one, targetGroupArn))
      .toSorted((one, other) => (one.Port ?? 0) - (other.Port ?? 0));

  /**
   * The one listener of an app. CreateListener has no token: one that a worker believed dead had on its way may come to a port
   * of its own. Kept is what the service uses, and before there is a service the lowest port, whoever looks.
   */
  const onlyListener = async (
    loadBalancerArn: string,
    targetGroupArn: string,
    { rule, confirm }: Hold,
  ): Promise<Listener | undefined> => {
    const own = await listenersFor(loadBalancerArn, targetGroupArn);
    const kept = own.find((one) => rule !== null && isRuleOf(rule, one)) ?? own[0];
    for (const { ListenerArn } of own.filter((one) => one !== kept)) {
      await confirm();
      await client.send(new DeleteListenerCommand({ ListenerArn }));
    }
    return kept;
  };

  const createListener = async (
    loadBalancerArn: string,
    targetGroupArn: string,
    appId: number,
    name: string,
    confirm: Confirm,
  ): Promise<Listener | null> => {
    await confirm();
    for (let offset = 0; offset < ports; offset++) {
      const Port = firstPort + ((appId - 1 + offset) % ports);
      try {
        const answer = await client.send(
          new CreateListenerCommand({
            LoadBalancerArn: loadBalancerArn,
            Protocol: "HTTP",
            Port,
            DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
            Tags: tagList({ ...ownerTags(options, appId), "slipway:name": name }),
          }),
        );
        return answer.Listeners?.[0] ?? null;
      } catch (error) {
        if (!(error instanceof DuplicateListenerException)) throw error;
        // It may be the app's own: made by somebody who was held up, and whose call got through after all.
        const [own] = await listenersFor(loadBalancerArn, targetGroupArn);
        if (own !== undefined) return own;
      }
    }
    return null;
  };

  const ensureLoadBalancer = async (): Promise<LoadBalancer | null> =>
    (await findLoadBalancer()) ?? (await createLoadBalancer());

  return {
    /** Begins to make the load balancer of all apps; AWS takes two to three minutes. */
    prepare: async (): Promise<void> => void (await ensureLoadBalancer()),

    /** Makes what is missing. `waiting`: the load balancer is being made. `full`: no port is left. */
    ensure: async (appId: number, settings: Settings, hold: Hold): Promise<Front | "waiting" | "full"> => {
      const balancer = await ensureLoadBalancer();
      const arn = balancer?.LoadBalancerArn;
      if (arn === undefined || balancer?.State?.Code !== "active") return "waiting";
      const both = await groups.ensure(appId, settings);
      const existing = await onlyListener(arn, both[0], hold);
      const listener = existing ?? (await createListener(arn, both[0], appId, settings.name, hold.confirm));
      if (listener?.ListenerArn === undefined) return "full";
      const rules = await ensureRules(listener.ListenerArn, both, appId);
      return { ...rules, loadBalancerArn: arn, url: `http://${balancer.DNSName}:${listener.Port}` };
    },

    /** Has the app's listener carry this name. */
    name: async (appId: number, name: string): Promise<void> => {
      const arn = (await findLoadBalancer())?.LoadBalancerArn;
      const [first] = await groups.find(appId);
      const own = arn === undefined || first === undefined ? [] : await listenersFor(arn, first);
      const ResourceArns = own.map(({ ListenerArn = "" }) => ListenerArn);
      if (ResourceArns.length > 0)
        await client.send(new AddTagsCommand({ ResourceArns, Tags: tagList({ "slipway:name": name }) }));
    },

    /** Removes listeners of an app beside its one. */
    tidy: async (appId: number, hold: Hold): Promise<void> => {
      const arn = (await findLoadBalancer())?.LoadBalancerArn;
      const [first] = await groups.find(appId);
      if (arn !== undefined && first !== undefined) await onlyListener(arn, first, hold);
    },

    /** Removes the app's listener, its rules with it, and both target groups. */
    remove: async (appId: number): Promise<void> => {
      const both = await groups.find(appId);
      const balancer = await findLoadBalancer();
      const listeners = balancer?.LoadBalancerArn === undefined ? [] : await listenersOf(balancer.LoadBalancerArn);
      for (const listener of listeners) {
        if (both.some((arn) => leadsTo(listener, arn)))
          await client.send(new DeleteListenerCommand({ ListenerArn: listener.ListenerArn }));
      }
      await groups.remove(both);
    },
  };
}

/** `…:listener-rule/app/<balancer>/<id>/<listener>/<rule>` is a rule of `…:listener/app/<balancer>/<id>/<listener>`. */
const isRuleOf = (rule: string, { ListenerArn = "" }: Listener): boolean =>
  rule.replace(":listener-rule/", ":listener/").startsWith(`${ListenerArn}/`);
