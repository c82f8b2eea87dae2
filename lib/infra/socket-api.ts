import { RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { LogGroupLogDestination, WebSocketApi, WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct, type IDependable } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { pathName, regionalName } from "./names.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

export interface SocketApiProps {
  readonly handler: SlipwayFunction;
  readonly authorizer: SlipwayFunction;
  /** What must exist before a stage may write an access log. */
  readonly mayLog: IDependable;
}

/** No query: it may hold a ticket. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    request_id: "$context.requestId",
    time: "$context.requestTime",
    route: "$context.routeKey",
    connection_id: "$context.connectionId",
    status: "$context.status",
    ip: "$context.identity.sourceIp",
  }),
);

/** The WebSocket API: viewers of a deployment. */
export class SocketApi extends Construct {
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;

  constructor(scope: Construct, id: string, { handler, authorizer, mayLog }: SocketApiProps) {
    super(scope, id);
    const integration = (name: string) => new WebSocketLambdaIntegration(name, handler);
    this.api = new WebSocketApi(this, "Api", {
      apiName: regionalName(this, "sockets"),
      description: "Slipway: live updates of deployments",
      // A frame that is no JSON has no action and goes to $default like every other.
      routeSelectionExpression: "$request.body.action",
      connectRouteOptions: {
        integration: integration("connect"),
        // No identity source: API Gateway refuses a handshake that lacks any named one, and there are three ways to be known.
        authorizer: new WebSocketLambdaAuthorizer("authorizer", authorizer, { identitySource: [] }),
      },
      disconnectRouteOptions: { integration: integration("disconnect") },
      defaultRouteOptions: { integration: integration("default"), returnResponse: true },
    });
    acknowledge(this.api, {
      APIG4: "API Gateway authorizes a socket once, at $connect; the other routes belong to that connection.",
    });
    const log = new LogGroup(this, "AccessLog", {
      logGroupName: pathName(this, "socket-access"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new WebSocketStage(this, "Stage", {
      webSocketApi: this.api,
      stageName: "live",
      autoDeploy: true,
      throttle: { rateLimit: 100, burstLimit: 200 },
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: accessLogFormat },
    });
    this.stage.node.addDependency(mayLog);
  }
}
