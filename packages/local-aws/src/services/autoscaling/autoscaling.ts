import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import type { Collection } from "../../kernel/state.ts";
import type { CloudWatch } from "../cloudwatch/cloudwatch.ts";
import type { Capacity } from "../ecs/capacity.ts";
import { type Activity, ScalingLoop } from "./loop.ts";
import { type Policy, place, type ScalableTarget, targetSchema, tracking } from "./model.ts";

export interface AutoScalingOptions {
  readonly capacity: Capacity;
  readonly lastMinute: CloudWatch["lastMinute"];
  /** How long a minute lasts; 60 s if absent. */
  readonly minuteMs?: number;
}

const operation = operationsOf("ValidationException");
const PAGE = 50;
const paging = {
  MaxResults: z.int().min(1).max(PAGE).default(PAGE),
  NextToken: z.string().regex(/^\d+$/).default("0"),
};
const namespace = place.ServiceNamespace;

const registerInput = z.object({
  ...place,
  MinCapacity: z.int().min(0).optional(),
  MaxCapacity: z.int().min(0).optional(),
  Tags: z.record(z.string(), z.string()).default({}),
});
const placeInput = z.object(place);
const putInput = z.object({
  ...place,
  PolicyName: z
    .string()
    .min(1)
    .max(256)
    .regex(/^\P{Cc}+$/u),
  PolicyType: z.literal("TargetTrackingScaling", "the local mode knows target tracking"),
  TargetTrackingScalingPolicyConfiguration: tracking,
});
const deleteInput = z.object({ ...place, PolicyName: z.string().min(1) });
const targetsInput = z.object({ ServiceNamespace: namespace, ResourceIds: z.array(z.string()).optional(), ...paging });
const ofTarget = { ServiceNamespace: namespace, ResourceId: z.string().optional(), ...paging };

const notRegistered = (resourceId: string): AwsError =>
  new AwsError(
    "ObjectNotFoundException",
    `No scalable target found for service namespace: ecs, resource ID: ${resourceId}, scalable dimension: ecs:service:DesiredCount`,
  );

function page<T>(items: readonly T[], { MaxResults, NextToken }: { MaxResults: number; NextToken: string }) {
  const from = Number(NextToken);
  const to = from + MaxResults;
  return { items: items.slice(from, to), ...(to < items.length ? { NextToken: String(to) } : {}) };
}

const placeOf = (resourceId: string) => ({
  ServiceNamespace: "ecs",
  ResourceId: resourceId,
  ScalableDimension: "ecs:service:DesiredCount",
});

const showTarget = ({ resourceId, min, max, arn, createdAt }: ScalableTarget) => ({
  ...placeOf(resourceId),
  MinCapacity: min,
  MaxCapacity: max,
  RoleARN: ROLE,
  CreationTime: createdAt / 1000,
  SuspendedState: {
    DynamicScalingInSuspended: false,
    DynamicScalingOutSuspended: false,
    ScheduledScalingSuspended: false,
  },
  ScalableTargetARN: arn,
});

const showPolicy = (resourceId: string, { name, arn, tracking: configuration, createdAt }: Policy) => ({
  PolicyARN: arn,
  PolicyName: name,
  ...placeOf(resourceId),
  PolicyType: "TargetTrackingScaling",
  TargetTrackingScalingPolicyConfiguration: configuration,
  CreationTime: createdAt / 1000,
  Alarms: [],
});

const showActivity = ({ id, resourceId, description, cause, at }: Activity) => ({
  ActivityId: id,
  ...placeOf(resourceId),
  Description: description,
  Cause: cause,
  StartTime: at / 1000,
  EndTime: at / 1000,
  StatusCode: "Successful",
});

/** AWS's own: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html */
const ROLE =
  "arn:aws:iam::000000000000:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";

function operations({
  context,
  loop,
  targets,
  capacity,
}: {
  readonly context: LocalContext;
  readonly loop: ScalingLoop;
  readonly targets: Collection<ScalableTarget>;
  readonly capacity: Capacity;
}): Record<string, Operation> {
  const { region, account, clock, randomHex } = context;
  const arnOf = (id: string): string => `arn:aws:application-autoscaling:${region}:${account}:scalable-target/${id}`;
  const conditions = {
    "application-autoscaling:service-namespace": "ecs",
    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
  };
  const tagsAs = (key: string, tags: Readonly<Record<string, string>> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:${key}/${name}`, value]));
  const on = (action: string, resourceId: string, added: Readonly<Record<string, string>> = {}): Permission => ({
    action: `application-autoscaling:${action}`,
    resource: targets.get(resourceId)?.arn ?? arnOf("*"),
    context: {
      // IAM does not know what is tagged: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
      ...(action === "TagResource" ? {} : conditions),
      ...tagsAs("ResourceTag", targets.get(resourceId)?.tags),
      ...tagsAs("RequestTag", added),
    },
  });
  const describing = (action: string) => (): Permission[] => [
    { action: `application-autoscaling:${action}`, resource: "*" },
  ];
  const registered = (resourceId: string): ScalableTarget => {
    const found = targets.get(resourceId);
    if (found === undefined) throw notRegistered(resourceId);
    return found;
  };

  const register = (input: z.infer<typeof registerInput>): ScalableTarget => {
    const before = targets.get(input.ResourceId);
    const min = input.MinCapacity ?? before?.min;
    const max = input.MaxCapacity ?? before?.max;
    if (min === undefined || max === undefined)
      throw new AwsError("ValidationException", "MinCapacity and MaxCapacity are required for a new scalable target.");
    if (min > max) throw new AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity");
    if (capacity.of(input.ResourceId) === undefined)
      throw new AwsError("ValidationException", `ECS service doesn't exist: ${input.ResourceId}`);
    const made: ScalableTarget = {
      resourceId: input.ResourceId,
      arn: before?.arn ?? arnOf(randomHex(20)),
      policies: before?.policies ?? [],
      createdAt: before?.createdAt ?? clock.now(),
      tags: { ...before?.tags, ...input.Tags },
      min,
      max,
    };
    targets.put(made.resourceId, made);
    loop.bound(made);
    return made;
  };

  const put = (input: z.infer<typeof putInput>): Policy => {
    const target = registered(input.ResourceId);
    const before = target.policies.find(({ name }) => name === input.PolicyName);
    const id = [8, 4, 4, 4, 12].map(randomHex).join("-");
    const made: Policy = {
      name: input.PolicyName,
      arn:
        before?.arn ??
        `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${id}:resource/ecs/${input.ResourceId}:policyName/${input.PolicyName}`,
      tracking: input.TargetTrackingScalingPolicyConfiguration,
      createdAt: before?.createdAt ?? clock.now(),
    };
    const others = target.policies.filter(({ name }) => name !== made.name);
    targets.put(target.resourceId, { ...target, policies: [...others, made] });
    return made;
  };

  return {
    RegisterScalableTarget: operation(registerInput, {
      permissions: ({ ResourceId, Tags }) =>
        Object.keys(Tags).length === 0
          ? [on("RegisterScalableTarget", ResourceId)]
          : [on("RegisterScalableTarget", ResourceId, Tags), on("TagResource", ResourceId, Tags)],
      run: (input) => ({ ScalableTargetARN: register(input).arn }),
    }),
    DeregisterScalableTarget: operation(placeInput, {
      permissions: ({ ResourceId }) => [on("DeregisterScalableTarget", ResourceId)],
      run: ({ ResourceId }) => {
        targets.delete(registered(ResourceId).resourceId);
        loop.forget(ResourceId);
        return {};
      },
    }),
    DescribeScalableTargets: operation(targetsInput, {
      permissions: describing("DescribeScalableTargets"),
      run: ({ ResourceIds, ...asked }) => {
        const found = targets.all().filter(({ resourceId }) => ResourceIds?.includes(resourceId) ?? true);
        const { items, ...more } = page(found, asked);
        return { ScalableTargets: items.map(showTarget), ...more };
      },
    }),
    PutScalingPolicy: operation(putInput, {
      permissions: ({ ResourceId }) => [on("PutScalingPolicy", ResourceId)],
      run: (input) => ({ PolicyARN: put(input).arn, Alarms: [] }),
    }),
    DeleteScalingPolicy: operation(deleteInput, {
      permissions: ({ ResourceId }) => [on("DeleteScalingPolicy", ResourceId)],
      run: ({ ResourceId, PolicyName }) => {
        const target = registered(ResourceId);
        const policies = target.policies.filter(({ name }) => name !== PolicyName);
        if (policies.length === target.policies.length)
          throw new AwsError("ObjectNotFoundException", `No scaling policy found with the name ${PolicyName}`);
        targets.put(ResourceId, { ...target, policies });
        return {};
      },
    }),
    DescribeScalingPolicies: operation(z.object(ofTarget), {
      permissions: describing("DescribeScalingPolicies"),
      run: ({ ResourceId, ...asked }) => {
        const found = targets
          .all()
          .filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId)
          .flatMap(({ resourceId, policies }) => policies.map((policy) => showPolicy(resourceId, policy)));
        const { items, ...more } = page(found, asked);
        return { ScalingPolicies: items, ...more };
      },
    }),
    DescribeScalingActivities: operation(z.object(ofTarget), {
      permissions: describing("DescribeScalingActivities"),
      run: ({ ResourceId, ...asked }) => {
        const found = loop.activities.filter((one) => ResourceId === undefined || one.resourceId === ResourceId);
        const { items, ...more } = page(found, asked);
        return { ScalingActivities: items.map(showActivity), ...more };
      },
    }),
  };
}

/** Application Auto Scaling of ECS services: target tracking of what CloudWatch counted in the last minute. */
export function createAutoScaling(
  context: LocalContext,
  { capacity, lastMinute, minuteMs = 60_000 }: AutoScalingOptions,
): LocalPart {
  const targets = context.state.collection("autoscaling.targets", targetSchema);
  const loop = new ScalingLoop({ context, targets, capacity, lastMinute, minuteMs });
  const service = { kind: "json", scope: "application-autoscaling", dialect: "application/x-amz-json-1.1" } as const;
  return {
    services: [{ ...service, operations: operations({ context, loop, targets, capacity }) }],
    providers: [],
    start: async () => loop.start(),
    close: async () => loop.stop(),
  };
}
