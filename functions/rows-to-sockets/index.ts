import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import middy from "@middy/core";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { awsConnections } from "../../lib/adapters/connections/aws.ts";
import { awsDeployments } from "../../lib/adapters/deployments/aws.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsFeeds } from "../../lib/adapters/feeds/aws.ts";
import { awsLog } from "../../lib/adapters/log/aws.ts";
import { awsSockets } from "../../lib/adapters/sockets/aws.ts";
import { measuredSockets } from "../../lib/adapters/sockets/measured.ts";
import { isVisibleChange, presentDeployment } from "../../lib/api/present.ts";
import { type FeedWorld, tellFeed } from "../../lib/core/pump/feed.ts";
import { type PumpWorld, pump } from "../../lib/core/pump/pump.ts";
import { configuration } from "../configuration.ts";
import { now, nowSeconds } from "../now.ts";
import { observed } from "../observability.ts";
import { rowChange } from "../row-change.ts";

const env = configuration("DEPLOYMENTS_TABLE", "SOCKETS_ENDPOINT");
const { middleware, note, measure } = observed();
const tables = documents();

const world: PumpWorld & FeedWorld = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  log: awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  connections: awsConnections(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  feeds: awsFeeds(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  sockets: measuredSockets(
    awsSockets(
      new ApiGatewayManagementApiClient({
        endpoint: env.SOCKETS_ENDPOINT,
        requestHandler: { requestTimeout: 3_000, throwOnRequestTimeout: true },
      }),
    ),
    measure,
  ),
  present: presentDeployment,
  now,
  note,
};

const idOf = ({ dynamodb }: DynamoDBRecord): number => Number(dynamodb?.Keys?.deployment_id?.N);

function isNews(record: DynamoDBRecord): boolean {
  if (record.dynamodb?.Keys?.item?.S !== "state") return false;
  const { before, after } = rowChange(record);
  return before === null || isVisibleChange(before, after);
}

async function pumpEach(ids: ReadonlySet<number>): Promise<void> {
  for (const id of ids) await pump(world, id);
}

/**
 * The stream of rows to the sockets of those who watch: each deployment in the batch is brought up to date once, for its
 * own viewers and for the feed. Neither waits for the other, and both are over when this ends: the next batch must not
 * find one of them still sending.
 */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(middleware)
  .handler(async ({ Records }) => {
    const told = await Promise.allSettled([
      pumpEach(new Set(Records.map(idOf))),
      tellFeed(world, new Set(Records.filter(isNews).map(idOf))),
    ]);
    const failed = told.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  });
