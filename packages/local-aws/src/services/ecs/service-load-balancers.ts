import { AwsError, type Permission } from "../../kernel/service.ts";
import type { Elb } from "../elb/elb.ts";
import type { Revision, Service } from "./model.ts";
import type { Store } from "./store.ts";

interface Shelf {
  readonly store: Store;
  readonly elb: Elb;
}
type Shifted = Pick<Service, "deploymentConfiguration" | "loadBalancers">;

export const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

/** Throws where a service's load balancers and its task definition do not fit, or lead nowhere. */
export function checkLoadBalancers(
  { store, elb }: Shelf,
  wanted: Pick<Service, "loadBalancers" | "taskDefinition">,
): void {
  const { container } = store.taskDefinition(wanted.taskDefinition);
  for (const { targetGroupArn, containerName, containerPort } of wanted.loadBalancers) {
    if (container.name !== containerName) {
      throw invalid(`The container ${containerName} does not exist in the task definition.`);
    }
    if (!container.portMappings.some((mapping) => mapping.containerPort === containerPort)) {
      throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
    if (!inUse(elb, targetGroupArn)) {
      throw invalid(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
  }
}

/** What ECS insists on before it shifts traffic. `steady`: what serves now, which must be able to give traffic away. */
export function checkShifting({ elb }: Pick<Shelf, "elb">, wanted: Shifted, steady: Revision | undefined): void {
  if (wanted.deploymentConfiguration.strategy === "ROLLING") return;
  const all = [...wanted.loadBalancers, ...(steady?.loadBalancers ?? [])];
  if (all.some(({ advancedConfiguration }) => advancedConfiguration === undefined)) {
    const { strategy } = wanted.deploymentConfiguration;
    throw invalid(`The ${strategy} deployment strategy needs an advancedConfiguration that was deployed before.`);
  }
  for (const { advancedConfiguration } of wanted.loadBalancers) {
    const { alternateTargetGroupArn = "", productionListenerRule = "", testListenerRule } = advancedConfiguration ?? {};
    if (!inUse(elb, alternateTargetGroupArn)) {
      throw invalid(`The target group ${alternateTargetGroupArn} does not have an associated load balancer.`);
    }
    const rules = [productionListenerRule, ...(testListenerRule === undefined ? [] : [testListenerRule])];
    for (const rule of rules) {
      if (elb.share(rule, alternateTargetGroupArn) === null)
        throw invalid(`The listener rule ${rule} forwards nothing.`);
    }
  }
}

function inUse(elb: Elb, targetGroupArn: string): boolean {
  try {
    return elb.inUse(targetGroupArn);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "TargetGroupNotFound") throw error;
    throw invalid(`The target group ${targetGroupArn} does not exist.`);
  }
}

/** Handing ECS the role that moves listener rules is a permission of its own. */
export const passRoles = (loadBalancers: Service["loadBalancers"]): Permission[] =>
  loadBalancers.flatMap(({ advancedConfiguration }) =>
    advancedConfiguration === undefined
      ? []
      : [
          {
            action: "iam:PassRole",
            resource: advancedConfiguration.roleArn,
            context: { "iam:PassedToService": "ecs.amazonaws.com" },
          },
        ],
  );
