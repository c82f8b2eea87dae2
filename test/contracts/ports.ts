import type { Apps } from "../../lib/ports/apps.ts";
import type { Audit } from "../../lib/ports/audit.ts";
import type { BranchMarks } from "../../lib/ports/branch-marks.ts";
import type { BuildReports } from "../../lib/ports/build-reports.ts";
import type { BuildSlots } from "../../lib/ports/build-slots.ts";
import type { Connections, SocketSignals } from "../../lib/ports/connections.ts";
import type { Counters } from "../../lib/ports/counters.ts";
import type { Deliveries } from "../../lib/ports/deliveries.ts";
import type { Deployments } from "../../lib/ports/deployments.ts";
import type { EndpointAddresses } from "../../lib/ports/endpoint-addresses.ts";
import type { EndpointHealths } from "../../lib/ports/endpoint-health.ts";
import type { Feeds } from "../../lib/ports/feeds.ts";
import type { GitTokens } from "../../lib/ports/git-tokens.ts";
import type { GitHubApps } from "../../lib/ports/github-apps.ts";
import type { GitHubReports } from "../../lib/ports/github-reports.ts";
import type { Lanes } from "../../lib/ports/lanes.ts";
import type { LogStore } from "../../lib/ports/log.ts";
import type { OpenSockets } from "../../lib/ports/open-sockets.ts";
import type { Outcomes } from "../../lib/ports/outcomes.ts";
import type { Pushes } from "../../lib/ports/pushes.ts";
import type { ReleaseRecords } from "../../lib/ports/release-records.ts";
import type { Requests } from "../../lib/ports/requests.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import type { Slots } from "../../lib/ports/slots.ts";
import type { Tokens } from "../../lib/ports/tokens.ts";
import type { WorkQueue } from "../../lib/ports/work-queue.ts";

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
