/** A real CDK app, small: what the CDK writes today is what the local mode must read. */
import { join } from "node:path";
import { App, CfnOutput, CfnParameter, Stack } from "aws-cdk-lib";
import { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Queue } from "aws-cdk-lib/aws-sqs";

const app = new App();
const stack = new Stack(app, "Small", { description: String(app.node.tryGetContext("bucketName")) });
const mode = new CfnParameter(stack, "AuthMode", { default: "required", allowedValues: ["required", "loopback"] });
const vpc = new Vpc(stack, "Vpc", {
  natGateways: 0,
  subnetConfiguration: [{ name: "public", subnetType: SubnetType.PUBLIC }],
});
const group = new SecurityGroup(stack, "Tasks", { vpc });
const queue = new Queue(stack, "Work", { enforceSSL: true });
const send = new LambdaFunction(stack, "Send", {
  runtime: Runtime.NODEJS_24_X,
  handler: "index.handler",
  code: Code.fromAsset(join(import.meta.dirname, "../functions")),
  logGroup: new LogGroup(stack, "SendLogs"),
  environment: {
    AUTH_MODE: mode.valueAsString,
    WORK_QUEUE_URL: queue.queueUrl,
    SUBNET_IDS: vpc.publicSubnets.map((subnet) => subnet.subnetId).join(","),
    GROUP: group.securityGroupId,
    SOCKETS_ENDPOINT: stack.formatArn({ service: "x", resource: "y" }),
  },
});
queue.grantSendMessages(send);
new Alarm(stack, "Backlog", {
  metric: queue.metricApproximateNumberOfMessagesVisible(),
  threshold: 1,
  evaluationPeriods: 1,
});
new CfnOutput(stack, "Url", { value: `https://abc123.execute-api.${stack.region}.${stack.urlSuffix}/prod/` });
