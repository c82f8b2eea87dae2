import type { APIGatewayAuthorizerResult } from "aws-lambda";
import type { AuthenticationResult } from "../../lib/api/authenticate.ts";
import { toContext } from "../../lib/api/principal.ts";

/** An authentication result as an authorizer of API Gateway says it: a policy, or the error that makes the gateway answer 401. */
export function toPolicy(result: AuthenticationResult, methodArn: string): APIGatewayAuthorizerResult {
  if (result.outcome === "unauthorized") throw new Error("Unauthorized");
  const authenticated = result.outcome === "authenticated";
  return {
    principalId: authenticated ? result.principal.id : "anonymous",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: authenticated ? "Allow" : "Deny", Resource: methodArn }],
    },
    context: authenticated
      ? toContext(result.principal, result.csrf, result.holder)
      : { reason: "Requests from this origin are not allowed." },
  };
}
