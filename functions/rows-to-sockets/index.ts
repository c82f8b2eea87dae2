import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import middy from "@middy/core";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { awsConnections } from "../../lib/adapters/connections/aws.ts";
import { awsDeployments } from "../../lib/adapters/deployments/aws.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsLog } from "../../lib/adapters/log/aws.ts";
import { awsSockets } from "../../lib/adapters/sockets/aws.ts";
import { type PumpWorld, pump } from "../../lib/core/pump/pump.ts";
import { configuration } from "../configuration.ts";
import { now, nowSeconds } from "../now.ts";
import { observed } from "../observability.ts";

const env = configuration("DEPLOYMENTS_TABLE", "SOCKETS_ENDPOINT");
const { middleware, note } = observed();
const tables = documents();

const world: PumpWorld = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  log: awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  connections: awsConnections(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  sockets: awsSockets(
    new ApiGatewayManagementApiClient({
      endpoint: env.SOCKETS_ENDPOINT,
      requestHandler: { requestTimeout: 3_000, throwOnRequestTimeout: true },
    }),
  ),
  now,
  note,
};

/** The stream of rows to the sockets of those who watch: each deployment in the batch is brought up to date once. */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(middleware)
  .handler(async (event) => {
    const ids = new Set(event.Records.map((record) => Number(record.dynamodb?.Keys?.deployment_id?.N)));
    for (const id of ids) await pump(world, id);
  });
