import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  type ECSClient,
  paginateListTaskDefinitions,
  type TaskDefinitionStatus,
} from "@aws-sdk/client-ecs";
import type { IsUnderWay } from "../../core/ports/releases.ts";
import { collected } from "../collected.ts";
import { type ReleasesOptions, serviceName } from "./options.ts";
import { services } from "./service.ts";
import { namedBy } from "./service-deployment.ts";
import { deploymentOf, describeDefinition } from "./task-definition.ts";

/** DeleteTaskDefinitions takes so many: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html */
const mostDeleted = 10;

/** The task definitions that an app's releases registered: a family of its own. */
export function taskDefinitions(ecs: ECSClient, options: ReleasesOptions) {
  const service = services(ecs, options);

  const listed = async (appId: number, status: TaskDefinitionStatus): Promise<string[]> => {
    const family = serviceName(options, appId);
    const pages = paginateListTaskDefinitions({ client: ecs }, { familyPrefix: family, status });
    const found = await collected(pages, ({ taskDefinitionArns }) => taskDefinitionArns);
    return found.filter((arn) => familyOf(arn) === family);
  };

  /** What the app's service runs, and what it may go back to. */
  const inUse = async (appId: number): Promise<ReadonlySet<string>> => {
    const now = await service.find(appId);
    return new Set(now === null ? [] : await namedBy(ecs, options.cluster, now));
  };

  return {
    /** Those that are active, and those that somebody deregistered and did not delete. */
    list: async (appId: number): Promise<readonly string[]> => {
      const [active, inactive] = await Promise.all([listed(appId, "ACTIVE"), listed(appId, "INACTIVE")]);
      return [...active, ...inactive];
    },

    /** Deregisters and deletes these, but what is in use and what those under way registered. */
    forget: async (appId: number, arns: readonly string[], isUnderWay: IsUnderWay): Promise<readonly string[]> => {
      if (arns.length === 0) return [];
      const used = await inUse(appId);
      const forgotten: string[] = [];
      for (const taskDefinition of arns.filter((arn) => !used.has(arn))) {
        const definition = await describeDefinition(ecs, taskDefinition);
        if (definition === null || definition.status === "DELETE_IN_PROGRESS") continue;
        const deployment = deploymentOf(definition);
        if (deployment !== null && (await isUnderWay(deployment))) continue;
        if (definition.status === "ACTIVE") await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
        forgotten.push(taskDefinition);
      }
      for (let from = 0; from < forgotten.length; from += mostDeleted) {
        // What ECS does not delete yet stays inactive, and is listed again the next time.
        const some = forgotten.slice(from, from + mostDeleted);
        await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: some }));
      }
      return forgotten;
    },
  };
}

/** `…:task-definition/<family>:7` is of `<family>`. */
const familyOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1, arn.lastIndexOf(":"));
