import { Aws, Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  AccessLogFormat,
  CfnAuthorizer,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  RequestAuthorizer,
  ResponseTransferMode,
  RestApi,
} from "aws-cdk-lib/aws-apigateway";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct, type IDependable } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { alarm } from "./alarm.ts";
import { type FunctionName, functionSizes } from "./functions.ts";
import { answerInOurShape } from "./gateway-responses.ts";
import { pathName, regionalName } from "./names.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

interface MethodIntegration {
  readonly method: "ANY" | "GET" | "OPTIONS" | "POST";
  readonly to: FunctionName;
  /** Without the authorizer: the function itself decides, or everybody may. */
  readonly open?: true;
  /** The answer is streamed: a whole log may be larger than Lambda's 6 MB. */
  readonly streams?: true;
}

/** Every node of the tree, with the methods that are special there. */
const resources: Readonly<Record<string, readonly MethodIntegration[]>> = {
  "/api": [],
  "/api/{proxy+}": [],
  "/api/health": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/openapi.json": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/asyncapi.json": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/docs": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/auth": [],
  "/api/auth/login": [{ method: "POST", to: "api-to-queue", open: true }],
  "/api/auth/exchange": [{ method: "POST", to: "api-to-queue", open: true }],
  "/api/auth/invite": [{ method: "POST", to: "api-to-queue", open: true }],
  "/api/auth/logout": [{ method: "POST", to: "api-to-queue", open: true }],
  "/api/auth/methods": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/auth/github": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/auth/github/callback": [{ method: "GET", to: "api-to-queue", open: true }],
  "/api/apps": [],
  "/api/apps/{id}": [],
  "/api/apps/{id}/{action}": [],
  "/api/apps/{id}/logs": [{ method: "GET", to: "rows-to-readers", streams: true }],
  "/api/apps/{id}/notifications": [],
  "/api/apps/{id}/notifications/test": [{ method: "POST", to: "api-to-notices" }],
  "/api/deployments": [],
  "/api/deployments/logs": [{ method: "GET", to: "rows-to-readers", streams: true }],
  "/api/deployments/{id}": [],
  "/api/deployments/{id}/logs": [{ method: "GET", to: "rows-to-readers", streams: true }],
  "/api/deployments/{id}/{action}": [],
  "/api/runs": [],
  "/api/runs/{id}": [],
  "/api/runs/{id}/logs": [{ method: "GET", to: "rows-to-readers", streams: true }],
  "/api/runs/{id}/{action}": [],
  "/api/webhooks": [],
  "/api/webhooks/github": [{ method: "POST", to: "webhook-to-queue", open: true }],
  "/api/builds": [],
  "/api/builds/claim": [{ method: "POST", to: "build-to-rows", open: true }],
  "/api/builds/credentials": [{ method: "POST", to: "build-to-rows", open: true }],
  "/api/builds/report": [{ method: "POST", to: "build-to-rows", open: true }],
};

/** Of logs, with long-polls among them. */
const heldReads = { throttlingRateLimit: 50, throttlingBurstLimit: 100 };

/**
 * What every node also has, so that 404 and 405 are the contract's; OPTIONS without the authorizer, since a browser's
 * preflight carries no credentials.
 */
const everywhere: readonly MethodIntegration[] = [
  { method: "ANY", to: "api-to-queue" },
  { method: "OPTIONS", to: "api-to-queue", open: true },
];

const stageName = "prod";

/** No header, cookie or query of the request: they may hold tokens and tickets. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    request_id: "$context.requestId",
    time: "$context.requestTime",
    method: "$context.httpMethod",
    path: "$context.path",
    status: "$context.status",
    milliseconds: "$context.responseLatency",
    ip: "$context.identity.sourceIp",
    error: "$context.error.responseType",
  }),
);

/** The REST API. */
export class ControlApi extends Construct {
  readonly api: RestApi;
  /** The stage's address, without a trailing slash. */
  readonly url: string;
  /** The account's permission for API Gateway to write logs: a stage with an access log must come after it. */
  readonly mayLog: IDependable;

  constructor(scope: Construct, id: string, functions: Readonly<Record<FunctionName, SlipwayFunction>>) {
    super(scope, id);
    this.api = this.createApi();
    this.url = `https://${this.api.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${stageName}`;
    this.mayLog = this.api.node.findChild("Account");
    const authorizer = this.createAuthorizer(functions["api-authorize"]);
    for (const [path, endpoints] of Object.entries(resources)) {
      const resource = this.api.root.resourceForPath(path);
      for (const { method, to, open, streams } of [...everywhere, ...endpoints]) {
        const added = resource.addMethod(method, integration(functions[to], to, streams), open ? {} : { authorizer });
        if (open) acknowledgeOpen(added);
      }
    }
    answerInOurShape(this.api);
    alarm(this, "Fails", {
      metric: this.api.metricServerError({ period: Duration.minutes(5), statistic: "Sum" }),
      above: 5,
      says: "The REST API answered more than five requests within five minutes with 5xx.",
      runbook: "The REST API answers with errors",
    });
  }

  private createApi(): RestApi {
    const log = new LogGroup(this, "AccessLog", {
      logGroupName: pathName(this, "rest-access"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new RestApi(this, "Api", {
      restApiName: regionalName(this),
      description: "Slipway: the control plane",
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        stageName,
        // Above what a few dozen builds and viewers ask for, far below what would drain the account's Lambda concurrency.
        throttlingRateLimit: 200,
        throttlingBurstLimit: 400,
        // Short unless they are held, of which the function allows a few at the same time (MaxHeldReads).
        methodOptions: {
          "/api/apps/{id}/logs/GET": heldReads,
          "/api/runs/{id}/logs/GET": heldReads,
          "/api/deployments/logs/GET": heldReads,
          "/api/deployments/{id}/logs/GET": heldReads,
        },
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat,
      },
    });
    acknowledge(api, {
      APIG2: "The functions validate with the schemas that also make OpenAPI, and name every wrong field at once.",
      APIG3: "A web ACL costs $5 a month at least; the stage throttles, and each caller has a token bucket.",
      APIG6:
        "Execution logs would hold bodies and tokens. The access log and the functions' own logs name each request.",
      COG4: "Tokens and sessions are checked by the Lambda authorizer; there is no user pool to run.",
      "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]":
        "The one role of the account by which API Gateway writes logs; AWS asks for just this policy.",
    });
    return api;
  }

  /** Asked about every request: no identity source, since a named one would be required, and nothing cached, since roles change. */
  private createAuthorizer(handler: SlipwayFunction): RequestAuthorizer {
    const authorizer = new RequestAuthorizer(this, "Authorizer", {
      handler,
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    // CDK renders the empty list as "", which names a source without a name.
    const resource = authorizer.node.findAll().find((child) => child instanceof CfnAuthorizer);
    resource?.addPropertyDeletionOverride("IdentitySource");
    return authorizer;
  }
}

/** One permission a function instead of one a method: the policy of a function holds 20 KB. */
function integration(handler: SlipwayFunction, name: FunctionName, streams?: true): LambdaIntegration {
  return new LambdaIntegration(handler, {
    scopePermissionToMethod: false,
    ...(streams
      ? {
          responseTransferMode: ResponseTransferMode.STREAM,
          timeout: Duration.seconds(functionSizes[name].timeoutSeconds),
        }
      : {}),
  });
}

const acknowledgeOpen = (method: Method): void =>
  acknowledge(method, {
    APIG4:
      "Open on purpose: a preflight, the health check, what describes the API, a login or logout, the way to GitHub and back, or a caller whose ticket, token or signature the function checks.",
  });
