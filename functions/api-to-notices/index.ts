import { setTimeout as pause } from "node:timers/promises";
import middy from "@middy/core";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { ApiError } from "../../lib/api/errors.ts";
import { type NotificationTestDeps, testNotifications } from "../../lib/api/notification-test.ts";
import { configuration } from "../shared/configuration.ts";
import { corsHeaders, type GatewayAnswer, json, refusal, toRequest } from "../shared/gateway.ts";
import { observed } from "../shared/observability.ts";
import { secret } from "../shared/secrets.ts";
import { awsSending } from "../shared/sending.ts";

const env = configuration("ALLOWED_ORIGINS", "EDGE_SECRETS");
const { logger, middleware, measure } = observed();
const deps: NotificationTestDeps = {
  ...awsSending(measure),
  allowedOrigins: env.ALLOWED_ORIGINS,
  fresh: () => secret().slice(0, 12),
  pause: (milliseconds) => pause(milliseconds),
};

/** Sends a test to each endpoint of an app. It reads addresses, which the function with the other routes may only write. */
export const handler = middy<APIGatewayProxyEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => {
    const request = toRequest(event, env.EDGE_SECRETS);
    const cors = corsHeaders(request.headers, env.ALLOWED_ORIGINS);
    try {
      const answer = await testNotifications(deps, request, idIn(event.pathParameters?.id));
      return json(answer.status, answer.body, cors);
    } catch (error) {
      const answer = refusal(error, event.requestContext.requestId, logger);
      return { ...answer, headers: { ...answer.headers, ...cors } };
    }
  });

function idIn(text = ""): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new ApiError("not_found");
}
