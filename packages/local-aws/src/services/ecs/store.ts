import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError } from "../../kernel/service.ts";
import type { Collection } from "../../kernel/state.ts";
import {
  type Revision,
  revision,
  type Service,
  type ServiceDeployment,
  service,
  serviceDeployment,
  type Task,
  type TaskDefinition,
  task,
  taskDefinition,
} from "./model.ts";

const cluster = z.object({ name: z.string(), arn: z.string() });

/** The durable state of ECS. The getters take a name or an ARN and throw the error that AWS has for what is absent. */
export interface Store {
  readonly clusters: Collection<z.infer<typeof cluster>>;
  readonly services: Collection<Service>;
  readonly revisions: Collection<Revision, "service">;
  readonly deployments: Collection<ServiceDeployment, "service">;
  readonly tasks: Collection<Task, "status">;
  readonly taskDefinitions: Collection<TaskDefinition, "family" | "active">;
  /** `arn:aws:ecs:<region>:<account>:<rest>`. */
  arn(rest: string): string;
  /** The cluster's name; `default` if none is named. */
  cluster(nameOrArn: string | undefined): string;
  serviceArn(cluster: string | undefined, nameOrArn: string): string;
  service(arn: string): Service;
  /** `family`: its newest active revision; `family:revision`; an ARN. */
  taskDefinition(nameOrArn: string): TaskDefinition;
  /** Newest first. */
  deploymentsOf(serviceArn: string): ServiceDeployment[];
  change(service: Service, changes: Partial<Service>): Service;
}

const lastOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

function findDefinition(
  { taskDefinitions, arn }: Pick<Store, "taskDefinitions" | "arn">,
  nameOrArn: string,
): TaskDefinition | undefined {
  const name = nameOrArn.startsWith("arn:") ? lastOf(nameOrArn) : nameOrArn;
  const [family = "", number] = name.split(":");
  if (number !== undefined) return taskDefinitions.get(arn(`task-definition/${family}:${Number(number)}`));
  return taskDefinitions.where("active", family).sort((a, b) => b.revision - a.revision)[0];
}

export function openStore({ state, region, account }: Pick<LocalContext, "state" | "region" | "account">): Store {
  const arn = (rest: string): string => `arn:aws:ecs:${region}:${account}:${rest}`;
  const clusters = state.collection("ecs.clusters", cluster);
  const services = state.collection("ecs.services", service);
  const deployments = state.collection("ecs.deployments", serviceDeployment, {
    service: ({ serviceArn }) => serviceArn,
  });
  const taskDefinitions = state.collection("ecs.taskDefinitions", taskDefinition, {
    family: ({ family }) => family,
    active: ({ family, status }) => (status === "ACTIVE" ? family : null),
  });
  return {
    clusters,
    services,
    revisions: state.collection("ecs.revisions", revision, { service: ({ serviceArn }) => serviceArn }),
    deployments,
    tasks: state.collection("ecs.tasks", task, { status: ({ desiredStatus }) => desiredStatus }),
    taskDefinitions,
    arn,
    cluster: (nameOrArn = "default") => {
      const known = clusters.get(lastOf(nameOrArn));
      if (known === undefined) throw new AwsError("ClusterNotFoundException", "Cluster not found.");
      return known.name;
    },
    serviceArn: (inCluster, nameOrArn) =>
      nameOrArn.startsWith("arn:") ? nameOrArn : arn(`service/${lastOf(inCluster ?? "default")}/${nameOrArn}`),
    service: (serviceArn) => {
      const known = services.get(serviceArn);
      if (known === undefined) throw new AwsError("ServiceNotFoundException", "Service not found.");
      return known;
    },
    taskDefinition: (nameOrArn) => {
      const known = findDefinition({ taskDefinitions, arn }, nameOrArn);
      if (known === undefined) throw new AwsError("ClientException", "Unable to describe task definition.");
      return known;
    },
    deploymentsOf: (serviceArn) =>
      deployments.where("service", serviceArn).sort((a, b) => b.createdAt - a.createdAt || b.arn.localeCompare(a.arn)),
    change: (one, changes) => {
      const changed = { ...one, ...changes };
      services.put(one.arn, changed);
      return changed;
    },
  };
}
