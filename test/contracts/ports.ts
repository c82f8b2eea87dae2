import type { Apps } from "../../lib/core/ports/apps.ts";
import type { Audit } from "../../lib/core/ports/audit.ts";
import type { BranchMarks } from "../../lib/core/ports/branch-marks.ts";
import type { BuildReports } from "../../lib/core/ports/build-reports.ts";
import type { BuildSlots } from "../../lib/core/ports/build-slots.ts";
import type { Connections, SocketSignals } from "../../lib/core/ports/connections.ts";
import type { Counters } from "../../lib/core/ports/counters.ts";
import type { Deliveries } from "../../lib/core/ports/deliveries.ts";
import type { Deployments } from "../../lib/core/ports/deployments.ts";
import type { EndpointAddresses } from "../../lib/core/ports/endpoint-addresses.ts";
import type { EndpointHealths } from "../../lib/core/ports/endpoint-health.ts";
import type { Feeds } from "../../lib/core/ports/feeds.ts";
import type { GitTokens } from "../../lib/core/ports/git-tokens.ts";
import type { GitHubApps } from "../../lib/core/ports/github-apps.ts";
import type { GitHubReports } from "../../lib/core/ports/github-reports.ts";
import type { Lanes } from "../../lib/core/ports/lanes.ts";
import type { LogStore } from "../../lib/core/ports/log.ts";
import type { OpenSockets } from "../../lib/core/ports/open-sockets.ts";
import type { Outcomes } from "../../lib/core/ports/outcomes.ts";
import type { Pushes } from "../../lib/core/ports/pushes.ts";
import type { ReleaseRecords } from "../../lib/core/ports/release-records.ts";
import type { Requests } from "../../lib/core/ports/requests.ts";
import type { Secrets } from "../../lib/core/ports/secrets.ts";
import type { Slots } from "../../lib/core/ports/slots.ts";
import type { Tokens } from "../../lib/core/ports/tokens.ts";
import type { WorkQueue } from "../../lib/core/ports/work-queue.ts";

/** One implementation of every port, as the suites see it. What one test stores, the others may see. */
export interface Ports {
  readonly deployments: Deployments;
  readonly log: LogStore;
  readonly reports: BuildReports;
  readonly lanes: Lanes;
  readonly buildSlots: BuildSlots;
  readonly apps: Apps;
  readonly records: ReleaseRecords;
  readonly counters: Counters;
  readonly outcomes: Outcomes;
  readonly audit: Audit;
  readonly tokens: Tokens;
  readonly requests: Requests;
  readonly pushes: Pushes;
  readonly marks: BranchMarks;
  readonly secrets: Secrets;
  readonly connections: Connections;
  readonly feeds: Feeds;
  readonly signals: SocketSignals;
  readonly openSockets: OpenSockets;
  readonly slots: Slots;
  readonly endpointAddresses: EndpointAddresses;
  readonly endpointHealths: EndpointHealths;
  readonly deliveries: Deliveries;
  readonly gitHubApps: GitHubApps;
  readonly gitTokens: GitTokens;
  readonly gitHubReports: GitHubReports;
  readonly queue: WorkQueue;
  /** Takes what lies on the queue. */
  received(): Promise<readonly unknown[]>;
}

/** A suite asks for the ports when a test runs, because they come up in `beforeAll`. */
export type PortOf<Name extends keyof Ports> = () => Pick<Ports, Name>;

let last = 0;
/** An id that no test has used; each is greater than the one before. */
export const freshId = (): number => ++last;

/** What `count` attempts at the same moment gave. */
export const atOnce = <T>(count: number, attempt: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => attempt(index)));
