import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "@jest/globals";
import { awsApps } from "../../lib/adapters/apps/aws.ts";
import { awsAudit } from "../../lib/adapters/audit/aws.ts";
import { awsBranchMarks } from "../../lib/adapters/branch-marks/aws.ts";
import { awsBuildReports } from "../../lib/adapters/build-reports/aws.ts";
import { awsBuildSlots } from "../../lib/adapters/build-slots/aws.ts";
import { awsConnections } from "../../lib/adapters/connections/aws.ts";
import { awsCounters } from "../../lib/adapters/counters/aws.ts";
import { awsDeliveries } from "../../lib/adapters/deliveries/aws.ts";
import { awsDeployments } from "../../lib/adapters/deployments/aws.ts";
import { awsEndpointAddresses } from "../../lib/adapters/endpoint-addresses/aws.ts";
import { awsEndpointHealths } from "../../lib/adapters/endpoint-health/aws.ts";
import { awsFeeds } from "../../lib/adapters/feeds/aws.ts";
import { awsGitTokens } from "../../lib/adapters/git-tokens/aws.ts";
import { awsGitHubApps } from "../../lib/adapters/github-apps/aws.ts";
import { awsGitHubReports } from "../../lib/adapters/github-reports/aws.ts";
import { awsLanes } from "../../lib/adapters/lanes/aws.ts";
import { awsLog } from "../../lib/adapters/log/aws.ts";
import { awsOpenSockets } from "../../lib/adapters/open-sockets/aws.ts";
import { awsOutcomes } from "../../lib/adapters/outcomes/aws.ts";
import { awsPushes } from "../../lib/adapters/pushes/aws.ts";
import { awsReleaseRecords } from "../../lib/adapters/release-records/aws.ts";
import { awsRequests } from "../../lib/adapters/requests/aws.ts";
import { awsSecrets } from "../../lib/adapters/secrets/aws.ts";
import { awsSlots } from "../../lib/adapters/slots/aws.ts";
import { awsSocketSignals } from "../../lib/adapters/sockets/signals.ts";
import { awsTokens } from "../../lib/adapters/tokens/aws.ts";
import { awsWorkQueue } from "../../lib/adapters/work-queue/aws.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";
import { contracts } from "./contracts.ts";
import type { Ports } from "./ports.ts";

/** The adapters for AWS, on the services of the local mode. */
function awsPorts({ documents, sqs, ssm, queueUrl, table, received }: AwsInProcess): Ports {
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  return {
    deployments: awsDeployments(documents, table("deployments")),
    log: awsLog(documents, table("deployments"), nowSeconds),
    reports: awsBuildReports(documents, table("deployments")),
    buildSlots: awsBuildSlots(documents, table("apps")),
    lanes: awsLanes(documents, table("apps")),
    apps: awsApps(documents, table("apps")),
    records: awsReleaseRecords(documents, table("releases")),
    counters: awsCounters(documents, table("counters")),
    outcomes: awsOutcomes(documents, table("metrics")),
    audit: awsAudit(documents, table("audit")),
    tokens: awsTokens(documents, table("tokens")),
    requests: awsRequests(documents, table("requests")),
    pushes: awsPushes(documents, table("requests")),
    marks: awsBranchMarks(documents, table("apps")),
    secrets: awsSecrets(ssm, "/slipway/apps"),
    connections: awsConnections(documents, table("deployments"), nowSeconds),
    feeds: awsFeeds(documents, table("deployments"), nowSeconds),
    openSockets: awsOpenSockets(documents, table("deployments"), nowSeconds),
    slots: awsSlots(documents, table("requests"), { nowSeconds, lease: () => randomUUID() }),
    signals: awsSocketSignals(documents, table("deployments")),
    endpointAddresses: awsEndpointAddresses(ssm, "/slipway/endpoints"),
    endpointHealths: awsEndpointHealths(documents, table("notices")),
    deliveries: awsDeliveries(documents, table("notices")),
    gitHubApps: awsGitHubApps(ssm, "/slipway/github/app"),
    gitTokens: awsGitTokens(ssm, "/slipway/apps"),
    gitHubReports: awsGitHubReports(documents, table("notices")),
    queue: awsWorkQueue(sqs, queueUrl),
    received,
  };
}

let aws: AwsInProcess;
let ports: Ports;

beforeAll(async () => {
  aws = await startAwsInProcess();
  ports = awsPorts(aws);
}, 60_000);
afterAll(() => aws?.close());

contracts(() => ports);
