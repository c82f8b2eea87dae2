import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import { container, type TaskDefinition } from "./model.ts";
import type { Store } from "./store.ts";
import { type Tags, tagContext, tags } from "./tags.ts";

const operation = operationsOf("ClientException");

const registerInput = z.looseObject({
  family: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  networkMode: z.literal("awsvpc"),
  cpu: z.string(),
  memory: z.string(),
  containerDefinitions: z.array(container).length(1, "the local mode runs tasks of exactly one container"),
  tags,
});
const describeInput = z.object({ taskDefinition: z.string(), include: z.array(z.string()).default([]) });
/** A page at most, as on AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html */
const PAGE = 100;
const listInput = z.object({
  familyPrefix: z.string().optional(),
  status: z.enum(["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"]).default("ACTIVE"),
  maxResults: z.int().min(1).max(PAGE).default(PAGE),
  nextToken: z.string().regex(/^\d+$/).optional(),
});
const familiesInput = z.object({
  familyPrefix: z.string().default(""),
  status: z.enum(["ACTIVE", "INACTIVE", "ALL"]).default("ALL"),
  maxResults: z.int().min(1).max(PAGE).default(PAGE),
  nextToken: z.string().regex(/^\d+$/).default("0"),
});
const deleteInput = z.object({ taskDefinitions: z.array(z.string()).min(1).max(10) });
const deregisterInput = z.object({ taskDefinition: z.string().regex(/:\d+$/, "a revision must be named") });

const asEntries = (all: Tags) => all.map(({ key, value }) => ({ key, value }));

function register(
  { clock }: LocalContext,
  store: Store,
  input: z.infer<typeof registerInput>,
  by: string,
): TaskDefinition {
  const { family, executionRoleArn, taskRoleArn, containerDefinitions, tags: given, ...registered } = input;
  const [only] = containerDefinitions;
  if (only === undefined) throw new AwsError("ClientException", "A task definition needs a container.");
  const earlier = store.taskDefinitions.where("family", family);
  const revision = Math.max(0, ...earlier.map((one) => one.revision)) + 1;
  const arn = store.arn(`task-definition/${family}:${revision}`);
  const made: TaskDefinition = {
    arn,
    family,
    revision,
    status: "ACTIVE",
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
    container: only,
    registered,
    registeredAt: clock.now(),
    registeredBy: by,
    tags: given,
  };
  store.taskDefinitions.put(arn, made);
  return made;
}

/** One of which new services and updates may be made. */
export function activeDefinition(store: Store, nameOrArn: string): TaskDefinition {
  const one = store.taskDefinition(nameOrArn);
  if (one.status !== "ACTIVE") throw new AwsError("ClientException", "TaskDefinition is inactive");
  return one;
}

function list(store: Store, { familyPrefix, status, maxResults, nextToken = "0" }: z.infer<typeof listInput>): unknown {
  const { taskDefinitions } = store;
  const ofAll = familyPrefix === undefined ? taskDefinitions.all() : taskDefinitions.where("family", familyPrefix);
  const found = ofAll
    .filter((one) => one.status === status)
    .toSorted((one, other) => one.family.localeCompare(other.family) || one.revision - other.revision);
  const from = Number(nextToken);
  const to = from + maxResults;
  return {
    taskDefinitionArns: found.slice(from, to).map(({ arn }) => arn),
    ...(to < found.length ? { nextToken: String(to) } : {}),
  };
}

/** A family is active as long as one of its definitions is. */
function listFamilies(store: Store, input: z.infer<typeof familiesInput>): unknown {
  const { familyPrefix, status, maxResults, nextToken } = input;
  const all = Map.groupBy(store.taskDefinitions.all(), ({ family }) => family);
  const stateOf = (definitions: readonly TaskDefinition[]) =>
    definitions.some((one) => one.status === "ACTIVE") ? "ACTIVE" : "INACTIVE";
  const found = [...all]
    .filter(([family, them]) => family.startsWith(familyPrefix) && (status === "ALL" || stateOf(them) === status))
    .map(([family]) => family)
    .toSorted();
  const from = Number(nextToken);
  const to = from + maxResults;
  return { families: found.slice(from, to), ...(to < found.length ? { nextToken: String(to) } : {}) };
}

/** Whether a task or a version of a service that is there was made of it. */
function isReferenced({ tasks, services, revisions }: Store, arn: string): boolean {
  const runs = tasks.where("status", "RUNNING").some(({ taskDefinition }) => taskDefinition === arn);
  const active = services.all().filter(({ status }) => status !== "INACTIVE");
  return (
    runs ||
    active.some(
      (service) =>
        service.taskDefinition === arn ||
        revisions.where("service", service.arn).some(({ taskDefinition }) => taskDefinition === arn),
    )
  );
}

/** Takes it away, or marks it for that while something still needs it. */
function remove(store: Store, one: TaskDefinition): TaskDefinition {
  const gone: TaskDefinition = { ...one, status: "DELETE_IN_PROGRESS" };
  if (isReferenced(store, one.arn)) store.taskDefinitions.put(one.arn, gone);
  else store.taskDefinitions.delete(one.arn);
  return gone;
}

function removeAll(store: Store, input: z.infer<typeof deleteInput>): unknown {
  const found = input.taskDefinitions.map((name) => store.taskDefinition(name));
  const [inactive, others] = [
    found.filter(({ status }) => status !== "ACTIVE"),
    found.filter(({ status }) => status === "ACTIVE"),
  ];
  const reason = "The specified task definition is still in ACTIVE status. Please deregister the target and try again.";
  return {
    taskDefinitions: inactive.map((one) => show(remove(store, one))),
    failures: others.map(({ arn }) => ({ arn, reason })),
  };
}

const show = (one: TaskDefinition): unknown => ({
  ...one.registered,
  taskDefinitionArn: one.arn,
  family: one.family,
  revision: one.revision,
  status: one.status,
  containerDefinitions: [one.container],
  executionRoleArn: one.executionRoleArn,
  taskRoleArn: one.taskRoleArn,
  compatibilities: ["EC2", "FARGATE"],
  volumes: [],
  placementConstraints: [],
  registeredAt: one.registeredAt / 1000,
  registeredBy: one.registeredBy,
  deregisteredAt: one.deregisteredAt === undefined ? undefined : one.deregisteredAt / 1000,
});

/** Handing a role to a task is a permission of its own. */
export const passRole = (roleArn: string | undefined): Permission[] =>
  roleArn === undefined
    ? []
    : [
        {
          action: "iam:PassRole",
          resource: roleArn,
          context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
        },
      ];

export function taskDefinitionOperations(context: LocalContext, store: Store): Record<string, Operation> {
  return {
    RegisterTaskDefinition: operation(registerInput, {
      permissions: (input) => {
        const resource = store.arn(`task-definition/${input.family}:*`);
        const tagged = tagContext(input.tags);
        const register: Permission = { action: "ecs:RegisterTaskDefinition", resource, context: tagged };
        const tag: Permission = {
          action: "ecs:TagResource",
          resource,
          context: { ...tagged, "ecs:CreateAction": "RegisterTaskDefinition" },
        };
        const passed = [...passRole(input.executionRoleArn), ...passRole(input.taskRoleArn)];
        return [register, ...(input.tags.length > 0 ? [tag] : []), ...passed];
      },
      run: (input, caller) => {
        const made = register(context, store, input, caller.roleArn ?? caller.name);
        return { taskDefinition: show(made), tags: asEntries(made.tags) };
      },
    }),
    DescribeTaskDefinition: operation(describeInput, {
      permissions: () => [{ action: "ecs:DescribeTaskDefinition", resource: "*" }],
      run: (input) => {
        const one = store.taskDefinition(input.taskDefinition);
        return { taskDefinition: show(one), ...(input.include.includes("TAGS") ? { tags: asEntries(one.tags) } : {}) };
      },
    }),
    DeregisterTaskDefinition: operation(deregisterInput, {
      permissions: () => [{ action: "ecs:DeregisterTaskDefinition", resource: "*" }],
      run: (input) => {
        const one = store.taskDefinition(input.taskDefinition);
        if (one.status === "DELETE_IN_PROGRESS")
          throw new AwsError("ClientException", "The task definition is being deleted.");
        const gone: TaskDefinition = { ...one, status: "INACTIVE", deregisteredAt: context.clock.now() };
        store.taskDefinitions.put(one.arn, gone);
        return { taskDefinition: show(gone) };
      },
    }),
    ListTaskDefinitions: operation(listInput, {
      permissions: () => [{ action: "ecs:ListTaskDefinitions", resource: "*" }],
      run: (input) => list(store, input),
    }),
    ListTaskDefinitionFamilies: operation(familiesInput, {
      permissions: () => [{ action: "ecs:ListTaskDefinitionFamilies", resource: "*" }],
      run: (input) => listFamilies(store, input),
    }),
    DeleteTaskDefinitions: operation(deleteInput, {
      permissions: ({ taskDefinitions }) =>
        taskDefinitions.map((nameOrArn) => ({
          action: "ecs:DeleteTaskDefinitions",
          resource: nameOrArn.startsWith("arn:") ? nameOrArn : store.arn(`task-definition/${nameOrArn}`),
        })),
      run: (input) => removeAll(store, input),
    }),
  };
}
