import middy from "@middy/core";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { ApiError } from "../../lib/api/errors.ts";
import { type GatewayAnswer, refusal } from "../gateway.ts";
import { observed } from "../observability.ts";

const { logger, middleware } = observed();

/** Pushes from GitHub are not taken in yet; a webhook that is set up already is told so. */
export const handler = middy<APIGatewayProxyEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => refusal(new ApiError("not_implemented"), event.requestContext.requestId, logger));
