import type { Logger } from "../logger.ts";
import type { Measure } from "../metrics/measure.ts";
import type { Apps } from "../ports/apps.ts";
import type { Audit } from "../ports/audit.ts";
import type { BranchMarks } from "../ports/branch-marks.ts";
import type { BuildReports } from "../ports/build-reports.ts";
import type { BuildSlots } from "../ports/build-slots.ts";
import type { Builds } from "../ports/builds.ts";
import type { SocketSignals } from "../ports/connections.ts";
import type { Counters } from "../ports/counters.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { EndpointAddresses } from "../ports/endpoint-addresses.ts";
import type { GitTokens } from "../ports/git-tokens.ts";
import type { Heads } from "../ports/heads.ts";
import type { Images } from "../ports/images.ts";
import type { Lanes } from "../ports/lanes.ts";
import type { LogStore } from "../ports/log.ts";
import type { Pushes } from "../ports/pushes.ts";
import type { ReleaseRecords } from "../ports/release-records.ts";
import type { Releases } from "../ports/releases.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Sources } from "../ports/sources.ts";
import type { WorkQueue } from "../ports/work-queue.ts";

/** What the worker depends on. */
export interface WorkerDeps {
  readonly deployments: Deployments;
  readonly log: LogStore;
  readonly builds: Builds;
  readonly buildSlots: BuildSlots;
  /** How many builds may run at the same time; 0: as many as there are. */
  readonly maxConcurrentBuilds: number;
  readonly reports: BuildReports;
  readonly releases: Releases;
  readonly records: ReleaseRecords;
  readonly images: Images;
  readonly apps: Apps;
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
  readonly endpointAddresses: Pick<EndpointAddresses, "remove">;
  readonly signals: SocketSignals;
  readonly queue: WorkQueue;
  /** SHA-256, in hex. */
  readonly hash: (text: string) => string;
  /** A fresh name for whoever carries out an effect. */
  readonly holder: () => string;
  /** The time now, as a timestamp. */
  readonly now: () => string;
  readonly logger: Logger;
  readonly measure: Measure;
}
