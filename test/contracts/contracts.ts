import { appsContract } from "./apps.ts";
import { auditContract } from "./audit.ts";
import { buildReportsContract } from "./build-reports.ts";
import { connectionsContract } from "./connections.ts";
import { countersContract, workQueueContract } from "./counters-and-queue.ts";
import { deliveriesContract } from "./deliveries.ts";
import { deploymentListsContract, deploymentsContract } from "./deployments.ts";
import { endpointAddressesContract, endpointHealthsContract } from "./endpoints.ts";
import { feedsContract } from "./feeds.ts";
import { gitHubAppsContract, gitHubReportsContract, gitTokensContract } from "./github-stores.ts";
import { lanesContract } from "./lanes.ts";
import { logContract } from "./log.ts";
import { outcomesContract } from "./outcomes.ts";
import type { PortOf, Ports } from "./ports.ts";
import { releaseRecordsContract } from "./release-records.ts";
import { requestsContract } from "./requests.ts";
import { secretsContract } from "./secrets.ts";
import { tokensContract } from "./tokens.ts";

/** The suites of all ports, for an implementation that has them all. */
export function contracts(ports: PortOf<keyof Ports>): void {
  deploymentsContract(ports);
  deploymentListsContract(ports);
  logContract(ports);
  lanesContract(ports);
  buildReportsContract(ports);
  appsContract(ports);
  releaseRecordsContract(ports);
  countersContract(ports);
  outcomesContract(ports);
  auditContract(ports);
  tokensContract(ports);
  requestsContract(ports);
  secretsContract(ports);
  connectionsContract(ports);
  feedsContract(ports);
  endpointAddressesContract(ports);
  endpointHealthsContract(ports);
  deliveriesContract(ports);
  gitHubAppsContract(ports);
  gitTokensContract(ports);
  gitHubReportsContract(ports);
  workQueueContract(ports);
}
