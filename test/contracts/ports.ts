import type { Audit, Requests, Tokens } from "../../lib/core/ports/access.ts";
import type { Tails } from "../../lib/core/ports/app-logs.ts";
import type { Apps, Freezes, Secrets } from "../../lib/core/ports/apps.ts";
import type { BuildReports, BuildSlotStore, SharedImages } from "../../lib/core/ports/builds.ts";
import type { CronRuns } from "../../lib/core/ports/crons.ts";
import type { Deployments, Lanes, LogStore } from "../../lib/core/ports/deployments.ts";
import type { DomainStore } from "../../lib/core/ports/domains.ts";
import type { BranchMarks, GitTokens, Pushes } from "../../lib/core/ports/git.ts";
import type { GitHubApps } from "../../lib/core/ports/github.ts";
import type { Backlog, Counters, OrphanReports, Slots, WorkQueue } from "../../lib/core/ports/infrastructure.ts";
import type { Outcomes } from "../../lib/core/ports/metrics.ts";
import type { Deliveries, EndpointAddresses, EndpointHealths, GitHubReports } from "../../lib/core/ports/notices.ts";
import type { Configurations, PlacementStore, ReleaseRecords } from "../../lib/core/ports/releases.ts";
import type { Runs } from "../../lib/core/ports/runs.ts";
import type {
  Connections,
  Feeds,
  OpenSockets,
  SocketSignals,
  WatchedDeployments,
} from "../../lib/core/ports/sockets.ts";
import type { Restarts, SharedReadings } from "../../lib/core/ports/usage.ts";

/** One implementation of every port, as the suites see it. What one test stores, the others may see. */
export interface Ports {
  readonly deployments: Deployments;
  readonly log: LogStore;
  readonly reports: BuildReports;
  readonly lanes: Lanes;
  readonly buildSlots: BuildSlotStore;
  readonly freezes: Freezes;
  readonly orphanReports: OrphanReports;
  readonly apps: Apps;
  readonly records: ReleaseRecords;
  readonly configurations: Configurations;
  readonly placements: PlacementStore;
  readonly domains: DomainStore;
  readonly sharedImages: SharedImages;
  readonly counters: Counters;
  readonly outcomes: Outcomes;
  readonly audit: Audit;
  readonly tokens: Tokens;
  readonly requests: Requests;
  readonly pushes: Pushes;
  readonly marks: BranchMarks;
  readonly secrets: Secrets;
  readonly connections: Connections;
  readonly watched: WatchedDeployments;
  readonly feeds: Feeds;
  readonly signals: SocketSignals;
  readonly openSockets: OpenSockets;
  readonly slots: Slots;
  readonly tails: Tails;
  readonly readings: SharedReadings;
  readonly restarts: Restarts;
  readonly runs: Runs;
  readonly cronRuns: CronRuns;
  readonly endpointAddresses: EndpointAddresses;
  readonly endpointHealths: EndpointHealths;
  readonly deliveries: Deliveries;
  readonly gitHubApps: GitHubApps;
  readonly gitTokens: GitTokens;
  readonly gitHubReports: GitHubReports;
  readonly queue: WorkQueue;
  readonly backlog: Backlog;
  /** Takes what lies on the queue. */
  received(): Promise<readonly unknown[]>;
}

/** A suite asks for the ports when a test runs, because they come up in `beforeAll`. */
export type PortOf<Name extends keyof Ports> = () => Pick<Ports, Name>;

/** As the ids of apps they say which port is tried first: not those of the local modes of other tests. */
let last = 1020;
/** An id that no test has used; each is greater than the one before. */
export const freshId = (): number => ++last;

/** What `count` attempts at the same moment gave. */
export const atOnce = <T>(count: number, attempt: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => attempt(index)));
