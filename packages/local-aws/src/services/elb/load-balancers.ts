import * as z from "zod";
import { ageOf } from "../../kernel/age.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import {
  arnOf,
  creating,
  describing,
  type ElbDeps,
  list,
  number,
  onExisting,
  operation,
  page,
  paging,
  resourceName,
  tagList,
} from "./inputs.ts";
import type { LoadBalancer } from "./model.ts";
import { notFound } from "./store.ts";

/** How long one is `provisioning`: long enough for a caller who does not wait to be found out. AWS takes minutes. */
const PROVISIONING_MS = 300;

export const loadBalancerInput = z.object({
  Name: resourceName,
  Subnets: list(z.string()).default([]),
  SubnetMappings: list(z.object({ SubnetId: z.string() })).default([]),
  SecurityGroups: list(z.string()).default([]),
  Scheme: z.enum(["internet-facing", "internal"]).default("internet-facing"),
  Type: z.literal("application").default("application"),
  IpAddressType: z.string().default("ipv4"),
  Tags: tagList,
});
const describeInput = z.object({
  LoadBalancerArns: list(z.string()).default([]),
  Names: list(z.string()).default([]),
  ...paging,
});

const ATTRIBUTES: Readonly<Record<string, { initial: string; allowed: z.ZodType }>> = {
  "idle_timeout.timeout_seconds": { initial: "60", allowed: number(1, 4000) },
  "client_keep_alive.seconds": { initial: "3600", allowed: number(60, 604800) },
  "deletion_protection.enabled": { initial: "false", allowed: z.enum(["true", "false"]) },
  "access_logs.s3.enabled": { initial: "false", allowed: z.literal("false") },
  "connection_logs.s3.enabled": { initial: "false", allowed: z.literal("false") },
  "routing.http2.enabled": { initial: "true", allowed: z.enum(["true", "false"]) },
  "routing.http.drop_invalid_header_fields.enabled": { initial: "false", allowed: z.enum(["true", "false"]) },
  "routing.http.desync_mitigation_mode": {
    initial: "defensive",
    allowed: z.enum(["monitor", "defensive", "strictest"]),
  },
};
const attributesInput = z.object({
  LoadBalancerArn: z.string(),
  Attributes: list(z.object({ Key: z.string(), Value: z.string() })),
});

export function createLoadBalancer(
  { context, store }: ElbDeps,
  input: z.infer<typeof loadBalancerInput>,
): LoadBalancer {
  const wanted = {
    name: input.Name,
    scheme: input.Scheme,
    subnets: [...input.Subnets, ...input.SubnetMappings.map(({ SubnetId }) => SubnetId)],
    securityGroups: input.SecurityGroups,
  };
  const [existing] = store.loadBalancers.where("name", input.Name);
  if (existing !== undefined) {
    const { name, scheme, subnets, securityGroups } = existing;
    if (JSON.stringify({ name, scheme, subnets, securityGroups }) === JSON.stringify(wanted)) return existing;
    const message = `A load balancer with the same name '${input.Name}' exists, but with different settings`;
    throw new AwsError("DuplicateLoadBalancerName", message);
  }
  const arn = arnOf(context, `loadbalancer/app/${input.Name}/${context.randomHex(16)}`);
  const initial = Object.entries(ATTRIBUTES).map(([key, attribute]) => [key, attribute.initial]);
  const made = { arn, ...wanted, createdAt: context.clock.now(), attributes: Object.fromEntries(initial) };
  store.loadBalancers.put(arn, made);
  store.addTags(arn, input.Tags);
  return made;
}

/** On AWS that of the region; here a load balancer's own. */
export const canonicalZone = ({ arn }: Pick<LoadBalancer, "arn">): string =>
  `Z${arn.slice(arn.lastIndexOf("/") + 1).toUpperCase()}`;

function show({ context }: ElbDeps, one: LoadBalancer): unknown {
  const active = ageOf(context.clock, one.createdAt) >= PROVISIONING_MS;
  return {
    LoadBalancerArn: one.arn,
    LoadBalancerName: one.name,
    DNSName: "127.0.0.1",
    // All load balancers have one address here: DNS tells them by this.
    CanonicalHostedZoneId: canonicalZone(one),
    CreatedTime: new Date(one.createdAt).toISOString(),
    Scheme: one.scheme,
    Type: "application",
    IpAddressType: "ipv4",
    State: { Code: active ? "active" : "provisioning" },
    AvailabilityZones: one.subnets.map((SubnetId) => ({ SubnetId, LoadBalancerAddresses: [] })),
    SecurityGroups: one.securityGroups,
  };
}

export function modifyAttributes(
  { store }: ElbDeps,
  { LoadBalancerArn, Attributes }: z.infer<typeof attributesInput>,
): unknown {
  const existing = store.loadBalancer(LoadBalancerArn);
  for (const { Key, Value } of Attributes) {
    const known = ATTRIBUTES[Key];
    if (known === undefined) {
      throw new AwsError("ValidationError", `Load balancer attribute key '${Key}' is not recognized`);
    }
    if (!known.allowed.safeParse(Value).success) {
      throw new AwsError(
        "InvalidConfigurationRequest",
        `Load balancer attribute value '${Value}' of '${Key}' is invalid`,
      );
    }
  }
  const changed = Object.fromEntries(Attributes.map(({ Key, Value }) => [Key, Value]));
  const attributes = { ...existing.attributes, ...changed };
  store.loadBalancers.put(existing.arn, { ...existing, attributes });
  return { Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })) };
}

export function loadBalancerOperations(deps: ElbDeps): Record<string, Operation> {
  const { context, store } = deps;
  return {
    CreateLoadBalancer: operation(loadBalancerInput, {
      permissions: ({ Name, Tags }) => {
        const made = arnOf(context, `loadbalancer/app/${Name}/*`);
        return creating("CreateLoadBalancer", made, made, Tags);
      },
      run: (input) => ({ LoadBalancers: [show(deps, createLoadBalancer(deps, input))] }),
    }),
    DescribeLoadBalancers: operation(describeInput, {
      permissions: describing("DescribeLoadBalancers"),
      run: (input) => {
        const all = store.loadBalancers.all();
        for (const arn of input.LoadBalancerArns) store.loadBalancer(arn);
        for (const name of input.Names) if (!all.some((one) => one.name === name)) throw notFound.loadBalancer(name);
        const named = input.LoadBalancerArns.length + input.Names.length > 0;
        const asked = all.filter(({ arn, name }) => input.LoadBalancerArns.includes(arn) || input.Names.includes(name));
        const { items, NextMarker } = page(named ? asked : all, input);
        return { LoadBalancers: items.map((one) => show(deps, one)), NextMarker };
      },
    }),
    ModifyLoadBalancerAttributes: operation(attributesInput, {
      permissions: ({ LoadBalancerArn }) => [onExisting(deps, "ModifyLoadBalancerAttributes", LoadBalancerArn)],
      run: (input) => modifyAttributes(deps, input),
    }),
  };
}
