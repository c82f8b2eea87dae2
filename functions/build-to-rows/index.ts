import { ECRClient } from "@aws-sdk/client-ecr";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import middy from "@middy/core";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { cachedSecrets } from "../../lib/adapters/cached/secrets.ts";
import { awsBuildReports } from "../../lib/adapters/dynamodb/build-reports.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsLog } from "../../lib/adapters/dynamodb/log.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { awsPushedImage } from "../../lib/adapters/ecr/pushed-image.ts";
import { awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { awsSecrets } from "../../lib/adapters/ssm/secrets.ts";
import { awsImageAccess } from "../../lib/adapters/sts/image-access.ts";
import { type BuildsDeps, claimBuild, renewBuildCredentials, reportBuild } from "../../lib/api/builds.ts";
import type { Answer } from "../../lib/api/deps.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import { largestBody } from "../../lib/core/limits.ts";
import { configuration } from "../shared/configuration.ts";
import { type GatewayAnswer, json, refusal, toRequest } from "../shared/gateway.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { observed } from "../shared/observability.ts";
import { awsRepositoryAccess } from "../shared/repository-access.ts";
import { retrying } from "../shared/retry.ts";
import { hash } from "../shared/secrets.ts";

const env = configuration(
  "DEPLOYMENTS_TABLE",
  "WORK_QUEUE_URL",
  "SECRETS_PREFIX",
  "REPOSITORIES_URI",
  "REPOSITORIES_ARN",
  "IMAGE_ROLE_ARN",
  "LOCAL_REPOSITORIES",
);
const { logger, middleware, measure } = observed();
const ssm = new SSMClient({});
const tables = documents();

const deps: BuildsDeps = {
  deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
  log: awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds),
  reports: awsBuildReports(tables, env.DEPLOYMENTS_TABLE),
  secrets: cachedSecrets(awsSecrets(ssm, env.SECRETS_PREFIX), nowSeconds),
  access: awsRepositoryAccess(ssm, { fresh: true, logger }),
  queue: awsWorkQueue(new SQSClient({}), env.WORK_QUEUE_URL),
  imageAccess: awsImageAccess(new STSClient({}), {
    roleArn: env.IMAGE_ROLE_ARN,
    repositoriesArn: env.REPOSITORIES_ARN,
  }),
  repositoriesUri: env.REPOSITORIES_URI,
  pushedImage: awsPushedImage(new ECRClient({}), env.REPOSITORIES_URI),
  repositoryReach: env.LOCAL_REPOSITORIES ? "anywhere" : "public",
  known: knownBuilds(),
  hash,
  now,
  ...retrying(measure),
};

/** Reports of running builds: lines into the log, the outcome onto the queue. */
export const handler = middy<APIGatewayProxyEvent, GatewayAnswer>()
  .use(middleware)
  .handler(async (event) => {
    try {
      const { path, headers, body } = toRequest(event);
      if (Buffer.byteLength(body ?? "") > largestBody.report)
        throw new ApiError("body_too_large", { sentence: "A report is at most 1 MB." });
      const payload = parsed(body);
      const token = /^Bearer ([0-9a-f]{64})$/.exec(headers.authorization ?? "")?.[1] ?? null;
      const answer = await answerTo(path, token, payload);
      return json(answer.status, answer.body);
    } catch (error) {
      return refusal(error, event.requestContext.requestId, logger);
    }
  });

function answerTo(path: string, token: string | null, payload: unknown): Promise<Answer> {
  if (path.endsWith("/claim")) return claimBuild(deps, payload);
  if (path.endsWith("/credentials")) return renewBuildCredentials(deps, token, payload);
  return reportBuild(deps, token, payload);
}

function parsed(body: string | null): unknown {
  try {
    return JSON.parse(body ?? "");
  } catch {
    throw new ApiError("malformed_json");
  }
}
