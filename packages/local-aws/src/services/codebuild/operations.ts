import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Caller, type Operation } from "../../kernel/service.ts";
import type { BuildStore } from "./build-store.ts";
import type { Builds } from "./builds.ts";
import { type Project, projectArn } from "./projects.ts";
import { type Build, describeBuild, environmentVariable } from "./records.ts";

const operation = operationsOf("InvalidInputException");

const startInput = z.object({
  projectName: z.string().min(1),
  environmentVariablesOverride: z.array(environmentVariable).default([]),
  environmentTypeOverride: z.enum(["LINUX_CONTAINER", "ARM_CONTAINER"]).optional(),
  imageOverride: z.string().min(1).optional(),
  computeTypeOverride: z.string().min(1).optional(),
  timeoutInMinutesOverride: z.int().min(5).max(2160).optional(),
  queuedTimeoutInMinutesOverride: z.int().min(5).max(480).optional(),
  buildspecOverride: z.string().optional(),
  idempotencyToken: z.string().optional(),
});
const stopInput = z.object({ id: z.string().min(1) });
const getInput = z.object({ ids: z.array(z.string().min(1)).min(1).max(100) });
const listInput = z.object({
  projectName: z.string().min(1),
  sortOrder: z.enum(["ASCENDING", "DESCENDING"]).default("DESCENDING"),
  nextToken: z.string().optional(),
});
type StartInput = z.infer<typeof startInput>;

const TOKEN_LIFE_MS = 5 * 60_000;
/** An account may have five times as many builds waiting as running. */
const QUEUED_PER_RUNNING = 5;
const PAGE = 100;

export interface OperationsDeps {
  readonly context: LocalContext;
  readonly projects: ReadonlyMap<string, Project>;
  readonly buildStore: BuildStore;
  readonly builds: Builds;
  /** How many builds the account may run at once. */
  readonly limit: number;
}

/** Builds are named by id or by ARN. */
const idOf = (name: string): string => name.replace(/^arn:[^/]*\//, "");
const projectOf = (name: string): string => idOf(name).replace(/:[^:]*$/, "");

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** What an earlier request with the same token started, in the five minutes for which CodeBuild keeps tokens. */
function startedBefore(
  { buildStore, context }: OperationsDeps,
  token: string | undefined,
  request: string,
): Build | undefined {
  const since = context.clock.now() - TOKEN_LIFE_MS;
  const earlier =
    token === undefined ? undefined : buildStore.startedWith(token).findLast(({ startTime }) => startTime > since);
  if (earlier !== undefined && earlier.request !== request) {
    throw new AwsError(
      "InvalidInputException",
      "The idempotency token was used before with other parameters (parameter mismatch)",
    );
  }
  return earlier;
}

function refuseOverLimit({ buildStore, builds, limit }: OperationsDeps, { name, properties }: Project): void {
  const { ConcurrentBuildLimit: own = Number.POSITIVE_INFINITY } = properties;
  const active = buildStore.unfinished().filter(({ projectName }) => projectName === name).length;
  if (active >= own) {
    throw new AwsError(
      "AccountLimitExceededException",
      `Cannot have more than ${own} active builds for the project ${name}`,
    );
  }
  const { running, queued } = builds.load();
  if (running >= limit && queued >= limit * QUEUED_PER_RUNNING) {
    throw new AwsError(
      "AccountLimitExceededException",
      `Cannot have more than ${limit * QUEUED_PER_RUNNING} builds in queue for the account`,
    );
  }
}

/** A build of the project as the request wants it, not yet submitted. */
function buildOf(
  deps: OperationsDeps,
  { name, properties }: Project,
  input: StartInput,
  request: string,
  caller: Caller,
) {
  const { context, buildStore } = deps;
  const { Source, Environment } = properties;
  const id = `${name}:${uuid(context.randomHex(32))}`;
  const overridden = input.environmentVariablesOverride.map((variable) => variable.name);
  const buildspec = input.buildspecOverride ?? Source.BuildSpec;
  return {
    id,
    arn: `arn:aws:codebuild:${context.region}:${context.account}:build/${id}`,
    number: buildStore.nextNumber(name),
    projectName: name,
    variables: [
      ...Environment.EnvironmentVariables.filter((variable) => !overridden.includes(variable.name)),
      ...input.environmentVariablesOverride,
    ],
    source: {
      type: Source.Type,
      ...(Source.Location === undefined ? {} : { location: Source.Location }),
      ...(buildspec === undefined ? {} : { buildspec }),
    },
    environment: {
      type: input.environmentTypeOverride ?? Environment.Type,
      image: input.imageOverride ?? Environment.Image,
      computeType: input.computeTypeOverride ?? Environment.ComputeType,
      privilegedMode: Environment.PrivilegedMode,
    },
    serviceRole: properties.ServiceRole,
    initiator: caller.name,
    timeoutInMinutes: input.timeoutInMinutesOverride ?? properties.TimeoutInMinutes,
    queuedTimeoutInMinutes: input.queuedTimeoutInMinutesOverride ?? properties.QueuedTimeoutInMinutes,
    token: input.idempotencyToken ?? null,
    request,
  };
}

function startOperation(deps: OperationsDeps): Operation {
  const { context, projects, buildStore, builds } = deps;
  return operation(startInput, {
    permissions: ({ projectName }) => [{ action: "codebuild:StartBuild", resource: projectArn(context, projectName) }],
    run: (input, caller) => {
      const { idempotencyToken, ...rest } = input;
      const project = projects.get(input.projectName);
      if (project === undefined) {
        const arn = projectArn(context, input.projectName);
        throw new AwsError("ResourceNotFoundException", `Project cannot be found: ${arn}`);
      }
      const request = JSON.stringify(rest);
      const earlier = startedBefore(deps, idempotencyToken, request);
      if (earlier !== undefined) return { build: describeBuild(earlier) };
      refuseOverLimit(deps, project);
      const build = buildStore.submit(buildOf(deps, project, input, request, caller));
      builds.enqueue(build);
      return { build: describeBuild(buildStore.get(build.id) ?? build) };
    },
  });
}

function stopOperation({ context, buildStore, builds }: OperationsDeps): Operation {
  return operation(stopInput, {
    permissions: ({ id }) => [{ action: "codebuild:StopBuild", resource: projectArn(context, projectOf(id)) }],
    run: ({ id }) => {
      const build = buildStore.get(idOf(id));
      if (build === undefined) throw new AwsError("ResourceNotFoundException", `Build ${id} does not exist`);
      if (build.status === "IN_PROGRESS") builds.stop(build.id, "STOPPED");
      return { build: describeBuild(buildStore.get(build.id) ?? build) };
    },
  });
}

function listOperation({ context, projects, buildStore }: OperationsDeps): Operation {
  return operation(listInput, {
    permissions: ({ projectName }) => [
      { action: "codebuild:ListBuildsForProject", resource: projectArn(context, projectName) },
    ],
    run: ({ projectName, sortOrder, nextToken = "0" }) => {
      const arn = projectArn(context, projectName);
      if (!projects.has(projectName))
        throw new AwsError("ResourceNotFoundException", `Project cannot be found: ${arn}`);
      const from = Number(nextToken);
      if (!Number.isSafeInteger(from) || from < 0) throw new AwsError("InvalidInputException", "Invalid nextToken");
      const ids = buildStore.of(projectName).map(({ id }) => id);
      if (sortOrder === "DESCENDING") ids.reverse();
      const more = from + PAGE < ids.length ? { nextToken: String(from + PAGE) } : {};
      return { ids: ids.slice(from, from + PAGE), ...more };
    },
  });
}

/** The operations of CodeBuild. Permissions are those on the project, also where a build is named. */
export function codeBuildOperations(deps: OperationsDeps): Readonly<Record<string, Operation>> {
  const { context, buildStore } = deps;
  return {
    StartBuild: startOperation(deps),
    StopBuild: stopOperation(deps),
    BatchGetBuilds: operation(getInput, {
      permissions: ({ ids }) =>
        [...new Set(ids.map(projectOf))].map((name) => ({
          action: "codebuild:BatchGetBuilds",
          resource: projectArn(context, name),
        })),
      run: ({ ids }) => {
        const found = ids.map((id) => [id, buildStore.get(idOf(id))] as const);
        return {
          builds: found.flatMap(([, build]) => (build === undefined ? [] : [describeBuild(build)])),
          buildsNotFound: found.flatMap(([id, build]) => (build === undefined ? [id] : [])),
        };
      },
    }),
    ListBuildsForProject: listOperation(deps),
  };
}
