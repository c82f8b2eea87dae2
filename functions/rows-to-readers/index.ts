import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { cachedSecrets } from "../../lib/adapters/cached/secrets.ts";
import { awsAppLogs } from "../../lib/adapters/cloudwatch/app-logs.ts";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsLog } from "../../lib/adapters/dynamodb/log.ts";
import { awsRuns } from "../../lib/adapters/dynamodb/runs.ts";
import { awsSlots } from "../../lib/adapters/dynamodb/slots.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsTails } from "../../lib/adapters/dynamodb/tails.ts";
import { awsTokens } from "../../lib/adapters/dynamodb/tokens.ts";
import { appLogGroup } from "../../lib/adapters/ecs/options.ts";
import { awsSecrets } from "../../lib/adapters/ssm/secrets.ts";
import { type AppLogsDeps, readAppLog, readRunLog } from "../../lib/api/app-logs.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { downloadLog, readLog } from "../../lib/api/logs.ts";
import { configuration } from "../shared/configuration.ts";
import { corsHeaders, download, type GatewayAnswer, json, refusal, toRequest } from "../shared/gateway.ts";
import { nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { secret } from "../shared/secrets.ts";

const env = configuration(
  "DEPLOYMENTS_TABLE",
  "APPS_TABLE",
  "RUNS_TABLE",
  "TOKENS_TABLE",
  "REQUESTS_TABLE",
  "SECRETS_PREFIX",
  "APP_LOG_GROUP",
  "MAX_HELD_READS",
  "ALLOWED_ORIGINS",
);
const { logger, middleware } = observed();
const tables = documents();

const deps: AppLogsDeps = {
  apps: awsApps(tables, env.APPS_TABLE),
  runs: awsRuns(tables, env.RUNS_TABLE),
  appLogs: awsAppLogs(new CloudWatchLogsClient({}), (id) => appLogGroup({ appLogGroup: env.APP_LOG_GROUP }, id)),
  tails: awsTails(tables, env.REQUESTS_TABLE, nowSeconds),
  secrets: cachedSecrets(awsSecrets(new SSMClient({}), env.SECRETS_PREFIX), nowSeconds),
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

/** A deployment's log for those without a socket, or an app's: a page of lines, held until there is more; the former also as a file. */
export const handler = middy<APIGatewayProxyEvent, StreamedAnswer>({ executionMode: executionModeStreamifyResponse })
  .use(middleware)
  .handler(async (event) => {
    const request = toRequest(event);
    const cors = corsHeaders(request.headers, env.ALLOWED_ORIGINS);
    try {
      const id = idOf(event.pathParameters?.id, request.query.id);
      if (event.resource.startsWith("/api/apps/"))
        return json(200, await readAppLog(deps, request, id, request.query), cors);
      if (event.resource.startsWith("/api/runs/"))
        return json(200, await readRunLog(deps, request, id, request.query), cors);
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
