import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import middy from "@middy/core";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { awsOpenSockets } from "../../lib/adapters/dynamodb/open-sockets.ts";
import { awsSocketSignals } from "../../lib/adapters/dynamodb/socket-signals.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens, tokenConcerned } from "../../lib/adapters/dynamodb/tokens.ts";
import { endLostSockets, endSocketsOfApp, type LostAccessDeps } from "../../lib/api/lost-access.ts";
import { configuration } from "../shared/configuration.ts";
import { nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";

const env = configuration("DEPLOYMENTS_TABLE", "TOKENS_TABLE");
const { logger, middleware } = observed();
const tables = documents();

const deps: LostAccessDeps = {
  tokens: awsTokens(tables, env.TOKENS_TABLE),
  openSockets: awsOpenSockets(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  signals: awsSocketSignals(tables, env.DEPLOYMENTS_TABLE),
  nowSeconds,
  logger,
};

/** The types of the two packages describe the same JSON but not as the same type. */
const itemIn = (image: unknown): Record<string, unknown> =>
  image === undefined ? {} : unmarshall(image as Record<string, AttributeValue>);

const isOfToken = ({ dynamodb }: DynamoDBRecord): boolean => dynamodb?.Keys?.token_hash !== undefined;

/** The hash of the token whose sockets may have lost their right, or `null`: the change takes nothing from anybody. */
function tokenIn({ dynamodb }: DynamoDBRecord): string | null {
  const [before, after] = [itemIn(dynamodb?.OldImage), itemIn(dynamodb?.NewImage)];
  return tokenConcerned(before, after);
}

/**
 * Ends open sockets that their holders may not have any more: by the streams of the credentials and of the apps, so that
 * it does not matter who took a token, a session or an app away, nor whether their process survived it.
 */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(middleware)
  .handler(async ({ Records }) => {
    const tokens = Records.filter(isOfToken).flatMap((record) => tokenIn(record) ?? []);
    for (const token of new Set(tokens)) await endLostSockets(deps, token);
    const apps = Records.filter((record) => !isOfToken(record)).map(({ dynamodb }) => itemIn(dynamodb?.NewImage).id);
    for (const app of new Set(apps)) await endSocketsOfApp(deps, Number(app));
  });
