import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type Grant, type IGrantable, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { bundle } from "./bundle.ts";
import { type FunctionName, functionSizes } from "./functions.ts";
import { pathName } from "./names.ts";

/** A function of `functions/<name>/index.ts`, with a log group and a role of its own that may write there and nothing else yet. */
export class SlipwayFunction extends LambdaFunction {
  readonly ownRole: Role;
  readonly ownLogGroup: LogGroup;

  constructor(scope: Construct, name: FunctionName) {
    const size = functionSizes[name];
    const { path, ...asset } = bundle(`functions/${name}/index.ts`, "index.mjs");
    const logGroup = new LogGroup(scope, `${name}-log`, {
      logGroupName: pathName(scope, `functions/${name}`),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own: Lambda's managed policy would let each function write to every log group of the account.
    const role = new Role(scope, `${name}-role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    super(scope, name, {
      description: `Slipway: ${size.does}`,
      code: Code.fromAsset(path, asset),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: size.memoryMb,
      timeout: Duration.seconds(size.timeoutSeconds),
      logGroup,
      role,
      environment: {
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: Stack.of(scope).stackName,
        NODE_OPTIONS: "--enable-source-maps",
      },
    });
    this.ownRole = role;
    this.ownLogGroup = logGroup;
    grantWriting(logGroup, role);
  }
}

const grantWriting = (logGroup: LogGroup, grantee: IGrantable): Grant =>
  logGroup.grant(grantee, "logs:CreateLogStream", "logs:PutLogEvents");
