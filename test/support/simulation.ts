import { type Deployment, isOpen } from "../../lib/core/deployment/deployment.ts";
import type { DeploymentEvent } from "../../lib/core/deployment/event.ts";
import { requestDeployment } from "../../lib/core/deployment/request.ts";
import { sealLog } from "../../lib/core/log/log.ts";
import type { Source } from "../../lib/core/ports/git.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { apply } from "../../lib/core/worker/apply.ts";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp, someDeployment, someSettings } from "./deployments.ts";
import { memorySockets } from "./memory-connections.ts";
import { memoryCertificates, memoryDomains } from "./memory-domains.ts";
import { memoryCounters, memoryMarks, memoryPushes } from "./memory-pushes.ts";
import { memoryRuns } from "./memory-runs.ts";
import {
  memoryApps,
  memoryAudit,
  memoryBuildSlots,
  memoryConfigurations,
  memoryDeployments,
  memoryFreezes,
  memoryImages,
  memoryLanes,
  memoryLog,
  memoryOrphanReports,
  memoryQueue,
  memoryRecords,
  memoryReports,
  memorySecrets,
  memorySharedImages,
  simulatedClock,
} from "./memory-stores.ts";
import { retrying } from "./retrying.ts";
import { type BuildScript, type ReleaseScript, scriptedBuilds, scriptedReleases } from "./scripted-aws.ts";
import { silentLogger } from "./silent-logger.ts";
import { workerDeps } from "./worker-deps.ts";

/** Somebody does something once, as soon as the rows are such. */
export interface Action {
  readonly when: (rows: ReadonlyMap<number, Deployment>) => boolean;
  readonly act:
    | { readonly request: number; readonly trigger?: "webhook" | "redeploy" }
    | {
        readonly request: number;
        readonly trigger: "rollback";
        readonly of: number;
        readonly configuration?: "current";
      }
    /** `from`: a deployment of another app, which is over. */
    | { readonly request: number; readonly trigger: "promotion"; readonly from: number }
    | { readonly send: number; readonly event: DeploymentEvent };
}

/** A whole life: what people do, what happens outside, and how it must end. */
export interface Life {
  readonly settings?: Partial<Deployment["settings"]>;
  readonly actions: readonly Action[];
  /** Whether each commit holds the same, and images are there for as long as they are asked for. */
  readonly unchanged?: true;
  readonly build?: (deploymentId: number, attempt: number) => BuildScript;
  readonly release?: (deploymentId: number) => ReleaseScript;
}

export interface Ended {
  readonly stages: Readonly<Record<number, string>>;
  readonly rows: readonly Deployment[];
  /** Deployments and attempts, in the order in which their builds were started. */
  readonly builds: readonly string[];
  readonly releases: readonly number[];
  readonly logs: Readonly<Record<number, readonly string[]>>;
  readonly serving: number | null;
  /** What is left of the service beside what serves; `null`: nothing. */
  readonly loose: string | null;
  readonly live: number | null;
  readonly lane: { readonly running: number | null; readonly waiting: number | null };
  readonly buildsRunning: number;
  readonly unfinished: readonly number[];
  /** What deployments of other apps were promoted to. */
  readonly promotedTo: readonly number[];
  /** Promises that were broken on the way. */
  readonly violations: readonly string[];
}

const unchanged: Source = {
  entries: [{ path: "Dockerfile", mode: "100644", hash: "d" }],
  read: async () => "FROM scratch\n",
};

/** Called around each call of the worker to a port. A worker dies where it throws. */
export interface Interference {
  readonly before?: (call: string) => Promise<void>;
  readonly after?: (call: string) => Promise<void>;
  /** How many of the messages that are due are worked on at the same time (0: they wait), the last ones or the first, and whether one comes twice: at once, and later. */
  readonly deliver?: () => { readonly together: number; readonly last: boolean; readonly again: boolean };
  /** Whether a message that is sent never arrives. */
  readonly lost?: (message: Message) => boolean;
  /** Runs the workers to their ends. */
  readonly run?: (workers: readonly (() => Promise<void>)[]) => Promise<void>;
}

/** The worker died here. */
export class Crash extends Error {}

const appId = 1;
const otherAppId = 2;
const tickMs = 500;
const visibilitySeconds = 20;
/** Long after every deadline. */
const longestMs = 2 * 60 * 60 * 1000;

type Port = Exclude<keyof WorkerDeps, "now" | "logger" | "holder" | "hash" | "maxConcurrentBuilds">;
const ports = [
  "deployments",
  "log",
  "builds",
  "reports",
  "releases",
  "records",
  "configurations",
  "sharedImages",
  "images",
  "apps",
  "lanes",
  "buildSlots",
  "heads",
  "secrets",
  "endpointAddresses",
  "queue",
] as const satisfies readonly Port[];

/** The worker's dependencies with `interference` around each asynchronous call. */
function interfered(deps: WorkerDeps, { before, after }: Interference): WorkerDeps {
  const around = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function" || key === "appOf") return method;
        return async (...args: unknown[]) => {
          const call = `${name}.${String(key)}`;
          await before?.(call);
          const answer: unknown = await Reflect.apply(method, target, args);
          await after?.(call);
          return answer;
        };
      },
    });
  const wrapped = Object.fromEntries(ports.map((name) => [name, around(name, deps[name])]));
  return { ...deps, ...wrapped };
}

/** Lives through `life` with a clock that jumps, until nothing is left to be done. */
export async function live(life: Life, interference: Interference = {}): Promise<Ended> {
  const clock = simulatedClock();
  const violations: string[] = [];
  const log = memoryLog();
  const deployments = memoryDeployments(log.isSealed, violations);
  const queue = memoryQueue(clock, interference.lost);
  const secrets = memorySecrets(() => clock.now());
  const endpointAddresses = { remove: async () => undefined };
  const gitTokens = { remove: async () => undefined };
  const planes = { clock, deployments, log, reports: memoryReports(), queue, secrets, gitTokens, endpointAddresses };
  const builds = scriptedBuilds(planes, life.build ?? (() => ({ outcome: "succeeded", seconds: 10 })));
  const betweenCalls = async () => interference.before?.("ecs.UpdateService");
  const releases = scriptedReleases(
    { ...planes, betweenCalls },
    life.release ?? (() => ({ outcome: "succeeded", seconds: 10 })),
  );
  const unused = workerDeps();
  let holders = 0;
  const own = memoryCertificates();
  const deps: WorkerDeps = {
    ...planes,
    backlog: queue,
    builds: builds.port,
    releases: releases.port,
    processes: unused.processes,
    records: memoryRecords(),
    configurations: memoryConfigurations(),
    domains: memoryDomains(),
    certificates: own.port,
    domainFront: own.front,
    sharedImages: memorySharedImages(),
    appLogs: unused.appLogs,
    logGroups: unused.logGroups,
    redactionFor: unused.redactionFor,
    runs: memoryRuns(),
    runTasks: unused.runTasks,
    stoppedTasks: unused.stoppedTasks,
    restarts: unused.restarts,
    schedules: unused.schedules,
    cronRuns: unused.cronRuns,
    bus: unused.bus,
    images: life.unchanged ? { ...memoryImages(), adopt: async () => true } : memoryImages(),
    apps: memoryApps(),
    lanes: memoryLanes(),
    heads: {
      resolve: async () => ({ outcome: "resolved", commit: "c".repeat(40), message: "First" }),
      poll: async () => ({ outcome: "unchanged" }),
      identify: async () => null,
    },
    sources: { open: async () => (life.unchanged ? unchanged : null) },
    pushes: memoryPushes(),
    marks: memoryMarks(),
    counters: memoryCounters(),
    buildSlots: memoryBuildSlots(),
    finders: [],
    freezes: memoryFreezes(),
    orphanReports: memoryOrphanReports(),
    audit: memoryAudit(),
    gitHubApps: { get: async () => null },
    signals: memorySockets().signals,
    // The least there can be, so that whoever did not give a slot back is found out.
    maxConcurrentBuilds: 1,
    hash: (text) => text,
    holder: () => `holder-${++holders}`,
    now: () => clock.now(),
    logger: silentLogger,
    ...retrying,
  };
  const app = someApp({ settings: someSettings(life.settings) });
  await deps.apps.create(app);
  const rows = new Map<number, Deployment>();
  const waiting = [...life.actions];
  const origins: number[] = [];

  const refresh = async (): Promise<void> => {
    for (const id of rows.keys()) rows.set(id, (await deployments.get(id)) ?? missing(id));
  };
  const actions = async (): Promise<void> => {
    for (const action of waiting.splice(0)) {
      if (action.when(rows)) await perform(action.act);
      else waiting.push(action);
    }
  };
  /** What is released without a build. */
  const released = async (act: Extract<Action["act"], { request: number }>) => {
    if ("of" in act)
      return {
        rollback_of: act.of,
        image_digest: `sha256:${act.of}`,
        rollback_configuration: act.configuration ?? "as_released",
      } as const;
    if ("from" in act) {
      const image_digest = `sha256:${act.from}`;
      const over: Partial<Deployment> = {
        stage: "success",
        outbox: [],
        next_poll_at: null,
        finished_at: clock.now(),
        image_digest,
      };
      const sealed = sealLog(await log.head(act.from));
      if (sealed !== null) await log.put(act.from, sealed);
      await deployments.create(someDeployment({ ...over, id: act.from, app_id: otherAppId, log_complete: true }));
      origins.push(act.from);
      return { image_digest, image_app_id: otherAppId, from_deployment: act.from };
    }
    if (act.trigger !== "redeploy") return {};
    const live = (await deps.apps.get(appId))?.live_deployment_id ?? 0;
    return { image_digest: (await deployments.get(live))?.image_digest ?? null };
  };
  const perform = async (act: Action["act"]): Promise<void> => {
    const id = "request" in act ? act.request : act.send;
    if ("request" in act) {
      const row = requestDeployment(
        {
          id,
          app,
          trigger: act.trigger ?? "api",
          actor: "ada",
          reason: null,
          branch: "main",
          rollback_of: null,
          commit: { hash: "", message: "" },
          image_digest: null,
          ...(await released(act)),
        },
        clock.now(),
      );
      await deployments.create(row);
      rows.set(id, row);
    } else await apply(deps, id, act.event);
    await queue.send({ type: "deployment", deployment_id: id, event: { type: "woken" } });
    await refresh();
  };

  const faulty = interfered(deps, interference);
  const attempt = async (message: Message): Promise<void> => {
    try {
      await work(faulty, message);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      // Nobody deleted it: it comes again after its visibility time-out.
      queue.messages.push({ message, at: clock.ms + visibilitySeconds * 1000 });
    }
  };
  const run =
    interference.run ??
    (async (workers) => {
      for (const worker of workers) await worker();
    });
  const deliverDue = async (): Promise<void> => {
    for (;;) {
      const due = queue.messages.filter(({ at }) => at <= clock.ms);
      if (due.length === 0) return;
      const { together, last, again } = interference.deliver?.() ?? { together: 1, last: false, again: false };
      if (together === 0) return;
      const taken = last ? due.slice(-together) : due.slice(0, together);
      queue.messages = queue.messages.filter((one) => !taken.includes(one));
      if (again) queue.messages.push(...taken.slice(0, 1).map((one) => ({ ...one, at: clock.ms + 7000 })));
      const twice = again ? [...taken, ...taken.slice(0, 1)] : taken;
      await run(
        twice.map(
          ({ message }) =>
            () =>
              attempt(message),
        ),
      );
      await refresh();
      await actions();
    }
  };

  await actions();
  const end = clock.ms + longestMs;
  let sweepAt = clock.ms + 60_000;
  const busy = (): boolean =>
    waiting.length > 0 || queue.messages.length > 0 || [...rows.values()].some(isOpen) || builds.running() > 0;
  while (busy() && clock.ms < end) {
    if (clock.ms >= sweepAt) {
      await queue.send({ type: "sweep" });
      sweepAt += 60_000;
    }
    await deliverDue();
    await builds.advance();
    await releases.advance();
    clock.ms += tickMs;
  }

  const { running, waiting: waits } = await deps.lanes.get(appId);
  const all = [...rows.values()];
  return {
    rows: all,
    stages: Object.fromEntries(all.map(({ id, stage }) => [id, stage])),
    builds: builds.started(),
    releases: releases.started(),
    logs: Object.fromEntries(all.map(({ id }) => [id, log.lines(id).map(({ line }) => line)])),
    serving: releases.serving(appId),
    loose: releases.loose(appId),
    live: (await deps.apps.get(appId))?.live_deployment_id ?? null,
    lane: { running, waiting: waits },
    buildsRunning: builds.running(),
    promotedTo: (await Promise.all(origins.map((id) => deployments.get(id)))).flatMap((row) => row?.promoted_to ?? []),
    unfinished: all.filter((row) => isOpen(row) || row.next_poll_at !== null).map(({ id }) => id),
    violations,
  };
}

function missing(id: number): never {
  throw new Error(`The row of deployment ${id} is gone.`);
}
