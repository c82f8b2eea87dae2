import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import { AwsError, type Caller, type Operation, type Permission } from "../../kernel/service.ts";
import type { EcsDeps } from "./deps.ts";
import { deploymentConfiguration, type Service, serviceLoadBalancer } from "./model.ts";
import { checkLoadBalancers, checkShifting, invalid, passRoles } from "./service-load-balancers.ts";
import { showService } from "./service-shape.ts";
import type { Store } from "./store.ts";
import { mergeTags, resourceContext, tagContext, tags } from "./tags.ts";
import { activeDefinition } from "./task-definitions.ts";

const operation = operationsOf("InvalidParameterException");
const count = z.int().min(0).max(5000);
/** Checked when it is put over what the service has. */
const partialConfiguration = z.looseObject({});

const createInput = z.object({
  cluster: z.string().optional(),
  serviceName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  taskDefinition: z.string(),
  desiredCount: count.default(1),
  clientToken: z.string().max(64).optional(),
  launchType: z.literal("FARGATE").default("FARGATE"),
  loadBalancers: z.array(serviceLoadBalancer).default([]),
  deploymentConfiguration: partialConfiguration.default({}),
  healthCheckGracePeriodSeconds: z.int().min(0).default(0),
  networkConfiguration: z.unknown().optional(),
  propagateTags: z.enum(["NONE", "SERVICE", "TASK_DEFINITION"]).default("NONE"),
  tags,
});
const updateInput = z.object({
  cluster: z.string().optional(),
  service: z.string(),
  taskDefinition: z.string().optional(),
  desiredCount: count.optional(),
  forceNewDeployment: z.boolean().default(false),
  loadBalancers: z.array(serviceLoadBalancer).optional(),
  deploymentConfiguration: partialConfiguration.optional(),
  healthCheckGracePeriodSeconds: z.int().min(0).optional(),
  networkConfiguration: z.unknown().optional(),
});
const deleteInput = z.object({
  cluster: z.string().optional(),
  service: z.string(),
  force: z.boolean().default(false),
});
const describeInput = z.object({
  cluster: z.string().optional(),
  services: z.array(z.string()).min(1).max(10),
  include: z.array(z.string()).default([]),
});
const listInput = z.object({
  cluster: z.string().optional(),
  maxResults: z.int().min(1).max(100).default(10),
  nextToken: z.string().regex(/^\d+$/).default("0"),
});
const tagInput = z.object({ resourceArn: z.string(), tags });

/** What was said over `has`, and the defaults of what never was. */
function configured(has: object, given: object): Service["deploymentConfiguration"] {
  const said = { ...has, ...given };
  const parsed = deploymentConfiguration.safeParse(said);
  if (!parsed.success) throw invalid(`deploymentConfiguration: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.strategy === "BLUE_GREEN" && !("bakeTimeInMinutes" in said)) {
    throw invalid("bakeTimeInMinutes is required for the BLUE_GREEN deployment strategy.");
  }
  return parsed.data;
}

function create(deps: EcsDeps, input: z.infer<typeof createInput>, caller: Caller): Service {
  const { context, store, scheduler } = deps;
  const cluster = store.cluster(input.cluster);
  const arn = store.arn(`service/${cluster}/${input.serviceName}`);
  const existing = store.services.get(arn);
  if (existing?.status === "ACTIVE") {
    if (input.clientToken !== undefined && existing.clientToken === input.clientToken) return existing;
    throw invalid("Creation of service was not idempotent.");
  }
  if (existing?.status === "DRAINING") throw invalid("Unable to Start a service that is still Draining.");
  const taskDefinition = activeDefinition(store, input.taskDefinition).arn;
  checkLoadBalancers(deps, { ...input, taskDefinition });
  const configuration = configured({}, input.deploymentConfiguration);
  checkShifting(deps, { ...input, deploymentConfiguration: configuration }, undefined);
  const { clientToken, cluster: _cluster, serviceName: name, ...rest } = input;
  const made: Service = {
    ...rest,
    ...(clientToken === undefined ? {} : { clientToken }),
    arn,
    name,
    cluster,
    status: "ACTIVE",
    taskDefinition,
    deploymentConfiguration: configuration,
    createdAt: context.clock.now(),
    createdBy: caller.roleArn ?? caller.name,
    deployment: null,
    steady: null,
    halted: false,
    events: [],
  };
  const begun = scheduler.deploying.begin(made, []);
  scheduler.wake(arn);
  return begun;
}

function active({ store }: EcsDeps, cluster: string | undefined, name: string): Service {
  store.cluster(cluster);
  const service = store.service(store.serviceArn(cluster, name));
  if (service.status !== "ACTIVE") throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
  return service;
}

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

function update(deps: EcsDeps, input: z.infer<typeof updateInput>): Service {
  const { store, scheduler } = deps;
  const service = active(deps, input.cluster, input.service);
  const wanted: Service = {
    ...service,
    taskDefinition:
      input.taskDefinition === undefined ? service.taskDefinition : activeDefinition(store, input.taskDefinition).arn,
    desiredCount: input.desiredCount ?? service.desiredCount,
    loadBalancers: input.loadBalancers ?? service.loadBalancers,
    networkConfiguration: input.networkConfiguration ?? service.networkConfiguration,
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds,
    deploymentConfiguration: configured(service.deploymentConfiguration, input.deploymentConfiguration ?? {}),
  };
  checkLoadBalancers(deps, wanted);
  checkShifting(deps, wanted, store.revisions.get(service.steady ?? ""));
  const deployed = ({ taskDefinition, loadBalancers, networkConfiguration }: Service) => [
    taskDefinition,
    loadBalancers,
    networkConfiguration,
  ];
  const anew = input.forceNewDeployment || differs(deployed(service), deployed(wanted));
  const running = scheduler.taskSet.of(service.arn).filter(({ leaving }) => !leaving);
  const sources = [...new Set(running.map(({ task }) => task.revision))];
  const known = service.steady === null || sources.includes(service.steady) ? sources : [service.steady, ...sources];
  const changed = anew ? scheduler.deploying.begin(wanted, known) : store.change(wanted, {});
  scheduler.wake(service.arn);
  return changed;
}

function remove(deps: EcsDeps, input: z.infer<typeof deleteInput>): Service {
  const { store, scheduler, context } = deps;
  const service = active(deps, input.cluster, input.service);
  if (!input.force && service.desiredCount > 0) {
    throw invalid("The service cannot be stopped while it is scaled above 0.");
  }
  const unfinished = service.deployment === null ? undefined : store.deployments.get(service.deployment);
  const now = context.clock.now();
  if (unfinished !== undefined) {
    const statusReason = "The service was deleted.";
    store.deployments.put(unfinished.arn, {
      ...unfinished,
      status: "STOPPED",
      statusReason,
      stoppedAt: now,
      finishedAt: now,
      updatedAt: now,
    });
  }
  const empty = scheduler.taskSet.of(service.arn).length === 0;
  const status = empty ? "INACTIVE" : "DRAINING";
  const gone = store.change(service, { status, desiredCount: 0, deployment: null, steady: null });
  scheduler.wake(service.arn);
  return gone;
}

function describe(deps: EcsDeps, input: z.infer<typeof describeInput>): unknown {
  const { store } = deps;
  const cluster = store.cluster(input.cluster);
  const arns = input.services.map((name) => store.serviceArn(cluster, name));
  const found = arns.flatMap((arn) => store.services.get(arn) ?? []);
  const missing = arns.filter((arn) => store.services.get(arn) === undefined);
  return {
    services: found.map((one) => {
      const { tags: has, ...shown } = showService(store, deps.scheduler.taskSet, one);
      return input.include.includes("TAGS") ? { ...shown, tags: has } : shown;
    }),
    failures: missing.map((arn) => ({ arn, reason: "MISSING" })),
  };
}

function listAll(store: Store, { cluster, maxResults, nextToken }: z.infer<typeof listInput>): unknown {
  const name = store.cluster(cluster);
  const found = store.services.all().filter((one) => one.cluster === name && one.status !== "INACTIVE");
  const from = Number(nextToken);
  const to = from + maxResults;
  const more = to < found.length ? { nextToken: String(to) } : {};
  return { serviceArns: found.slice(from, to).map(({ arn }) => arn), ...more };
}

function tag({ store }: EcsDeps, { resourceArn, tags: given }: z.infer<typeof tagInput>): unknown {
  const service = store.services.get(resourceArn);
  const definition = store.taskDefinitions.get(resourceArn);
  if (service !== undefined) store.change(service, { tags: mergeTags(service.tags, given) });
  else if (definition !== undefined) {
    store.taskDefinitions.put(resourceArn, { ...definition, tags: mergeTags(definition.tags, given) });
  } else throw invalid("The specified resource ARN is not one of the local mode's.");
  return {};
}

export function serviceOperations(deps: EcsDeps): Record<string, Operation> {
  const { store, scheduler } = deps;
  const show = (service: Service) => ({ service: showService(store, scheduler.taskSet, store.service(service.arn)) });
  const on = (action: string, cluster: string | undefined, name: string): Permission => {
    const resource = store.serviceArn(cluster, name);
    const has = store.services.get(resource)?.tags ?? [];
    return {
      action: `ecs:${action}`,
      resource,
      context: { ...resourceContext(has), "ecs:cluster": clusterArn(store, cluster) },
    };
  };
  return {
    CreateService: operation(createInput, {
      permissions: ({ cluster, serviceName, tags: given, loadBalancers }) => {
        const base = on("CreateService", cluster, serviceName);
        const permission = { ...base, context: { ...base.context, ...tagContext(given) } };
        const tagging = { "ecs:CreateAction": "CreateService" };
        const tagged = { ...permission, action: "ecs:TagResource", context: { ...permission.context, ...tagging } };
        const created = given.length === 0 ? [permission] : [permission, tagged];
        return [...created, ...passRoles(loadBalancers)];
      },
      run: (input, caller) => show(create(deps, input, caller)),
    }),
    UpdateService: operation(updateInput, {
      permissions: ({ cluster, service, loadBalancers = [] }) => [
        on("UpdateService", cluster, service),
        ...passRoles(loadBalancers),
      ],
      run: (input) => show(update(deps, input)),
    }),
    DeleteService: operation(deleteInput, {
      permissions: ({ cluster, service }) => [on("DeleteService", cluster, service)],
      run: (input) => show(remove(deps, input)),
    }),
    DescribeServices: operation(describeInput, {
      permissions: ({ cluster, services }) => services.map((name) => on("DescribeServices", cluster, name)),
      run: (input) => describe(deps, input),
    }),
    ListServices: operation(listInput, {
      // It has no resource of its own; policies name the cluster by a condition.
      permissions: ({ cluster }) => [
        { action: "ecs:ListServices", resource: "*", context: { "ecs:cluster": clusterArn(store, cluster) } },
      ],
      run: (input) => listAll(store, input),
    }),
    TagResource: operation(tagInput, {
      permissions: ({ resourceArn, tags: given }) => [
        { action: "ecs:TagResource", resource: resourceArn, context: tagContext(given) },
      ],
      run: (input) => tag(deps, input),
    }),
  };
}

/** For conditions: the ARN of a cluster that is named by either. */
export function clusterArn(store: Store, nameOrArn = "default"): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn : store.arn(`cluster/${nameOrArn}`);
}
