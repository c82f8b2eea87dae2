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
import { awsWatched } from "../../lib/adapters/dynamodb/watched.ts";
import { awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { encodeFrame, encodeUpdate } from "../../lib/api/encode.ts";
import { isVisibleChange } from "../../lib/api/present.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { type FeedDeps, notifyFeed } from "../../lib/core/pump/feed.ts";
import { isNewToViewers } from "../../lib/core/pump/frames.ts";
import { pooled } from "../../lib/core/pump/pool.ts";
import { type PumpDeps, pump } from "../../lib/core/pump/pump.ts";
import { configuration } from "../shared/configuration.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { rowChange } from "../shared/row-change.ts";

const env = configuration("DEPLOYMENTS_TABLE", "SOCKETS_ENDPOINT", "WORK_QUEUE_URL");
const { logger, middleware, measure } = observed();
const tables = documents();

const deployments = awsDeployments(tables, env.DEPLOYMENTS_TABLE);
const log = awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds);
const connections = awsConnections(tables, env.DEPLOYMENTS_TABLE, nowSeconds);

const deps: PumpDeps & FeedDeps = {
  watched: awsWatched(tables, env.DEPLOYMENTS_TABLE, nowSeconds, { deployments, log, connections }),
  deployments,
  log,
  connections,
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

/** A record of the stream, with what it says of a deployment's state; `null`: it is about something else. */
interface Change {
  readonly record: DynamoDBRecord;
  readonly state: ReturnType<typeof rowChange> | null;
}

const changeIn = (record: DynamoDBRecord): Change => ({
  record,
  state: record.dynamodb?.Keys?.item?.S === stateItem ? rowChange(record) : null,
});

/** The deployments that somebody sees changed, as the last change left them. */
function changedRows(changes: readonly Change[]): ReadonlyMap<number, Deployment> {
  const changed = new Map<number, Deployment>();
  for (const { state } of changes) {
    if (state === null) continue;
    const { before, after } = state;
    if (before === null || isVisibleChange(before, after) || changed.has(after.id)) changed.set(after.id, after);
  }
  return changed;
}

/** The deployments whose viewers may have something to be sent. */
const watchedIds = (changes: readonly Change[]): readonly number[] => [
  ...new Set(
    changes
      .filter(({ record, state }) => !isFeed(record) && (state === null || isNewToViewers(state.before, state.after)))
      .map(({ record }) => idOf(record)),
  ),
];

/** A socket of the feed that is due, or is to be closed. */
const isFeed = ({ dynamodb }: DynamoDBRecord): boolean =>
  dynamodb?.Keys?.item?.S?.startsWith(itemPrefixes.feed) ?? false;

/** Deployments at the same time: viewers of one that cannot be reached hold up no other. */
const atOnce = 4;

async function notifyReaders(changes: readonly Change[]): Promise<void> {
  const changed = changedRows(changes);
  if (changed.size > 0 || changes.some(({ record }) => isFeed(record))) await notifyFeed(deps, changed);
}

/**
 * The stream of rows to the sockets of those who watch: each deployment in the batch is brought up to date once, for its
 * own viewers and for the feed. Neither waits for the other, and both are over when this ends: the next batch must not
 * find one of them still sending.
 */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(middleware)
  .handler(async ({ Records }) => {
    const changes = Records.map(changeIn);
    const settled = await Promise.allSettled([
      pooled(watchedIds(changes), (id) => pump(deps, id), atOnce),
      notifyReaders(changes),
    ]);
    const failed = settled.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  });
