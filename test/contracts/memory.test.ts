import { memoryConnections } from "../support/memory-connections.ts";
import { memoryDeployments, memoryLanes, memoryLog, memoryRecords, memoryReports } from "../support/memory-world.ts";
import { buildReportsContract } from "./build-reports.ts";
import { connectionsContract } from "./connections.ts";
import { deploymentsContract } from "./deployments.ts";
import { lanesContract } from "./lanes.ts";
import { logContract } from "./log.ts";
import { releaseRecordsContract } from "./release-records.ts";

// What the fault tests run on keeps the same promises as what runs on AWS, as far as they rely on it.
const log = memoryLog();
const ports = {
  log,
  deployments: memoryDeployments(() => true, []),
  reports: memoryReports(),
  lanes: memoryLanes(),
  connections: memoryConnections(),
  records: memoryRecords(),
};

deploymentsContract(() => ports);
logContract(() => ports);
buildReportsContract(() => ports);
lanesContract(() => ports);
releaseRecordsContract(() => ports);
connectionsContract(() => ports);
