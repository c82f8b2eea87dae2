import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerCommandInput,
  DescribeLoadBalancersCommand,
  DuplicateListenerException,
  type ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
  LoadBalancerNotFoundException,
  ModifyLoadBalancerAttributesCommand,
  paginateDescribeListeners,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { firstBalancer, isInternal } from "../../core/placement/placement.ts";
import { collected } from "../collected.ts";
import type { Names, SharedListener } from "./names.ts";
import { balancerName, ownerTags, type ReleasesOptions, tagList } from "./options.ts";

/** The load balancers of the apps: each of `apps`, `internal`, … is made when the first app comes to it, `web` by the template. */
export function balancers(client: ElasticLoadBalancingV2Client, options: ReleasesOptions) {
  const find = async (balancer: string): Promise<LoadBalancer | null> => {
    try {
      const Names = [balancerName(options, balancer)];
      return (await client.send(new DescribeLoadBalancersCommand({ Names }))).LoadBalancers?.[0] ?? null;
    } catch (error) {
      if (error instanceof LoadBalancerNotFoundException) return null;
      throw error;
    }
  };

  const sideOf = (balancer: string): Pick<CreateLoadBalancerCommandInput, "Scheme" | "SecurityGroups"> => {
    if (!isInternal({ balancer }))
      return { Scheme: "internet-facing", SecurityGroups: [options.loadBalancerSecurityGroupId] };
    if (options.privateNames === null) throw new Error(`The installation has no private names for ${balancer}.`);
    return { Scheme: "internal", SecurityGroups: [options.privateNames.securityGroupId] };
  };

  const create = async (balancer: string): Promise<LoadBalancer | null> => {
    const answer = await client.send(
      new CreateLoadBalancerCommand({
        Name: balancerName(options, balancer),
        Subnets: [...options.subnetIds],
        ...sideOf(balancer),
        Type: "application",
        Tags: tagList(ownerTags(options, "all")),
      }),
    );
    return answer.LoadBalancers?.[0] ?? null;
  };

  const listenersOf = (LoadBalancerArn: string): Promise<readonly Listener[]> =>
    collected(paginateDescribeListeners({ client }, { LoadBalancerArn }), ({ Listeners }) => Listeners);

  const listen = async (LoadBalancerArn: string, listener: SharedListener): Promise<void> => {
    const Tags = tagList(ownerTags(options, "all"));
    try {
      await client.send(new CreateListenerCommand({ LoadBalancerArn, ...listener, Tags }));
    } catch (error) {
      // Somebody else was quicker.
      if (!(error instanceof DuplicateListenerException)) throw error;
    }
  };

  return {
    find,
    listenersOf,

    /** Finds a load balancer, or begins to make it; AWS takes two to three minutes. The template's own is never made here. */
    ensure: async (balancer: string): Promise<LoadBalancer | null> =>
      (await find(balancer)) ?? (balancer === firstBalancer(true) ? null : await create(balancer)),

    /** The listener of all apps on a load balancer that is there; makes what is missing of it and of the redirect to it. */
    ensureShared: async (arn: string, names: Pick<Names, "port" | "listeners">): Promise<Listener> => {
      const shared = (listeners: readonly Listener[]) => listeners.find(({ Port }) => Port === names.port);
      const now = await listenersOf(arn);
      const found = shared(now);
      const missing = names.listeners.filter((listener) => !now.some(({ Port }) => Port === listener.Port));
      if (found !== undefined && missing.length === 0) return found;
      if (found === undefined) {
        // Requests whose headers are malformed end here, as at the template's.
        const Attributes = [{ Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true" }];
        await client.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: arn, Attributes }));
      }
      for (const listener of missing) await listen(arn, listener);
      const made = shared(await listenersOf(arn));
      if (made === undefined) throw new Error(`ELB made a listener on ${arn} that it does not list.`);
      return made;
    },
  };
}
