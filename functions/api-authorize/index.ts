import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { authenticate } from "../../lib/api/authenticate.ts";
import { asksWithKey, byKey } from "../../lib/api/badge-key.ts";
import { trustedHeaders } from "../../lib/api/edge.ts";
import { toPolicy } from "../shared/authorization.ts";
import { awsAuthorizer } from "../shared/authorizer.ts";
import { defined, lowerCased } from "../shared/gateway.ts";
import { observed } from "../shared/observability.ts";

const { middleware } = observed();
const { authorizer, edgeSecrets } = awsAuthorizer();

const toAsked = ({ httpMethod, path, queryStringParameters }: APIGatewayRequestAuthorizerEvent) => ({
  method: httpMethod,
  path,
  query: defined(queryStringParameters),
});

/** Who asks the REST API. Socket tickets are of no use here. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(middleware)
  .handler(async (event) => {
    const headers = trustedHeaders(lowerCased(event.headers), edgeSecrets);
    const credentials = { headers, query: {}, address: event.requestContext.identity.sourceIp };
    const result = await authenticate(authorizer, credentials);
    // Whatever page shows a badge: who asks with its key is nobody, and needs to be nobody.
    const isKeyed = result.outcome !== "authenticated" && asksWithKey(toAsked(event));
    return toPolicy(isKeyed ? byKey : result, event.methodArn);
  });
