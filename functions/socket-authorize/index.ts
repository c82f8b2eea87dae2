import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { authenticate } from "../../lib/api/authenticate.ts";
import { trustedHeaders } from "../../lib/api/edge.ts";
import { toPolicy } from "../shared/authorization.ts";
import { awsAuthorizer } from "../shared/authorizer.ts";
import { defined, lowerCased } from "../shared/gateway.ts";
import { observed } from "../shared/observability.ts";

const { middleware } = observed();
const { authorizer, edgeSecrets } = awsAuthorizer();

/** Who opens a socket: by token, ticket, session, or from this machine. The ticket is taken when the socket connects. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(middleware)
  .handler(async (event) => {
    const { identity } = event.requestContext;
    const credentials = {
      headers: trustedHeaders(lowerCased(event.headers), edgeSecrets),
      query: defined(event.queryStringParameters),
      address: identity.sourceIp,
    };
    return toPolicy(await authenticate(authorizer, credentials), event.methodArn);
  });
