import { SQSClient } from "@aws-sdk/client-sqs";
import middy from "@middy/core";
import type {
  APIGatewayEventWebsocketRequestContextV2,
  APIGatewayProxyWebsocketEventV2WithRequestContext,
} from "aws-lambda";
import { awsConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsFeeds } from "../../lib/adapters/dynamodb/feeds.ts";
import { awsOpenSockets } from "../../lib/adapters/dynamodb/open-sockets.ts";
import { awsRequests } from "../../lib/adapters/dynamodb/requests.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import { awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { fromContext } from "../../lib/api/principal.ts";
import { answer, connect, disconnect, type SocketsDeps } from "../../lib/api/sockets.ts";
import { configuration } from "../shared/configuration.ts";
import { defined, type GatewayAnswer, json, refusal } from "../shared/gateway.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { retrying } from "../shared/retry.ts";
import { hash } from "../shared/secrets.ts";

const env = configuration("DEPLOYMENTS_TABLE", "TOKENS_TABLE", "REQUESTS_TABLE", "WORK_QUEUE_URL");
const { logger, middleware, measure } = observed();
const tables = documents();

const deps: SocketsDeps = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  connections: awsConnections(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  openSockets: awsOpenSockets(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  feeds: awsFeeds(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  tokens: awsTokens(tables, env.TOKENS_TABLE),
  requests: awsRequests(tables, env.REQUESTS_TABLE, retrying(measure)),
  hash,
  now,
  nowSeconds,
};

/** `$connect` has more in its event than the types of the package know. */
type SocketEvent = APIGatewayProxyWebsocketEventV2WithRequestContext<
  APIGatewayEventWebsocketRequestContextV2 & { authorizer?: unknown }
> & {
  readonly queryStringParameters?: Record<string, string | undefined> | null;
};

/** A viewer's socket: its connecting, its leaving, and what it says. */
export const handler = middy<SocketEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => {
    const { connectionId, eventType, requestId, authorizer } = event.requestContext;
    if (eventType === "MESSAGE") return { statusCode: 200, headers: {}, body: answer(event.body, now()) };
    const { principal, holder } = fromContext(authorizer);
    if (eventType === "DISCONNECT") {
      await disconnect(deps, connectionId, holder);
      return json(200, {});
    }
    try {
      await connect(deps, { connectionId, principal, holder }, defined(event.queryStringParameters));
      return json(200, {});
    } catch (error) {
      return refusal(error, requestId, logger);
    }
  });
