import {
  AccountLimitExceededException,
  BatchGetBuildsCommand,
  type Build,
  type CodeBuildClient,
  InvalidInputException,
  paginateListBuildsForProject,
  ResourceNotFoundException,
  StartBuildCommand,
  type StartBuildCommandInput,
  StopBuildCommand,
} from "@aws-sdk/client-codebuild";
import type { Architecture } from "../../core/app.ts";
import type { BuildSeen } from "../../core/deployment/event.ts";
import type { BuildOrder, BuildReports, BuildStart, Builds } from "../../core/ports/builds.ts";
import { recent } from "../recent.ts";

/** CodeBuild honours an idempotency token for five minutes; a little less is relied on. */
const tokenSeconds = 240;
/** Builds whose orders a process remembers: one that ends is most often one that it started. */
const mostOrders = 100;
/** CodeBuild's clock and ours. */
const clocksDifferMs = 5 * 60_000;

const statusOf: Readonly<Record<string, BuildSeen["status"]>> = {
  IN_PROGRESS: "in_progress",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  FAULT: "fault",
  STOPPED: "stopped",
  TIMED_OUT: "timed_out",
};

/** What a build has otherwise than its project: https://docs.aws.amazon.com/codebuild/latest/userguide/ec2-compute-images.html */
const hosts = {
  x86_64: {},
  arm64: { environmentTypeOverride: "ARM_CONTAINER", imageOverride: "aws/codebuild/amazonlinux-aarch64-standard:4.0" },
} as const satisfies Readonly<Record<Architecture, Partial<StartBuildCommandInput>>>;

export interface BuildsOptions {
  readonly project: string;
  readonly reports: BuildReports;
  readonly now: () => string;
  /** A fresh claim ticket. */
  readonly ticket: () => string;
}

/** Builds in CodeBuild. A build names its order in its environment, so that it can be found again. */
export function awsBuilds(client: CodeBuildClient, { project, reports, now, ticket }: BuildsOptions): Builds {
  /** A build's order never changes. */
  const orders = recent<string, BuildOrder>(mostOrders);

  const describe = async (ids: readonly string[]): Promise<Build[]> => {
    if (ids.length === 0) return [];
    return (await client.send(new BatchGetBuildsCommand({ ids: [...ids] }))).builds ?? [];
  };

  /** The build of an order, newest first, back to when its report was opened: that is before any build of it is started. */
  const find = async (order: BuildOrder): Promise<Build | undefined> => {
    const report = await reports.get(order.deployment_id, order.attempt);
    if (report === null) return undefined;
    const since = Date.parse(report.created_at) - clocksDifferMs;
    const pages = paginateListBuildsForProject({ client }, { projectName: project, sortOrder: "DESCENDING" });
    for await (const { ids = [] } of pages) {
      const builds = await describe(ids);
      const found = builds.find((build) => isFor(build, order));
      if (found !== undefined || builds.some(({ startTime }) => startTime !== undefined && startTime.getTime() < since))
        return found;
    }
    return undefined;
  };

  const startNew = async (order: BuildOrder, claimTicket: string, architecture: Architecture): Promise<BuildStart> => {
    const variables = {
      DEPLOYMENT_ID: String(order.deployment_id),
      BUILD_ATTEMPT: String(order.attempt),
      CLAIM_TICKET: claimTicket,
    };
    try {
      const { build } = await client.send(
        new StartBuildCommand({
          projectName: project,
          ...hosts[architecture],
          idempotencyToken: `slipway-${order.deployment_id}-${order.attempt}-${claimTicket.slice(0, 16)}`,
          environmentVariablesOverride: Object.entries(variables).map(([name, value]) => ({
            name,
            value,
            type: "PLAINTEXT",
          })),
        }),
      );
      if (build?.id === undefined) throw new Error("CodeBuild started a build without an id.");
      if (build.arn !== undefined) orders.set(build.arn, order);
      return { outcome: "started", build_id: build.id };
    } catch (error) {
      if (error instanceof AccountLimitExceededException) return { outcome: "waiting" };
      if (error instanceof InvalidInputException || error instanceof ResourceNotFoundException) {
        return {
          outcome: "refused",
          message: `CodeBuild refused the build: ${error.message}. Check the installation with slipway doctor.`,
        };
      }
      throw error;
    }
  };

  return {
    start: async (order, architecture) => {
      const asked = now();
      const report = await reports.open(order.deployment_id, order.attempt, ticket(), asked);
      const age = (Date.parse(asked) - Date.parse(report.created_at)) / 1000;
      // A clock that went back makes it younger than it is: then it is looked for, too.
      const isCovered = age >= 0 && age <= tokenSeconds;
      const started = isCovered ? undefined : await find(order);
      return started?.id === undefined
        ? startNew(order, report.ticket, architecture)
        : { outcome: "started", build_id: started.id };
    },

    stop: async (order, buildId) => {
      const build = buildId === null ? await find(order) : (await describe([buildId]))[0];
      if (build?.id === undefined) return "absent";
      if (!build.buildComplete) await client.send(new StopBuildCommand({ id: build.id }));
      return "stopping";
    },

    see: async (order, buildId) => {
      const build = buildId === null ? await find(order) : (await describe([buildId]))[0];
      // Read after the build, so that a build that is complete has reported all that it will ever report.
      const report = await reports.get(order.deployment_id, order.attempt);
      return {
        type: "build_seen",
        attempt: order.attempt,
        cloned: report?.cloned ?? null,
        step: report?.step ?? null,
        finished: report?.finished ?? null,
        status: build === undefined ? "absent" : (statusOf[build.buildStatus ?? ""] ?? null),
        detail: build === undefined ? null : failureOf(build),
      };
    },

    orderOf: async (buildId) => {
      const known = orders.get(buildId);
      if (known !== undefined) return known;
      const build = (await describe([buildId]))[0];
      const deployment = Number(build && variable(build, "DEPLOYMENT_ID"));
      const attempt = Number(build && variable(build, "BUILD_ATTEMPT"));
      return deployment > 0 && attempt > 0 ? { deployment_id: deployment, attempt } : null;
    },
  };
}

const variable = (build: Build, name: string): string | undefined =>
  build.environment?.environmentVariables?.find((entry) => entry.name === name)?.value;

const isFor = (build: Build, order: BuildOrder): boolean =>
  variable(build, "DEPLOYMENT_ID") === String(order.deployment_id) &&
  variable(build, "BUILD_ATTEMPT") === String(order.attempt);

/** What the phase that failed says, as CodeBuild words it. */
function failureOf(build: Build): string | null {
  const contexts = (build.phases ?? []).flatMap((phase) => phase.contexts ?? []);
  return contexts.find((context) => context.message)?.message ?? null;
}
