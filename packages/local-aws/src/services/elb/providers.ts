import * as z from "zod";
import type { ResourceProvider } from "../../kernel/part.ts";
import type { ElbDeps } from "./inputs.ts";
import { createListener, type ListenerParts, listenerInput } from "./listeners.ts";
import { canonicalZone, createLoadBalancer, loadBalancerInput, modifyAttributes } from "./load-balancers.ts";

const attributes = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);
const balancerProperties = z.looseObject({
  LoadBalancerAttributes: attributes,
  Tags: z.unknown().optional(),
});
/** Attributes of AWS that do nothing here are not among those that the API takes. */
const KNOWN = /^(idle_timeout|client_keep_alive|deletion_protection|routing\.)/;

/** Marks what the template made, as CloudFormation does. */
const TEMPLATE_TAG = "aws:cloudformation:logical-id";

/** Removes load balancers that the template had at an earlier start and has no more, with their listeners and rules. */
export async function removeForgotten({ store }: ElbDeps, kept: ReadonlySet<string>, remove: RemoveListener) {
  for (const { arn } of store.loadBalancers.all()) {
    if (store.tags(arn)[TEMPLATE_TAG] === undefined || kept.has(arn)) continue;
    for (const listener of store.listeners.where("loadBalancer", arn)) await remove(listener.arn);
    store.loadBalancers.delete(arn);
    store.dropTags(arn);
  }
}
type RemoveListener = (arn: string) => Promise<unknown>;

/** Load balancers and listeners of a template. `kept` gets the load balancers that it has. Neither is changed once it is there, but for what a listener answers. */
export function elbProviders(deps: ElbDeps, parts: ListenerParts, kept: Set<string>): ResourceProvider[] {
  const { store } = deps;
  return [
    {
      type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
      ensure: ({ logicalId, properties, physicalName }) => {
        const { LoadBalancerAttributes, ...given } = balancerProperties.parse(properties);
        const input = loadBalancerInput.parse({ ...given, Name: given.Name ?? physicalName });
        const [existing] = store.loadBalancers.where("name", input.Name);
        const balancer = existing ?? createLoadBalancer(deps, input);
        kept.add(balancer.arn);
        store.addTags(balancer.arn, { [TEMPLATE_TAG]: logicalId });
        const Attributes = LoadBalancerAttributes.filter(({ Key }) => KNOWN.test(Key));
        modifyAttributes(deps, { LoadBalancerArn: balancer.arn, Attributes });
        return {
          ref: balancer.arn,
          attributes: {
            LoadBalancerArn: balancer.arn,
            LoadBalancerName: balancer.name,
            LoadBalancerFullName: balancer.arn.replace(/^.*:loadbalancer\//, ""),
            DNSName: "127.0.0.1",
            CanonicalHostedZoneID: canonicalZone(balancer),
          },
        };
      },
    },
    {
      type: "AWS::ElasticLoadBalancingV2::Listener",
      ensure: async ({ properties }) => {
        const input = listenerInput.parse(properties);
        const existing = store.listeners
          .where("loadBalancer", input.LoadBalancerArn)
          .find(({ port }) => port === input.Port);
        const listener = existing ?? (await createListener(deps, parts, input));
        const certificates = input.Certificates.map(({ CertificateArn }) => CertificateArn);
        store.listeners.put(listener.arn, { ...listener, certificates, actions: input.DefaultActions });
        return { ref: listener.arn, attributes: { ListenerArn: listener.arn } };
      },
    },
  ];
}
