import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { authenticate } from "../../lib/api/authenticate.ts";
import { toPolicy } from "../authorization.ts";
import { doorman } from "../doorman.ts";
import { lowerCased } from "../gateway.ts";
import { observed } from "../observability.ts";

const { middleware } = observed();
const door = doorman();

/** Who asks the REST API. Socket tickets are of no use here. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(middleware)
  .handler(async (event) => {
    const knock = { headers: lowerCased(event.headers), query: {}, address: event.requestContext.identity.sourceIp };
    return toPolicy(await authenticate(door, knock), event.methodArn);
  });
