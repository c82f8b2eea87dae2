import {
  AddTagsCommand,
  CreateListenerCommand,
  DeleteListenerCommand,
  DuplicateListenerException,
  type ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Settings } from "../../core/app.ts";
import type { Place } from "../../core/placement/placement.ts";
import type { Confirm } from "../../core/ports/releases.ts";
import type { balancers } from "./balancers.ts";
import type { Front, Hold } from "./front.ts";
import { listenerRules, ruleMaker, servingFirst } from "./listener-rules.ts";
import { ownerTags, type ReleasesOptions, tagList } from "./options.ts";
import type { TargetGroups } from "./target-groups.ts";

/** Without a domain each app has a port of its own. The security group opens those of `ranges` load balancers; more begin again. */
const firstPort = 8001;
const ports = 50;
const ranges = 10;

/** The ports of each load balancer are others, so that a port tells the app also where all have one address. */
function portsOf({ balancer }: Pick<Place, "balancer">): number {
  const number = Number(/^apps-(\d+)$/.exec(balancer)?.[1] ?? 1);
  return firstPort + ports * ((number - 1) % ranges);
}

/** A listener for each app, over plain HTTP: for trying it out. */
export function portFront(
  client: ElasticLoadBalancingV2Client,
  all: Pick<ReturnType<typeof balancers>, "listenersOf">,
  options: ReleasesOptions,
) {
  const ensureRules = listenerRules(client, options);
  const { list } = ruleMaker(client, options);

  /** The listeners of an app, by port. */
  const listenersFor = async (loadBalancerArn: string, targetGroupArn: string): Promise<readonly Listener[]> =>
    leadingTo(await all.listenersOf(loadBalancerArn), targetGroupArn);

  /**
   * The one listener of an app. CreateListener has no token: one that a worker believed dead had on its way may come to a port
   * of its own. Kept is what the service uses, and before there is a service the lowest port, whoever looks.
   */
  const keepOne = async (own: readonly Listener[], { rule, confirm }: Hold): Promise<Listener | undefined> => {
    const used = own.length < 2 ? null : await rule();
    const kept = own.find((one) => used !== null && isRuleOf(used, one)) ?? own[0];
    for (const { ListenerArn } of own.filter((one) => one !== kept)) {
      await confirm();
      await client.send(new DeleteListenerCommand({ ListenerArn }));
    }
    return kept;
  };

  const make = async (
    loadBalancerArn: string,
    targetGroupArn: string,
    Port: number,
    app: { readonly id: number; readonly name: string },
  ): Promise<Listener | undefined> => {
    const answer = await client.send(
      new CreateListenerCommand({
        LoadBalancerArn: loadBalancerArn,
        Protocol: "HTTP",
        Port,
        DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
        Tags: tagList({ ...ownerTags(options, app.id), "slipway:name": app.name }),
      }),
    );
    return answer.Listeners?.[0];
  };

  /** `listeners`: those that the load balancer has. `null`: no port is left. */
  const create = async (
    loadBalancerArn: string,
    targetGroupArn: string,
    app: { readonly id: number; readonly name: string; readonly place: Place },
    listeners: readonly Listener[],
    confirm: Confirm,
  ): Promise<Made | null> => {
    const taken = new Set(listeners.map(({ Port }) => Port));
    await confirm();
    for (let offset = 0; offset < ports; offset++) {
      const port = portsOf(app.place) + ((app.id - 1 + offset) % ports);
      if (taken.has(port)) continue;
      try {
        const listener = await make(loadBalancerArn, targetGroupArn, port, app);
        return listener === undefined ? null : { listener, isNew: true };
      } catch (error) {
        if (!(error instanceof DuplicateListenerException)) throw error;
        // It may be the app's own: made by somebody who was held up, and whose call got through after all.
        const now = await all.listenersOf(loadBalancerArn);
        const [own] = leadingTo(now, targetGroupArn);
        if (own !== undefined) return { listener: own, isNew: false };
        for (const { Port } of now) taken.add(Port);
      }
    }
    return null;
  };

  return {
    listenersFor,

    /** Removes listeners of an app beside its one. */
    tidy: async (loadBalancerArn: string, targetGroupArn: string, hold: Hold): Promise<void> => {
      await keepOne(await listenersFor(loadBalancerArn, targetGroupArn), hold);
    },

    /** The group first that gets most of a listener's traffic. */
    serving: async ({ ListenerArn = "" }: Listener, groups: TargetGroups): Promise<TargetGroups> => {
      const production = (await list(ListenerArn)).find(({ Priority }) => Priority === "2");
      return production === undefined ? groups : servingFirst(production, groups);
    },

    /** `full`: no port is left. */
    ensure: async (
      { LoadBalancerArn: arn = "", DNSName }: LoadBalancer,
      place: Place,
      app: { readonly id: number; readonly settings: Settings; readonly groups: TargetGroups },
      hold: Hold,
    ): Promise<Omit<Front, "groups"> | "full"> => {
      const { id, groups } = app;
      const listeners = await all.listenersOf(arn);
      const existing = await keepOne(leadingTo(listeners, groups[0]), hold);
      const named = { id, name: app.settings.name, place };
      const { listener, isNew } =
        existing === undefined
          ? ((await create(arn, groups[0], named, listeners, hold.confirm)) ?? noListener)
          : { listener: existing, isNew: false };
      if (listener?.ListenerArn === undefined) return "full";
      const rules = await ensureRules(listener.ListenerArn, groups, id, isNew);
      const url = `http://${DNSName}:${listener.Port}`;
      return { ...rules, loadBalancerArn: arn, url, needsOtherGroup: false, reached: null };
    },

    /** Has the app's listener carry this name. */
    name: async (loadBalancerArn: string, targetGroupArn: string, name: string): Promise<void> => {
      const own = await listenersFor(loadBalancerArn, targetGroupArn);
      const ResourceArns = own.map(({ ListenerArn = "" }) => ListenerArn);
      if (ResourceArns.length > 0)
        await client.send(new AddTagsCommand({ ResourceArns, Tags: tagList({ "slipway:name": name }) }));
    },

    /** Removes the listeners that lead to these target groups, and their rules with them. */
    remove: async (loadBalancerArn: string, targetGroupArns: readonly string[]): Promise<void> => {
      for (const listener of await all.listenersOf(loadBalancerArn)) {
        if (targetGroupArns.some((arn) => leadsTo(listener, arn)))
          await client.send(new DeleteListenerCommand({ ListenerArn: listener.ListenerArn }));
      }
    },
  };
}

/** An app's listener, and whether this very call made it. */
interface Made {
  readonly listener: Listener | null;
  readonly isNew: boolean;
}

const noListener: Made = { listener: null, isNew: false };

/** The listeners that lead to a target group, by port. */
const leadingTo = (listeners: readonly Listener[], targetGroupArn: string): readonly Listener[] =>
  listeners.filter((one) => leadsTo(one, targetGroupArn)).toSorted((one, other) => (one.Port ?? 0) - (other.Port ?? 0));

const leadsTo = (listener: Listener, targetGroupArn: string): boolean =>
  (listener.DefaultActions ?? []).some((action) => action.TargetGroupArn === targetGroupArn);

/** `…:listener-rule/app/<balancer>/<id>/<listener>/<rule>` is a rule of `…:listener/app/<balancer>/<id>/<listener>`. */
const isRuleOf = (rule: string, { ListenerArn = "" }: Listener): boolean =>
  rule.replace(":listener-rule/", ":listener/").startsWith(`${ListenerArn}/`);
