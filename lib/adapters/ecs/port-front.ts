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
  const listenersFor = async (loadBalancerArn: string, targetGroupArn: string): Promise<Listener[]> =>
    (await all.listenersOf(loadBalancerArn))
      .filter((one) => leadsTo(one, targetGroupArn))
      .toSorted((one, other) => (one.Port ?? 0) - (other.Port ?? 0));

  /**
   * The one listener of an app. CreateListener has no token: one that a worker believed dead had on its way may come to a port
   * of its own. Kept is what the service uses, and before there is a service the lowest port, whoever looks.
   */
  const tidy = async (
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

  const create = async (
    loadBalancerArn: string,
    targetGroupArn: string,
    app: { readonly id: number; readonly name: string; readonly place: Place },
    confirm: Confirm,
  ): Promise<Listener | null> => {
    await confirm();
    for (let offset = 0; offset < ports; offset++) {
      const Port = portsOf(app.place) + ((app.id - 1 + offset) % ports);
      try {
        const answer = await client.send(
          new CreateListenerCommand({
            LoadBalancerArn: loadBalancerArn,
            Protocol: "HTTP",
            Port,
            DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
            Tags: tagList({ ...ownerTags(options, app.id), "slipway:name": app.name }),
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

  return {
    listenersFor,
    tidy,

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
    ): Promise<Front | "full"> => {
      const { id, groups } = app;
      const existing = await tidy(arn, groups[0], hold);
      const named = { id, name: app.settings.name, place };
      const listener = existing ?? (await create(arn, groups[0], named, hold.confirm));
      if (listener?.ListenerArn === undefined) return "full";
      const rules = await ensureRules(listener.ListenerArn, groups, id);
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

const leadsTo = (listener: Listener, targetGroupArn: string): boolean =>
  (listener.DefaultActions ?? []).some((action) => action.TargetGroupArn === targetGroupArn);

/** `…:listener-rule/app/<balancer>/<id>/<listener>/<rule>` is a rule of `…:listener/app/<balancer>/<id>/<listener>`. */
const isRuleOf = (rule: string, { ListenerArn = "" }: Listener): boolean =>
  rule.replace(":listener-rule/", ":listener/").startsWith(`${ListenerArn}/`);
