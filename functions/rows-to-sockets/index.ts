import { SQSClient } from "@aws-sdk/client-sqs";
import middy from "@middy/core";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { measuredSockets } from "../../lib/adapters/apigateway/measured-sockets.ts";
import { awsSockets } from "../../lib/adapters/apigateway/sockets.ts";
import { awsConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsFeeds } from "../../lib/adapters/dynamodb/feeds.ts";
import { itemPrefixes, stateItem } from "../../lib/adapters/dynamodb/keys.ts";
import { awsLog } from "../../lib/adapters/dynamodb/log.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { encodeFrame, encodeUpdate } from "../../lib/api/encode.ts";
import { isVisibleChange } from "../../lib/api/present.ts";
import { type FeedDeps, notifyFeed } from "../../lib/core/pump/feed.ts";
import { pooled } from "../../lib/core/pump/pool.ts";
import { type PumpDeps, pump } from "../../lib/core/pump/pump.ts";
import { configuration } from "../shared/configuration.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { rowChange } from "../shared/row-change.ts";

const env = configuration("DEPLOYMENTS_TABLE", "SOCKETS_ENDPOINT", "WORK_QUEUE_URL");
const { logger, middleware, measure } = observed();
const tables = documents();

const deps: PumpDeps & FeedDeps = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  log: awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  connections: awsConnections(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  feeds: awsFeeds(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  sockets: measuredSockets(awsSockets(env.SOCKETS_ENDPOINT), measure),
  encode: encodeFrame,
  encodeUpdate,
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  now,
  random: Math.random,
  elapsedMs: () => performance.now(),
  logger,
};

const idOf = ({ dynamodb }: DynamoDBRecord): number => Number(dynamodb?.Keys?.deployment_id?.N);

function isUpdate(record: DynamoDBRecord): boolean {
  if (record.dynamodb?.Keys?.item?.S !== stateItem) return false;
  const { before, after } = rowChange(record);
  return before === null || isVisibleChange(before, after);
}

/** A socket of the feed that is due, or is to be closed. */
const isFeed = ({ dynamodb }: DynamoDBRecord): boolean =>
  dynamodb?.Keys?.item?.S?.startsWith(itemPrefixes.feed) ?? false;

/** Deployments at the same time: viewers of one that cannot be reached hold up no other. */
const atOnce = 4;

async function notifyReaders(records: readonly DynamoDBRecord[]): Promise<void> {
  const changed = new Set(records.filter(isUpdate).map(idOf));
  if (changed.size > 0 || records.some(isFeed)) await notifyFeed(deps, changed);
}

/**
 * The stream of rows to the sockets of those who watch: each deployment in the batch is brought up to date once, for its
 * own viewers and for the feed. Neither waits for the other, and both are over when this ends: the next batch must not
 * find one of them still sending.
 */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(middleware)
  .handler(async ({ Records }) => {
    const settled = await Promise.allSettled([
      pooled([...new Set(Records.filter((record) => !isFeed(record)).map(idOf))], (id) => pump(deps, id), atOnce),
      notifyReaders(Records),
    ]);
    const failed = settled.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  });
