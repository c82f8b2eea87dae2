import type { AuditEntry } from "../../lib/core/access/audit.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import { memorySockets } from "../support/memory-connections.ts";
import { memoryCronRuns } from "../support/memory-crons.ts";
import { memoryDomains } from "../support/memory-domains.ts";
import { memoryGitHubApps, memoryGitHubReports, memoryGitTokens } from "../support/memory-github.ts";
import { memoryDeliveries, memoryEndpointAddresses, memoryEndpointHealths } from "../support/memory-notices.ts";
import { memoryMarks, memoryPushes } from "../support/memory-pushes.ts";
import { memoryRuns } from "../support/memory-runs.ts";
import { memorySlots } from "../support/memory-slots.ts";
import {
  memoryAudit,
  memoryBuildSlots,
  memoryConfigurations,
  memoryDeployments,
  memoryFreezes,
  memoryLanes,
  memoryLog,
  memoryOrphanReports,
  memoryOutcomes,
  memoryPlacements,
  memoryQueue,
  memoryRecords,
  memoryReports,
  memorySharedImages,
  memoryTokens,
  simulatedClock,
} from "../support/memory-stores.ts";
import { memoryTails } from "../support/memory-tails.ts";
import { memoryReadings, memoryRestarts } from "../support/memory-usage.ts";
import { type ReleaseScript, scriptedReleases } from "../support/scripted-aws.ts";
import { watchedByParts } from "../support/watched.ts";
import { auditContract } from "./audit.ts";
import { auditedContract } from "./audited.ts";
import { branchMarksContract } from "./branch-marks.ts";
import { buildReportsContract } from "./build-reports.ts";
import { buildSlotsContract } from "./build-slots.ts";
import { configurationsContract } from "./configurations.ts";
import { connectionsContract } from "./connections.ts";
import { cronRunsContract } from "./cron-runs.ts";
import { deliveriesContract } from "./deliveries.ts";
import { deploymentListsContract, deploymentsContract } from "./deployments.ts";
import { domainsContract } from "./domains.ts";
import { endpointAddressesContract, endpointHealthsContract } from "./endpoints.ts";
import { feedsContract } from "./feeds.ts";
import { freezesContract } from "./freezes.ts";
import { gitHubAppsContract, gitHubReportsContract, gitTokensContract } from "./github-stores.ts";
import { lanesContract } from "./lanes.ts";
import { logContract } from "./log.ts";
import { openSocketsContract } from "./open-sockets.ts";
import { orphanReportsContract } from "./orphan-reports.ts";
import { outcomesContract } from "./outcomes.ts";
import { placementsContract } from "./placements.ts";
import { pushesContract } from "./pushes.ts";
import { releaseRecordsContract } from "./release-records.ts";
import { releasesContract } from "./releases.ts";
import { runsContract } from "./runs.ts";
import { sharedImagesContract } from "./shared-images.ts";
import { slotsContract } from "./slots.ts";
import { tailsContract } from "./tails.ts";
import { tokensContract } from "./tokens.ts";
import { readingsContract, restartsContract } from "./usage.ts";
import { watchedContract } from "./watched.ts";

// What the tests of the core and of the API run on keeps the same promises as what runs on AWS, as far as they rely on it.
const log = memoryLog();
const entries: AuditEntry[] = [];
const deployments = memoryDeployments(() => true, [], entries);
const sockets = memorySockets({ now: () => toTimestamp(Date.now()) });
const ports = {
  log,
  deployments,
  watched: watchedByParts({ deployments, log, connections: sockets.connections }),
  reports: memoryReports(),
  lanes: memoryLanes(),
  buildSlots: memoryBuildSlots(),
  freezes: memoryFreezes(entries),
  orphanReports: memoryOrphanReports(),
  slots: memorySlots(() => Math.floor(Date.now() / 1000)),
  tails: memoryTails(),
  readings: memoryReadings(),
  restarts: memoryRestarts(),
  cronRuns: memoryCronRuns(),
  runs: memoryRuns(undefined, entries),
  ...sockets,
  tokens: memoryTokens(undefined, entries),
  records: memoryRecords(),
  configurations: memoryConfigurations(),
  placements: memoryPlacements(),
  domains: memoryDomains(undefined, entries),
  sharedImages: memorySharedImages(),

  outcomes: memoryOutcomes(),
  audit: memoryAudit(entries),
  pushes: memoryPushes(),
  marks: memoryMarks(),
  endpointAddresses: memoryEndpointAddresses(),
  endpointHealths: memoryEndpointHealths(),
  deliveries: memoryDeliveries(),
  gitHubApps: memoryGitHubApps(),
  gitTokens: memoryGitTokens(),
  gitHubReports: memoryGitHubReports(),
};

deploymentsContract(() => ports);
deploymentListsContract(() => ports);
logContract(() => ports);
buildReportsContract(() => ports);
lanesContract(() => ports);
buildSlotsContract(() => ports);
freezesContract(() => ports);
orphanReportsContract(() => ports);
releaseRecordsContract(() => ports);
configurationsContract(() => ports);
placementsContract(() => ports);
domainsContract(() => ports);
sharedImagesContract(() => ports);
connectionsContract(() => ports);
watchedContract(() => ports);
feedsContract(() => ports);
openSocketsContract(() => ports);
slotsContract(() => ports);
tailsContract(() => ports);
readingsContract(() => ports);
restartsContract(() => ports);
runsContract(() => ports);
cronRunsContract(() => ports);
outcomesContract(() => ports);
auditContract(() => ports);
auditedContract(() => ports);
pushesContract(() => ports);
branchMarksContract(() => ports);
tokensContract(() => ports);
endpointAddressesContract(() => ports);
endpointHealthsContract(() => ports);
deliveriesContract(() => ports);
gitHubAppsContract(() => ports);
gitTokensContract(() => ports);
gitHubReportsContract(() => ports);

const clock = simulatedClock();
const scripts = new Map<number, ReleaseScript>();
const ecs = scriptedReleases(
  { clock, queue: memoryQueue(clock), betweenCalls: async () => undefined },
  (deploymentId) => scripts.get(deploymentId) ?? { outcome: "succeeded", seconds: 10 },
);
releasesContract(() => ({
  releases: ecs.port,
  settings: () => ({}),
  foretell: (deploymentId, fate) =>
    void scripts.set(deploymentId, {
      outcome: fate === "sick" ? "failed" : "succeeded",
      seconds: 10,
      check: fate === "fails its check" ? "fails" : "passes",
    }),
  pass: async () => {
    clock.ms += 1000;
    await ecs.advance();
  },
}));
