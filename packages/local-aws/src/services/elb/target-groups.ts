import * as z from "zod";
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
import type { HealthCheck, TargetGroup } from "./model.ts";
import { notFound } from "./store.ts";
import type { Targets } from "./targets.ts";

/** What an Application Load Balancer takes: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html */
const CODES = /^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$/;
const matcher = z.object({ HttpCode: z.string().regex(CODES, "a list such as 200,302 or a range such as 200-399") });
const check = {
  HealthCheckPath: z.string().startsWith("/").max(1024),
  HealthCheckProtocol: z.enum(["HTTP", "HTTPS"]),
  HealthCheckPort: z.string().regex(/^(traffic-port|\d+)$/),
  HealthCheckIntervalSeconds: number(5, 300),
  HealthCheckTimeoutSeconds: number(2, 120),
  HealthyThresholdCount: number(2, 10),
  UnhealthyThresholdCount: number(2, 10),
};
const modifyInput = z.object({
  ...z.object(check).partial().shape,
  TargetGroupArn: z.string(),
  Matcher: matcher.optional(),
});
const createInput = z.object({
  Name: resourceName,
  Protocol: z.enum(["HTTP", "HTTPS"]),
  Port: number(1, 65535),
  VpcId: z.string(),
  TargetType: z.enum(["ip", "instance"]).default("instance"),
  HealthCheckPath: check.HealthCheckPath.default("/"),
  HealthCheckProtocol: check.HealthCheckProtocol.default("HTTP"),
  HealthCheckPort: check.HealthCheckPort.default("traffic-port"),
  HealthCheckIntervalSeconds: check.HealthCheckIntervalSeconds.default(30),
  HealthCheckTimeoutSeconds: check.HealthCheckTimeoutSeconds.default(5),
  HealthyThresholdCount: check.HealthyThresholdCount.default(5),
  UnhealthyThresholdCount: check.UnhealthyThresholdCount.default(2),
  Matcher: matcher.default({ HttpCode: "200" }),
  Tags: tagList,
});
const describeInput = z.object({
  LoadBalancerArn: z.string().optional(),
  TargetGroupArns: list(z.string()).default([]),
  Names: list(z.string()).default([]),
  ...paging,
});
const arnInput = z.object({ TargetGroupArn: z.string() });
const healthInput = z.object({
  TargetGroupArn: z.string(),
  Targets: list(z.object({ Id: z.string(), Port: number(1, 65535).optional() })).default([]),
});
const attributesInput = z.object({
  TargetGroupArn: z.string(),
  Attributes: list(z.object({ Key: z.string(), Value: z.string() })),
});

const ATTRIBUTES: Readonly<Record<string, { initial: string; allowed: z.ZodType }>> = {
  "deregistration_delay.timeout_seconds": { initial: "300", allowed: number(0, 3600) },
  "slow_start.duration_seconds": { initial: "0", allowed: z.literal("0") },
  "stickiness.enabled": { initial: "false", allowed: z.literal("false") },
  "stickiness.type": { initial: "lb_cookie", allowed: z.enum(["lb_cookie", "app_cookie"]) },
  "load_balancing.algorithm.type": { initial: "round_robin", allowed: z.literal("round_robin") },
};

function create({ context, store }: ElbDeps, input: z.infer<typeof createInput>): TargetGroup {
  const { Name, Protocol, Port, VpcId, TargetType, Matcher, Tags, ...health } = input;
  const healthCheck: HealthCheck = { ...health, HttpCode: Matcher.HttpCode };
  const wanted = { name: Name, protocol: Protocol, port: Port, vpcId: VpcId, targetType: TargetType, healthCheck };
  const [existing] = store.targetGroups.where("name", Name);
  if (existing !== undefined) {
    const { arn: _arn, attributes: _attributes, ...has } = existing;
    const sorted = (value: object): string => JSON.stringify(value, Object.keys({ ...wanted, ...healthCheck }).sort());
    if (sorted(has) === sorted(wanted)) return existing;
    const message = `A target group with the same name '${Name}' exists, but with different settings`;
    throw new AwsError("DuplicateTargetGroupName", message);
  }
  const arn = arnOf(context, `targetgroup/${Name}/${context.randomHex(16)}`);
  const initial = Object.entries(ATTRIBUTES).map(([key, attribute]) => [key, attribute.initial]);
  const made = { arn, ...wanted, attributes: Object.fromEntries(initial) };
  store.targetGroups.put(arn, made);
  store.addTags(arn, Tags);
  return made;
}

function show({ store }: ElbDeps, group: TargetGroup): unknown {
  const { HttpCode, ...health } = group.healthCheck;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    ProtocolVersion: "HTTP1",
    Port: group.port,
    VpcId: group.vpcId,
    TargetType: group.targetType,
    IpAddressType: "ipv4",
    HealthCheckEnabled: true,
    ...health,
    Matcher: { HttpCode },
    LoadBalancerArns: store.loadBalancersOf(group.arn),
  };
}

function describe(deps: ElbDeps, input: z.infer<typeof describeInput>): unknown {
  const { store } = deps;
  const all = store.targetGroups.all();
  const { LoadBalancerArn, TargetGroupArns, Names } = input;
  if (LoadBalancerArn !== undefined) store.loadBalancer(LoadBalancerArn);
  for (const arn of TargetGroupArns) store.targetGroup(arn);
  for (const name of Names) if (!all.some((one) => one.name === name)) throw notFound.targetGroup(name);
  const asked = all.filter(
    ({ arn, name }) =>
      (TargetGroupArns.length === 0 || TargetGroupArns.includes(arn)) &&
      (Names.length === 0 || Names.includes(name)) &&
      (LoadBalancerArn === undefined || store.loadBalancersOf(arn).includes(LoadBalancerArn)),
  );
  const { items, NextMarker } = page(asked, input);
  return { TargetGroups: items.map((group) => show(deps, group)), NextMarker };
}

function modify(deps: ElbDeps, { TargetGroupArn, Matcher, ...changes }: z.infer<typeof modifyInput>): unknown {
  const group = deps.store.targetGroup(TargetGroupArn);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const healthCheck = { ...group.healthCheck, ...given, ...(Matcher === undefined ? {} : Matcher) };
  const changed = { ...group, healthCheck };
  deps.store.targetGroups.put(group.arn, changed);
  return { TargetGroups: [show(deps, changed)] };
}

function modifyAttributes({ store }: ElbDeps, input: z.infer<typeof attributesInput>): unknown {
  const group = store.targetGroup(input.TargetGroupArn);
  for (const { Key, Value } of input.Attributes) {
    const known = ATTRIBUTES[Key];
    if (known === undefined) {
      throw new AwsError("ValidationError", `Target group attribute key '${Key}' is not recognized`);
    }
    if (!known.allowed.safeParse(Value).success) {
      throw new AwsError(
        "InvalidConfigurationRequest",
        `Target group attribute value '${Value}' of '${Key}' is invalid`,
      );
    }
  }
  const changed = Object.fromEntries(input.Attributes.map(({ Key, Value }) => [Key, Value]));
  const attributes = { ...group.attributes, ...changed };
  store.targetGroups.put(group.arn, { ...group, attributes });
  return { Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })) };
}

function remove({ store }: ElbDeps, targets: Targets, arn: string): unknown {
  if (store.targetGroups.get(arn) === undefined) return {};
  if (store.loadBalancersOf(arn).length > 0) {
    throw new AwsError("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`);
  }
  targets.dropGroup(arn);
  store.targetGroups.delete(arn);
  store.dropTags(arn);
  return {};
}

export function targetGroupOperations(deps: ElbDeps, targets: Targets): Record<string, Operation> {
  return {
    CreateTargetGroup: operation(createInput, {
      permissions: ({ Name, Tags }) => {
        const made = arnOf(deps.context, `targetgroup/${Name}/*`);
        return creating("CreateTargetGroup", made, made, Tags);
      },
      run: (input) => ({ TargetGroups: [show(deps, create(deps, input))] }),
    }),
    DescribeTargetGroups: operation(describeInput, {
      permissions: describing("DescribeTargetGroups"),
      run: (input) => describe(deps, input),
    }),
    ModifyTargetGroup: operation(modifyInput, {
      permissions: ({ TargetGroupArn }) => [onExisting(deps, "ModifyTargetGroup", TargetGroupArn)],
      run: (input) => modify(deps, input),
    }),
    ModifyTargetGroupAttributes: operation(attributesInput, {
      permissions: ({ TargetGroupArn }) => [onExisting(deps, "ModifyTargetGroupAttributes", TargetGroupArn)],
      run: (input) => modifyAttributes(deps, input),
    }),
    DeleteTargetGroup: operation(arnInput, {
      permissions: ({ TargetGroupArn }) => [onExisting(deps, "DeleteTargetGroup", TargetGroupArn)],
      run: ({ TargetGroupArn }) => remove(deps, targets, TargetGroupArn),
    }),
    DescribeTargetHealth: operation(healthInput, {
      permissions: describing("DescribeTargetHealth"),
      run: ({ TargetGroupArn, Targets: asked }) => {
        const group = deps.store.targetGroup(TargetGroupArn);
        const known = targets.of(group.arn);
        const wanted = asked.map(({ Id, Port = group.port }) => ({ id: Id, port: Port }));
        return { TargetHealthDescriptions: describeHealth(known, wanted) };
      },
    }),
  };
}

function describeHealth(known: ReturnType<Targets["of"]>, wanted: readonly { id: string; port: number }[]): unknown[] {
  const show = ({ id, port, health }: (typeof known)[number]) => ({
    Target: { Id: id, Port: port },
    HealthCheckPort: String(port),
    TargetHealth: { State: health.state, Reason: health.reason, Description: health.description },
  });
  if (wanted.length === 0) return known.map(show);
  return wanted.map(({ id, port }) => {
    const target = known.find((one) => one.id === id && one.port === port);
    if (target !== undefined) return show(target);
    const Description = "Target is not registered to the target group";
    return {
      Target: { Id: id, Port: port },
      TargetHealth: { State: "unused", Reason: "Target.NotRegistered", Description },
    };
  });
}
