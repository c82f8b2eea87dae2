import {
  ClientException,
  type ContainerDefinition,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  type RegisterTaskDefinitionCommandInput,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import { type Process, sizeOf, webProcess } from "../../core/app.ts";
import { streamPrefix } from "../../core/app-log/stream.ts";
import { secretParameter } from "../../core/configuration/secret-parameter.ts";
import { repositoriesOf } from "../../core/images.ts";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import { appLogGroup, ecsTags, ownerTags, type ReleasesOptions, serviceName } from "./options.ts";

const deploymentVariable = "SLIPWAY_DEPLOYMENT_ID";

/** Fargate takes 2 to 120 seconds: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html */
const shortestStop = 2;

/** The one container of an app's task. */
export const containerName = "app";

/** What a release runs. It names its deployment in its environment, so that a release can be recognised as ours. */
export const taskDefinitionOf = (order: ReleaseOrder, options: ReleasesOptions): RegisterTaskDefinitionCommandInput => {
  const { port } = order.settings;
  const portMappings = [{ containerPort: port, protocol: "tcp" } as const];
  return definitionOf(order, options, {
    name: webProcess,
    container: { portMappings },
    variables: { PORT: String(port) },
  });
};

/** What a process beside `web` runs. It is in the app's family, and gets no port. */
export const processDefinitionOf = (
  order: ReleaseOrder,
  process: Process,
  options: ReleasesOptions,
): RegisterTaskDefinitionCommandInput =>
  definitionOf({ ...order, settings: sizeOf(order.settings, process) }, options, {
    name: process.name,
    container: { command: [...process.command] },
    variables: {},
  });

interface Part {
  readonly name: string;
  readonly container: Pick<ContainerDefinition, "command" | "portMappings">;
  readonly variables: Readonly<Record<string, string>>;
}

function definitionOf(
  order: ReleaseOrder,
  options: ReleasesOptions,
  { name: process, container, variables }: Part,
): RegisterTaskDefinitionCommandInput {
  const { settings } = order;
  const environment = {
    ...settings.env,
    ...variables,
    ...(options.privateNames === null ? {} : { SLIPWAY_PRIVATE_DOMAIN: privateDomain(options.privateNames) }),
    SLIPWAY_PROCESS: process,
    SLIPWAY_APP: settings.name,
    SLIPWAY_COMMIT: order.commit_hash,
    [deploymentVariable]: String(order.deployment_id),
  };
  return {
    family: serviceName(options, order.app_id),
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: String(settings.cpu),
    memory: String(settings.memory),
    executionRoleArn: options.taskExecutionRoleArn,
    taskRoleArn: settings.role === null ? options.taskRoleArn : `${options.appRolesArn}${settings.role}`,
    runtimePlatform: {
      cpuArchitecture: settings.architecture === "arm64" ? "ARM64" : "X86_64",
      operatingSystemFamily: "LINUX",
    },
    containerDefinitions: [
      {
        name: containerName,
        image: `${repositoriesOf(options.repositoriesUri, order.image_app_id ?? order.app_id).images}@${order.image_digest}`,
        essential: true,
        stopTimeout: Math.max(shortestStop, settings.stop_seconds),
        ...container,
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        secrets: settings.secrets.map((name) => ({
          name,
          valueFrom: `${options.secretsPrefix}/${order.app_id}/${secretParameter(name, settings.secret_versions[name])}`,
        })),
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": appLogGroup(options, order.app_id),
            "awslogs-region": options.region,
            "awslogs-stream-prefix": streamPrefix(process, order.deployment_id),
            // An app must not wait for CloudWatch. What is printed while that takes nothing is kept up to this size.
            mode: "non-blocking",
            "max-buffer-size": "25m",
          },
        },
      },
    ],
    tags: ecsTags(ownerTags(options, order.app_id)),
  };
}

/** What follows the name of an internal app and a dot in its address. */
const privateDomain = ({ url }: NonNullable<ReleasesOptions["privateNames"]>): string =>
  url.replace("http://{name}.", "");

/** The deployment that registered a task definition; `null`: none of ours. */
export function deploymentOf(definition: TaskDefinition | null): number | null {
  const variables = definition?.containerDefinitions?.[0]?.environment ?? [];
  const id = variables.find(({ name }) => name === deploymentVariable)?.value;
  return id === undefined ? null : Number(id);
}

/** Whether a task definition is the one of this deployment. */
export const isOf = (definition: TaskDefinition | null, deploymentId: number): boolean =>
  deploymentOf(definition) === deploymentId;

/** A task definition; `null`: it was deleted to the end, and ECS knows it no more. */
export async function describeDefinition(ecs: ECSClient, taskDefinition: string): Promise<TaskDefinition | null> {
  try {
    return (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition ?? null;
  } catch (error) {
    if (error instanceof ClientException && error.message.includes("Unable to describe")) return null;
    throw error;
  }
}
