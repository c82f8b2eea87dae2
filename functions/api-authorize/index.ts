import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { authenticate } from "../../lib/api/authenticate.ts";
import { asksWithKey, byKey } from "../../lib/api/badge/key.ts";
import { vouchedFor } from "../../lib/api/edge.ts";
import { toPolicy } from "../shared/authorization.ts";
import { doorman } from "../shared/doorman.ts";
import { defined, lowerCased } from "../shared/gateway.ts";
import { observed } from "../shared/observability.ts";

const { middleware } = observed();
const { door, edgeSecrets } = doorman();

const toAsked = ({ httpMethod, path, queryStringParameters }: APIGatewayRequestAuthorizerEvent) => ({
  method: httpMethod,
  path,
  query: defined(queryStringParameters),
});

/** Who asks the REST API. Socket tickets are of no use here. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(middleware)
  .handler(async (event) => {
    const headers = vouchedFor(lowerCased(event.headers), edgeSecrets);
    const knock = { headers, query: {}, address: event.requestContext.identity.sourceIp };
    const admission = await authenticate(door, knock);
    // Whatever page shows a badge: who asks with its key is nobody, and needs to be nobody.
    const isKeyed = admission.outcome !== "admitted" && asksWithKey(toAsked(event));
    return toPolicy(isKeyed ? byKey : admission, event.methodArn);
  });
