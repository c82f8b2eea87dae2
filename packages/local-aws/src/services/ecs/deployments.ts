import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import type { EcsDeps } from "./deps.ts";
import { isFinished, type ServiceDeployment, serviceDeployment } from "./model.ts";
import { showBrief, showRevision, showServiceDeployment } from "./service-shape.ts";
import { clusterArn } from "./services.ts";

const operation = operationsOf("InvalidParameterException");

const listInput = z.object({
  service: z.string(),
  cluster: z.string().optional(),
  status: z.array(serviceDeployment.shape.status).optional(),
  maxResults: z.int().min(1).max(100).default(20),
  nextToken: z.string().regex(/^\d+$/).optional(),
});
const describeInput = z.object({ serviceDeploymentArns: z.array(z.string()).min(1).max(20) });
const revisionsInput = z.object({ serviceRevisionArns: z.array(z.string()).min(1).max(20) });
const stopInput = z.object({
  serviceDeploymentArn: z.string(),
  stopType: z.enum(["ROLLBACK", "ABORT"]).default("ROLLBACK"),
});
const continueInput = z.object({
  serviceDeploymentArn: z.string(),
  hookId: z.string(),
  action: z.enum(["CONTINUE", "ROLLBACK"]).default("CONTINUE"),
});

const unknown = (arn: string) =>
  new AwsError("ServiceDeploymentNotFoundException", `Service deployment ${arn} not found.`);

/** What ECS lists is eventually consistent: each service deployment comes into the list at a moment of its own. */
function isListed({ context, listDelayMs }: EcsDeps, { arn, createdAt }: ServiceDeployment): boolean {
  const age = context.clock.now() - createdAt;
  const delay = (Number.parseInt(arn.slice(-4), 16) / 0xffff) * listDelayMs;
  // A clock that went back hides nothing.
  return age < 0 || age >= delay;
}

function list(deps: EcsDeps, input: z.infer<typeof listInput>): unknown {
  const { store } = deps;
  store.cluster(input.cluster);
  const { arn } = store.service(store.serviceArn(input.cluster, input.service));
  const wanted = store.deploymentsOf(arn).filter(({ status }) => input.status?.includes(status) ?? true);
  const all = wanted.filter((one) => isListed(deps, one));
  const from = Number(input.nextToken ?? 0);
  const to = from + input.maxResults;
  const more = to < all.length ? { nextToken: String(to) } : {};
  return { serviceDeployments: all.slice(from, to).map(showBrief), ...more };
}

function stop({ store, scheduler, context }: EcsDeps, input: z.infer<typeof stopInput>): unknown {
  const deployment = store.deployments.get(input.serviceDeploymentArn);
  if (deployment === undefined) throw unknown(input.serviceDeploymentArn);
  const { arn, serviceArn } = deployment;
  if (isFinished(deployment)) {
    throw new AwsError("ConflictException", "The service deployment is finished and cannot be stopped.");
  }
  const rollingBack = deployment.status === "ROLLBACK_REQUESTED" || deployment.status === "ROLLBACK_IN_PROGRESS";
  if (input.stopType === "ROLLBACK" && !rollingBack) {
    if (store.service(serviceArn).steady === null) {
      throw new AwsError("ConflictException", "There is no completed service revision to roll back to.");
    }
    store.deployments.put(arn, { ...deployment, status: "ROLLBACK_REQUESTED", updatedAt: context.clock.now() });
  } else if (input.stopType === "ABORT") {
    store.deployments.put(arn, { ...deployment, status: "STOP_REQUESTED", updatedAt: context.clock.now() });
  }
  scheduler.wake(serviceArn);
  return { serviceDeploymentArn: arn };
}

function goOn({ store, scheduler }: EcsDeps, input: z.infer<typeof continueInput>): unknown {
  const { serviceDeploymentArn, hookId, action } = input;
  const deployment = store.deployments.get(serviceDeploymentArn);
  if (deployment === undefined) throw unknown(serviceDeploymentArn);
  const isIts = deployment.shift?.hook?.id === hookId;
  if (!isIts || !scheduler.deploying.unpause(deployment, action === "CONTINUE" ? "SUCCEEDED" : "FAILED")) {
    throw new AwsError("InvalidParameterException", "The service deployment does not wait for this lifecycle hook.");
  }
  scheduler.wake(deployment.serviceArn);
  return { serviceDeploymentArn };
}

export function deploymentOperations(deps: EcsDeps): Record<string, Operation> {
  const { store } = deps;
  const on = (name: string, arns: readonly string[]) => arns.map((resource) => ({ action: `ecs:${name}`, resource }));
  const failures = (arns: readonly string[], known: (arn: string) => unknown) =>
    arns.filter((arn) => known(arn) === undefined).map((arn) => ({ arn, reason: "MISSING" }));
  return {
    ListServiceDeployments: operation(listInput, {
      permissions: ({ cluster, service }) => [
        {
          action: "ecs:ListServiceDeployments",
          resource: store.serviceArn(cluster, service),
          context: { "ecs:cluster": clusterArn(store, cluster) },
        },
      ],
      run: (input) => list(deps, input),
    }),
    DescribeServiceDeployments: operation(describeInput, {
      permissions: ({ serviceDeploymentArns }) => on("DescribeServiceDeployments", serviceDeploymentArns),
      run: ({ serviceDeploymentArns }) => ({
        serviceDeployments: serviceDeploymentArns
          .flatMap((arn) => store.deployments.get(arn) ?? [])
          .map((one) => showServiceDeployment(deps, one)),
        failures: failures(serviceDeploymentArns, store.deployments.get),
      }),
    }),
    DescribeServiceRevisions: operation(revisionsInput, {
      permissions: ({ serviceRevisionArns }) => on("DescribeServiceRevisions", serviceRevisionArns),
      run: ({ serviceRevisionArns }) => ({
        serviceRevisions: serviceRevisionArns
          .flatMap((arn) => store.revisions.get(arn) ?? [])
          .map((one) => {
            // A revision of long ago outlives its task definition.
            const { image = "", name = "" } = store.taskDefinitions.get(one.taskDefinition)?.container ?? {};
            return showRevision(one, image, name);
          }),
        failures: failures(serviceRevisionArns, store.revisions.get),
      }),
    }),
    StopServiceDeployment: operation(stopInput, {
      permissions: ({ serviceDeploymentArn }) => on("StopServiceDeployment", [serviceDeploymentArn]),
      run: (input) => stop(deps, input),
    }),
    ContinueServiceDeployment: operation(continueInput, {
      permissions: ({ serviceDeploymentArn }) => on("ContinueServiceDeployment", [serviceDeploymentArn]),
      run: (input) => goOn(deps, input),
    }),
  };
}
