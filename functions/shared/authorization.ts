import type { APIGatewayAuthorizerResult } from "aws-lambda";
import type { Admission } from "../../lib/api/authenticate.ts";
import { toContext } from "../../lib/api/principal.ts";

/** Admission as an authorizer of API Gateway says it: a policy, or the error that makes the gateway answer 401. */
export function toPolicy(admission: Admission, methodArn: string): APIGatewayAuthorizerResult {
  if (admission.outcome === "unauthorized") throw new Error("Unauthorized");
  const admitted = admission.outcome === "admitted";
  return {
    principalId: admitted ? admission.principal.id : "anonymous",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: admitted ? "Allow" : "Deny", Resource: methodArn }],
    },
    context: admitted
      ? toContext(admission.principal, admission.csrf, admission.holder)
      : { reason: "Requests from this origin are not accepted." },
  };
}
