import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../../lib/adapters/tokens/aws.ts";
import { authenticate } from "../../lib/api/authenticate.ts";
import { toPolicy } from "../authorization.ts";
import { configuration } from "../configuration.ts";
import { lowerCased } from "../gateway.ts";
import { nowSeconds } from "../now.ts";
import { observed } from "../observability.ts";
import { hash } from "../secrets.ts";

const env = configuration("TOKENS_TABLE", "AUTH_MODE", "ALLOWED_ORIGINS", "PUBLIC_URL");
const { middleware } = observed();
const door = {
  tokens: awsTokens(documents(), env.TOKENS_TABLE),
  mode: env.AUTH_MODE,
  allowedOrigins: env.ALLOWED_ORIGINS,
  publicUrl: env.PUBLIC_URL,
  hash,
  nowSeconds,
};

/** Who asks the REST API. Socket tickets are of no use here. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(middleware)
  .handler(async (event) => {
    const knock = { headers: lowerCased(event.headers), query: {}, address: event.requestContext.identity.sourceIp };
    return toPolicy(await authenticate(door, knock), event.methodArn);
  });
