import { claimBuild, reportBuild } from "../../lib/api/builds.ts";
import { ApiError } from "../../lib/api/errors.ts";
import type { BuildSeen, ReleaseSeen } from "../../lib/core/event.ts";
import type { BuildReports } from "../../lib/ports/build-reports.ts";
import type { Builds } from "../../lib/ports/builds.ts";
import type { Deployments } from "../../lib/ports/deployments.ts";
import type { LogStore } from "../../lib/ports/log.ts";
import type { ReleaseOrder, Releases } from "../../lib/ports/releases.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import type { WorkQueue } from "../../lib/ports/work-queue.ts";
import { openAccess } from "./memory-github.ts";
import type { SimulatedClock } from "./memory-world.ts";

/** What becomes of a build attempt. `seconds` is how long the build itself takes. */
export interface BuildScript {
  /** `never`: it waits for a host and gets none. */
  readonly outcome: "succeeded" | "failed" | "fault" | "never";
  readonly seconds: number;
  /** It runs on whatever it is told. */
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
    imageRepositoryUri: "registry.example.com/slipway",
    repositoryReach: "public" as const,
    hash: (text: string) => text,
    now: () => clock.now(),
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

interface OneRelease {
  readonly deployment_id: number;
  readonly earlier: number | null;
  readonly startedAt: number;
  state: ReleaseSeen["state"];
  restored: boolean;
  rollbackAt: number | null;
  /** Whether it has its smoke check before it, or behind it; `null`: it has none. */
  check: "awaited" | "passed" | null;
}

/** ECS as seen through its port: one service an app, whose target is the release asked for last. */
export function scriptedReleases(
  planes: Pick<Planes, "clock" | "queue"> & {
    /** Awaited where ECS is looked at first and changed then: others may come in between. */
    readonly betweenCalls: () => Promise<void>;
  },
  scriptOf: (deploymentId: number) => ReleaseScript,
) {
  const { clock, queue, betweenCalls } = planes;
  const target = new Map<number, number>();
  const releases: OneRelease[] = [];
  const appOf = new Map<number, number>();
  const find = ({ deployment_id, app_id }: Pick<ReleaseOrder, "deployment_id" | "app_id">): OneRelease | undefined =>
    target.has(app_id) ? releases.findLast((one) => one.deployment_id === deployment_id) : undefined;

  const port: Releases = {
    prepare: async () => undefined,
    start: async ({ deployment_id, app_id, settings }) => {
      const isKnown = find({ deployment_id, app_id }) !== undefined;
      await betweenCalls();
      if (!isKnown) {
        const earlier = target.get(app_id) ?? null;
        releases.push({
          deployment_id,
          earlier,
          startedAt: clock.ms,
          state: "in_progress",
          restored: false,
          rollbackAt: null,
          check: settings.strategy.smoke_check === undefined ? null : "awaited",
        });
        target.set(app_id, deployment_id);
        appOf.set(deployment_id, app_id);
      }
      const url = `http://balancer.example.com:${app_id}`;
      return { outcome: "started", task_definition: `task:${deployment_id}`, url, load_balancer_url: url, note: null };
    },
    see: async (order) => {
      const release = find(order);
      const seen = {
        type: "release_seen",
        desired: 1,
        healthy: 1,
        baking: false,
        alarm: null,
        printed: null,
        exit_code: null,
      } as const;
      if (release === undefined)
        return { ...seen, paused: false, traffic: 0, state: "failed", reason: "The service is gone.", restored: false };
      const reason = release.state === "failed" ? "The new version did not become healthy." : null;
      const paused = release.state === "in_progress" && release.check === "awaited";
      // All at once: which of several shifts the looks meet would be chance.
      const traffic = release.state === "succeeded" ? 100 : 0;
      return { ...seen, paused, traffic, state: release.state, reason, restored: release.restored };
    },
    check: async (order) => {
      const release = find(order);
      if (release?.check === "passed") return { outcome: "passed" };
      if (release?.check !== "awaited" || release.state !== "in_progress") return { outcome: "waiting" };
      const { check } = scriptOf(release.deployment_id);
      if (check === "fails") return { outcome: "failed", seen: "it answered 500" };
      release.check = "passed";
      return { outcome: "passed" };
    },
    stop: async (order) => {
      const release = find(order);
      if (release === undefined) return;
      if (release.earlier === null) {
        release.state = "failed";
        target.delete(order.app_id);
      } else if (release.state === "in_progress") {
        release.state = "rolling_back";
        release.rollbackAt = clock.ms;
      }
    },
    remove: async (app) => {
      target.delete(app.id);
      return true;
    },
    appOf: (arn) => Number(arn),
  };

  const finish = (release: OneRelease, state: "succeeded" | "failed", restored: boolean): Promise<void> => {
    const app = appOf.get(release.deployment_id) ?? 0;
    Object.assign(release, { state, restored });
    if (restored && release.earlier !== null) target.set(app, release.earlier);
    return queue.send({ type: "service_changed", service_arn: String(app) });
  };

  const advance = async (release: OneRelease): Promise<void> => {
    const { outcome, seconds } = scriptOf(release.deployment_id);
    if (release.state === "rolling_back" && clock.ms >= (release.rollbackAt ?? 0) + 3000)
      return finish(release, "failed", true);
    if (outcome === "never") return;
    if (
      release.check !== "awaited" &&
      release.state === "in_progress" &&
      clock.ms >= release.startedAt + seconds * 1000
    )
      return finish(release, outcome, outcome === "failed" && release.earlier !== null);
  };

  return {
    port,
    started: () => releases.map(({ deployment_id }) => deployment_id),
    /** What the app's service runs now; `null`: there is no service. */
    serving: (appId: number) => target.get(appId) ?? null,
    advance: async () => {
      for (const release of releases) await advance(release);
    },
  };
}
