import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53Client } from "@aws-sdk/client-route-53";
import { awsReleases } from "../../lib/adapters/ecs/releases.ts";
import { claimBuild, reportBuild } from "../../lib/api/builds.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import type { BuildSeen } from "../../lib/core/deployment/event.ts";
import type { Secrets } from "../../lib/core/ports/apps.ts";
import type { BuildReports, Builds } from "../../lib/core/ports/builds.ts";
import type { Deployments, LogStore } from "../../lib/core/ports/deployments.ts";
import type { WorkQueue } from "../../lib/core/ports/infrastructure.ts";
import { someImageAccess } from "./image-access.ts";
import { openAccess } from "./memory-github.ts";
import { memoryPlacements, type SimulatedClock } from "./memory-stores.ts";
import { retrying } from "./retrying.ts";
import { Ecs, serviceArn, simulatedReleases } from "./simulate/ecs.ts";
import { Surroundings } from "./simulate/load-balancing.ts";

/** What becomes of a build attempt. `seconds` is how long the build itself takes. */
export interface BuildScript {
  /** `never`: it waits for a host and gets none. */
  readonly outcome: "succeeded" | "failed" | "fault" | "never";
  readonly seconds: number;
  /** It runs on whatever is requested. */
  readonly stubborn?: boolean;
}

export interface ReleaseScript {
  /** `never`: it becomes neither healthy nor sick. */
  readonly outcome: "succeeded" | "failed" | "never";
  /** What becomes of its smoke check, if the app's strategy has one. */
  readonly check?: "passes" | "fails";
  readonly seconds: number;
}

interface Planes {
  readonly clock: SimulatedClock;
  readonly deployments: Deployments;
  readonly log: LogStore;
  readonly reports: BuildReports;
  readonly queue: WorkQueue;
  readonly secrets: Secrets;
}

interface OneBuild {
  readonly id: string;
  readonly deployment_id: number;
  readonly attempt: number;
  readonly ticket: string;
  readonly startedAt: number;
  /** The next of its steps; one is taken when its time has come. */
  step: number;
  status: BuildSeen["status"];
  stopRequested: boolean;
}

const commit = "c".repeat(40);
const clonedAfterSeconds = 2;
const token = (build: OneBuild): string => build.id.padEnd(64, "0");

/** CodeBuild as seen through its port, with builds that report through the real API of builds. */
export function scriptedBuilds(planes: Planes, scriptOf: (deploymentId: number, attempt: number) => BuildScript) {
  const { clock, reports, queue } = planes;
  const builds: OneBuild[] = [];
  const api = {
    ...planes,
    access: openAccess,
    imageAccess: someImageAccess,
    repositoriesUri: "registry.example.com/slipway",
    pushedImage: async (_appId: number, _tag: string, digest: string) => ({
      outcome: "found" as const,
      digest,
      bytes: null,
    }),
    repositoryReach: "public" as const,
    known: knownBuilds(),
    hash: (text: string) => text,
    now: () => clock.now(),
    ...retrying,
  };
  const find = (deploymentId: number, attempt: number, id: string | null): OneBuild | undefined =>
    builds.find((one) => (id === null ? one.deployment_id === deploymentId && one.attempt === attempt : one.id === id));

  const port: Builds = {
    start: async (order) => {
      const { ticket } = await reports.open(order.deployment_id, order.attempt, `ticket-${builds.length}`, clock.now());
      const known = find(order.deployment_id, order.attempt, null);
      if (known !== undefined) return { outcome: "started", build_id: known.id };
      const id = `b${order.deployment_id}a${order.attempt}`;
      builds.push({ ...order, id, ticket, startedAt: clock.ms, step: 0, status: "in_progress", stopRequested: false });
      return { outcome: "started", build_id: id };
    },
    stop: async (order, id) => {
      const build = find(order.deployment_id, order.attempt, id);
      if (build === undefined) return "absent";
      build.stopRequested = true;
      return "stopping";
    },
    see: async (order, id) => {
      const build = find(order.deployment_id, order.attempt, id);
      const report = await reports.get(order.deployment_id, order.attempt);
      const { cloned = null, step = null, finished = null } = report ?? {};
      const status = build === undefined ? "absent" : build.status;
      return { type: "build_seen", attempt: order.attempt, cloned, step, finished, status, detail: null };
    },
    orderOf: async (id) => {
      const build = builds.find((one) => one.id === id);
      return build === undefined ? null : { deployment_id: build.deployment_id, attempt: build.attempt };
    },
  };

  /** What the reporter does, in order: when, and with which body. */
  const stepsOf = (build: OneBuild) => {
    const { outcome, seconds } = scriptOf(build.deployment_id, build.attempt);
    const { deployment_id, attempt, ticket } = build;
    const report = (first: number, more: object) => () =>
      reportBuild(api, token(build), {
        deployment_id,
        attempt,
        first,
        lines: [0, 1].map((n) => ({
          line: `build ${attempt} line ${first + n}\n`,
          timestamp: clock.now(),
          stream: "stdout",
        })),
        ...more,
      });
    const succeeded = outcome === "succeeded";
    const finished = {
      outcome,
      stage: "building",
      code: succeeded ? null : "build_failed",
      message: succeeded ? null : "The build failed with exit code 7.",
      exit_code: succeeded ? 0 : 7,
      image_digest: succeeded ? `sha256:${deployment_id}` : null,
    };
    const last = { at: clonedAfterSeconds + seconds, act: report(5, { finished }) };
    return [
      { at: 1, act: () => claimBuild(api, { deployment_id, attempt, ticket, token: token(build) }) },
      { at: clonedAfterSeconds, act: report(1, { cloned: { commit, message: "First" } }) },
      { at: clonedAfterSeconds + seconds / 2, act: report(3, { step: { number: 1, of: 2 } }) },
      outcome === "fault" ? { at: last.at, act: async () => void end(build, "fault") } : last,
    ];
  };

  const end = (build: OneBuild, status: BuildSeen["status"]): Promise<void> => {
    build.status = status;
    return queue.send({ type: "build_changed", build_id: build.id });
  };

  const advance = async (build: OneBuild): Promise<void> => {
    const { outcome, stubborn } = scriptOf(build.deployment_id, build.attempt);
    if (build.stopRequested && !stubborn) return end(build, "stopped");
    if (outcome === "never") return;
    const steps = stepsOf(build);
    const step = steps[build.step];
    if (step === undefined) return end(build, outcome);
    if (clock.ms < build.startedAt + step.at * 1000) return;
    build.step += 1;
    try {
      await step.act();
    } catch (error) {
      // The control plane does not want this build: its reporter ends, and the build with it.
      if (!(error instanceof ApiError)) throw error;
      await end(build, "failed");
    }
  };

  return {
    port,
    started: () => builds.map(({ id }) => id),
    running: () => builds.filter(({ status }) => status === "in_progress").length,
    advance: async () => {
      for (const build of builds) if (build.status === "in_progress") await advance(build);
    },
  };
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Releases by the adapter for AWS, over an ECS that is no kinder than the real one. */
export function scriptedReleases(
  planes: Pick<Planes, "clock" | "queue"> & {
    /** Awaited before each call that changes something at ECS: others may come in between. */
    readonly betweenCalls: () => Promise<void>;
  },
  scriptOf: (deploymentId: number) => ReleaseScript,
) {
  const { clock, queue, betweenCalls } = planes;
  const timers: Timer[] = [];
  const changedServices: string[] = [];
  const started: number[] = [];
  const ecs = new Ecs({
    time: () => clock.ms,
    after: (milliseconds, run) => void timers.push({ at: clock.ms + milliseconds, run }),
    fateOf: scriptOf,
    changed: (service) => void changedServices.push(service),
    began: (deploymentId) => void started.push(deploymentId),
  });
  // By the SDK's own prototypes, which paginators insist on.
  const client = <T extends object>(
    prototype: T,
    changes: RegExp,
    send: (name: string, input: unknown) => unknown,
  ): T =>
    Object.assign(Object.create(prototype) as T, {
      send: async (command: { readonly input: unknown }) => {
        const { name } = command.constructor;
        if (changes.test(name)) await betweenCalls();
        return send(name, command.input);
      },
    });
  const surroundings = new Surroundings();
  const none = <T extends object>(prototype: T): T => client(prototype, /^$/, surroundings.send);
  const port = awsReleases(
    {
      ecs: client(ECSClient.prototype, /^(Create|Update|Delete|Stop|Continue)/, ecs.send),
      elb: none(ElasticLoadBalancingV2Client.prototype),
      records: none(Route53Client.prototype),
      placements: memoryPlacements(),
      logs: none(CloudWatchLogsClient.prototype),
      cloudWatch: none(CloudWatchClient.prototype),
      scaling: none(ApplicationAutoScalingClient.prototype),
      redactionFor: async () => (line) => line,
      ask: async () => ({ status: askedOf(started.at(-1)) === "fails" ? 500 : 200 }),
    },
    simulatedReleases,
  );
  const askedOf = (deploymentId: number | undefined) =>
    deploymentId === undefined ? undefined : scriptOf(deploymentId).check;

  return {
    port,
    started: () => started,
    /** What the app's service runs now; `null`: there is no service. */
    serving: (appId: number) => ecs.serving(appId),
    loose: (appId: number) => ecs.loose(appId),
    advance: async () => {
      for (const timer of timers.filter(({ at }) => at <= clock.ms)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.run();
      }
      for (const service of changedServices.splice(0))
        await queue.send({ type: "service_changed", service_arn: serviceArn(service) });
    },
  };
}
