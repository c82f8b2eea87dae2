import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsLog } from "../../lib/adapters/dynamodb/log.ts";
import { awsSlots } from "../../lib/adapters/dynamodb/slots.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { downloadLog, type LogsDeps, readLog } from "../../lib/api/logs.ts";
import { configuration } from "../shared/configuration.ts";
import { corsHeaders, download, type GatewayAnswer, json, refusal, toRequest } from "../shared/gateway.ts";
import { nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { secret } from "../shared/secrets.ts";

const env = configuration("DEPLOYMENTS_TABLE", "TOKENS_TABLE", "REQUESTS_TABLE", "MAX_HELD_READS", "ALLOWED_ORIGINS");
const { logger, middleware } = observed();
const tables = documents();

const deps: LogsDeps = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  log: awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  pause: (milliseconds) => pause(milliseconds),
  tokens: awsTokens(tables, env.TOKENS_TABLE),
  slots: awsSlots(tables, env.REQUESTS_TABLE, { nowSeconds, lease: secret }),
  maxHeldReads: env.MAX_HELD_READS,
  nowMs: Date.now,
  elapsedMs: () => performance.now(),
};

type StreamedAnswer = Omit<GatewayAnswer, "body"> & { readonly body: string | Readable };

/** A log for those without a socket: a page of lines, held until there is more, or all of it as a file. */
export const handler = middy<APIGatewayProxyEvent, StreamedAnswer>({ executionMode: executionModeStreamifyResponse })
  .use(middleware)
  .handler(async (event) => {
    const request = toRequest(event);
    const cors = corsHeaders(request.headers, env.ALLOWED_ORIGINS);
    try {
      const id = idOf(event.pathParameters?.id, request.query.id);
      if (!request.headers.accept?.includes("text/plain"))
        return json(200, await readLog(deps, request, id, request.query), cors);
      const lines = await downloadLog(deps, request.principal, id);
      const headers = { ...download(`deployment-${id}.log`), ...cors };
      return { statusCode: 200, headers, body: Readable.from(lines) };
    } catch (error) {
      const answer = refusal(error, event.requestContext.requestId, logger);
      return { ...answer, headers: { ...answer.headers, ...cors } };
    }
  });

/** From the path; where the path has none, from the query. */
function idOf(inPath: string | undefined, inQuery: string | undefined): number {
  const text = inPath ?? inQuery ?? "";
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  if (inPath !== undefined) throw new ApiError("not_found");
  const details = [{ field: "id", message: "must be the number of a deployment" }];
  throw new ApiError("invalid_request", { sentence: "The request has invalid fields: id.", details });
}
