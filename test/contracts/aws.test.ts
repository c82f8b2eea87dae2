import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "@jest/globals";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsAudit } from "../../lib/adapters/dynamodb/audit.ts";
import { awsBranchMarks } from "../../lib/adapters/dynamodb/branch-marks.ts";
import { awsBuildReports } from "../../lib/adapters/dynamodb/build-reports.ts";
import { awsBuildSlots } from "../../lib/adapters/dynamodb/build-slots.ts";
import { awsConfigurations } from "../../lib/adapters/dynamodb/configurations.ts";
import { awsConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { awsCounters } from "../../lib/adapters/dynamodb/counters.ts";
import { awsCronRuns } from "../../lib/adapters/dynamodb/cron-runs.ts";
import { awsDeliveries } from "../../lib/adapters/dynamodb/deliveries.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsDomains } from "../../lib/adapters/dynamodb/domains.ts";
import { awsEndpointHealths } from "../../lib/adapters/dynamodb/endpoint-health.ts";
import { awsFeeds } from "../../lib/adapters/dynamodb/feeds.ts";
import { awsFreezes } from "../../lib/adapters/dynamodb/freezes.ts";
import { awsGitHubReports } from "../../lib/adapters/dynamodb/github-reports.ts";
import { awsLanes } from "../../lib/adapters/dynamodb/lanes.ts";
import { awsLog } from "../../lib/adapters/dynamodb/log.ts";
import { awsOpenSockets } from "../../lib/adapters/dynamodb/open-sockets.ts";
import { awsOrphanReports } from "../../lib/adapters/dynamodb/orphan-reports.ts";
import { awsOutcomes } from "../../lib/adapters/dynamodb/outcomes.ts";
import { awsPlacements } from "../../lib/adapters/dynamodb/placements.ts";
import { awsPushes } from "../../lib/adapters/dynamodb/pushes.ts";
import { awsSharedReadings } from "../../lib/adapters/dynamodb/readings.ts";
import { awsReleaseRecords } from "../../lib/adapters/dynamodb/release-records.ts";
import { awsRequests } from "../../lib/adapters/dynamodb/requests.ts";
import { awsRestarts } from "../../lib/adapters/dynamodb/restarts.ts";
import { awsRuns } from "../../lib/adapters/dynamodb/runs.ts";
import { awsSharedImages } from "../../lib/adapters/dynamodb/shared-images.ts";
import { awsSlots } from "../../lib/adapters/dynamodb/slots.ts";
import { awsSocketSignals } from "../../lib/adapters/dynamodb/socket-signals.ts";
import { awsTails } from "../../lib/adapters/dynamodb/tails.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import { awsWatched } from "../../lib/adapters/dynamodb/watched.ts";
import { awsBacklog, awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { awsEndpointAddresses } from "../../lib/adapters/ssm/endpoint-addresses.ts";
import { awsGitTokens } from "../../lib/adapters/ssm/git-tokens.ts";
import { awsGitHubApps } from "../../lib/adapters/ssm/github-apps.ts";
import { awsSecrets } from "../../lib/adapters/ssm/secrets.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";
import { retrying } from "../support/retrying.ts";
import { contracts } from "./contracts.ts";
import type { Ports } from "./ports.ts";

/** The adapters for AWS, on the services of the local mode. */
function awsPorts({ documents, sqs, ssm, queueUrl, table, received }: AwsInProcess): Ports {
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const deployments = awsDeployments(documents, table("deployments"), table("audit"));
  const log = awsLog(documents, table("deployments"), nowSeconds);
  const connections = awsConnections(documents, table("deployments"), nowSeconds);
  return {
    deployments,
    log,
    connections,
    watched: awsWatched(documents, table("deployments"), nowSeconds, { deployments, log, connections }),
    reports: awsBuildReports(documents, table("deployments")),
    buildSlots: awsBuildSlots(documents, table("apps")),
    freezes: awsFreezes(documents, table("apps"), table("audit")),
    orphanReports: awsOrphanReports(documents, table("apps")),
    lanes: awsLanes(documents, table("apps")),
    apps: awsApps(documents, table("apps"), table("audit")),
    records: awsReleaseRecords(documents, table("releases")),
    configurations: awsConfigurations(documents, table("apps")),
    placements: awsPlacements(documents, table("apps")),
    domains: awsDomains(documents, table("apps"), table("audit")),
    sharedImages: awsSharedImages(documents, table("apps")),
    counters: awsCounters(documents, table("counters")),
    outcomes: awsOutcomes(documents, table("metrics")),
    audit: awsAudit(documents, table("audit")),
    tokens: awsTokens(documents, table("tokens"), table("audit")),
    requests: awsRequests(documents, table("requests"), retrying),
    pushes: awsPushes(documents, table("requests")),
    marks: awsBranchMarks(documents, table("apps")),
    secrets: awsSecrets(ssm, "/slipway/apps"),
    feeds: awsFeeds(documents, table("deployments"), nowSeconds),
    openSockets: awsOpenSockets(documents, table("deployments"), nowSeconds),
    slots: awsSlots(documents, table("requests"), { nowSeconds, lease: () => randomUUID() }),
    cronRuns: awsCronRuns(documents, table("requests"), nowSeconds),
    runs: awsRuns(documents, table("runs"), table("audit")),
    tails: awsTails(documents, table("requests"), nowSeconds),
    readings: awsSharedReadings(documents, table("requests"), nowSeconds),
    restarts: awsRestarts(documents, table("metrics")),
    signals: awsSocketSignals(documents, table("deployments")),
    endpointAddresses: awsEndpointAddresses(ssm, "/slipway/endpoints"),
    endpointHealths: awsEndpointHealths(documents, table("notices")),
    deliveries: awsDeliveries(documents, table("notices")),
    gitHubApps: awsGitHubApps(ssm, "/slipway/github/app"),
    gitTokens: awsGitTokens(ssm, "/slipway/apps"),
    gitHubReports: awsGitHubReports(documents, table("notices")),
    queue: awsWorkQueue(sqs, queueUrl),
    backlog: awsBacklog(sqs, queueUrl),
    received,
  };
}

let aws: AwsInProcess;
let ports: Ports;

beforeAll(async () => {
  aws = await startAwsInProcess();
  ports = awsPorts(aws);
});
afterAll(() => aws?.close());

contracts(() => ports);
