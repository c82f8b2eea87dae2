import type { StreamRedaction } from "@slipway/text/redactor";
import type { Logger } from "../logger.ts";
import type { Audit } from "../ports/access.ts";
import type { AppLogGroups, AppLogs } from "../ports/app-logs.ts";
import type { Apps, Freezes, Secrets } from "../ports/apps.ts";
import type { BuildReports, BuildSlotStore, Builds, Images, SharedImages } from "../ports/builds.ts";
import type { CronRuns, Schedules } from "../ports/crons.ts";
import type { Deployments, Lanes, LogStore } from "../ports/deployments.ts";
import type { Certificates, DomainFront, DomainStore } from "../ports/domains.ts";
import type { BranchMarks, GitTokens, Heads, Pushes, Sources } from "../ports/git.ts";
import type { GitHubApps } from "../ports/github.ts";
import type { Backlog, Bus, Counters, Finder, OrphanReports, WorkQueue } from "../ports/infrastructure.ts";
import type { EndpointAddresses } from "../ports/notices.ts";
import type { Processes } from "../ports/processes.ts";
import type { Configurations, ReleaseRecords, Releases } from "../ports/releases.ts";
import type { Runs, RunTasks } from "../ports/runs.ts";
import type { SocketSignals } from "../ports/sockets.ts";
import type { Restarts, StoppedTasks } from "../ports/usage.ts";
import type { RetryDeps } from "../retry-on-conflict.ts";

/** What the worker depends on. */
export interface WorkerDeps extends RetryDeps {
  readonly deployments: Deployments;
  readonly log: LogStore;
  readonly builds: Builds;
  readonly buildSlots: BuildSlotStore;
  /** How many builds may run at the same time; 0: as many as there are. */
  readonly maxConcurrentBuilds: number;
  readonly reports: BuildReports;
  readonly releases: Releases;
  readonly processes: Processes;
  readonly records: ReleaseRecords;
  readonly configurations: Configurations;
  readonly runs: Runs;
  readonly runTasks: RunTasks;
  readonly stoppedTasks: StoppedTasks;
  readonly restarts: Pick<Restarts, "record">;
  readonly schedules: Schedules;
  readonly cronRuns: CronRuns;
  readonly appLogs: AppLogs;
  readonly logGroups: AppLogGroups;
  /** Takes an app's secrets out of what it printed, before a person reads it. */
  readonly redactionFor: (appId: number) => Promise<StreamRedaction["alone"]>;
  readonly domains: DomainStore;
  readonly certificates: Certificates;
  readonly domainFront: DomainFront;
  readonly images: Images;
  readonly sharedImages: SharedImages;
  readonly apps: Apps;
  readonly freezes: Pick<Freezes, "get">;
  readonly lanes: Lanes;
  readonly heads: Heads;
  readonly sources: Sources;
  readonly pushes: Pushes;
  readonly marks: BranchMarks;
  readonly counters: Counters;
  /** The audit log, for what was done by requests that may have died. */
  readonly audit: Pick<Audit, "record">;
  readonly secrets: Secrets;
  readonly gitTokens: Pick<GitTokens, "remove">;
  readonly gitHubApps: Pick<GitHubApps, "get">;
  readonly endpointAddresses: Pick<EndpointAddresses, "remove">;
  /** One for each kind of things that are made at run time. */
  readonly finders: readonly Finder[];
  readonly orphanReports: OrphanReports;
  readonly signals: SocketSignals;
  readonly queue: WorkQueue;
  readonly backlog: Backlog;
  readonly bus: Bus;
  /** SHA-256, in hex. */
  readonly hash: (text: string) => string;
  /** A fresh name for whoever carries out an effect. */
  readonly holder: () => string;
  /** The time now, as a timestamp. */
  readonly now: () => string;
  readonly logger: Logger;
}
