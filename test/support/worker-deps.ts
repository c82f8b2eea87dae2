import type { Message } from "../../lib/core/work-queue/message.ts";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { memoryCronRuns, memorySchedules } from "./memory-crons.ts";
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
import { memoryRestarts } from "./memory-usage.ts";
import { retrying } from "./retrying.ts";
import { silentLogger } from "./silent-logger.ts";

const never = (what: string) => () => {
  throw new Error(`The worker was not to ${what}.`);
};

/** A worker's ports over memory. Builds and releases are refused loudly: a test that wants some brings them. */
export function workerDeps(change: Partial<WorkerDeps> = {}): WorkerDeps & { readonly sent: () => readonly Message[] } {
  const clock = simulatedClock();
  const log = memoryLog();
  const queue = memoryQueue(clock);
  const own = memoryCertificates();
  return {
    deployments: memoryDeployments(log.isSealed, []),
    log,
    builds: {
      start: never("start a build"),
      stop: never("stop a build"),
      see: never("ask for a build"),
      orderOf: async () => null,
    },
    releases: {
      prepare: async () => undefined,
      name: async () => true,
      redirect: async () => true,
      define: never("define a release"),
      start: never("release"),
      stop: never("stop a release"),
      undo: never("undo a release"),
      see: never("ask for a release"),
      output: never("read an app's output"),
      check: never("check a release"),
      resume: never("resume a release"),
      stopAllButLive: never("stop all but the live release"),
      definitions: async () => [],
      forget: async () => [],
      remove: async () => true,
      appOf: () => null,
    },
    processes: {
      start: never("start processes"),
      see: never("ask for processes"),
      restore: never("put processes back"),
      retire: never("remove processes"),
      output: never("read a process's output"),
      remove: async () => true,
    },
    reports: memoryReports(),
    records: memoryRecords(),
    appLogs: { read: async () => ({ events: [], token: null }) },
    logGroups: { ensure: async () => undefined },
    redactionFor: async () => (line) => line,
    runs: memoryRuns(),
    runTasks: {
      start: never("start a run"),
      find: never("look for a run"),
      see: never("ask for a run"),
      stop: never("stop a run"),
    },
    stoppedTasks: { see: never("ask for a stopped task") },
    restarts: memoryRestarts(),
    schedules: memorySchedules(),
    cronRuns: memoryCronRuns(),
    bus: { put: async () => undefined },
    images: memoryImages(),
    apps: memoryApps(),
    lanes: memoryLanes(),
    heads: {
      resolve: async () => ({ outcome: "resolved", commit: "a".repeat(40), message: "Fix" }),
      poll: async () => ({ outcome: "unchanged" }),
      identify: async () => null,
    },
    sources: { open: async () => null },
    pushes: memoryPushes(),
    marks: memoryMarks(),
    counters: memoryCounters(),
    buildSlots: memoryBuildSlots(),
    finders: [],
    freezes: memoryFreezes(),
    orphanReports: memoryOrphanReports(),
    maxConcurrentBuilds: 0,
    audit: memoryAudit(),
    configurations: memoryConfigurations(),
    domains: memoryDomains(),
    certificates: own.port,
    domainFront: own.front,
    sharedImages: memorySharedImages(),
    secrets: memorySecrets(),
    gitTokens: { remove: async () => {} },
    gitHubApps: { get: async () => null },
    endpointAddresses: { remove: async () => {} },
    signals: { retry: never("try a socket again"), end: never("end a socket") },
    queue,
    backlog: { waiting: async () => 0 },
    hash: (text) => text,
    holder: () => "holder",
    now: () => clock.now(),
    logger: silentLogger,
    ...retrying,
    sent: () => queue.messages.map(({ message }) => message),
    ...change,
  };
}
