const LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

const allow = (actions: readonly string[], resource = "*") => ({
  Effect: "Allow",
  Action: actions,
  Resource: resource,
});

/**
 * AWS's own managed policies that the CDK attaches by itself or that templates commonly name, by what follows `:policy/` in the
 * ARN; statements as the AWS Managed Policy Reference Guide shows them.
 */
export const AWS_MANAGED_POLICIES: Readonly<Record<string, readonly unknown[]>> = {
  "service-role/AWSLambdaBasicExecutionRole": [allow(LOGS)],
  "service-role/AWSLambdaVPCAccessExecutionRole": [
    allow([
      ...LOGS,
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ]),
  ],
  "service-role/AWSLambdaSQSQueueExecutionRole": [
    allow([...LOGS, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
  ],
  "service-role/AWSLambdaDynamoDBExecutionRole": [
    allow([
      ...LOGS,
      "dynamodb:DescribeStream",
      "dynamodb:GetRecords",
      "dynamodb:GetShardIterator",
      "dynamodb:ListStreams",
    ]),
  ],
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs": [
    allow([...LOGS, "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"]),
  ],
  "service-role/AmazonECSTaskExecutionRolePolicy": [
    allow([
      "ecr:GetAuthorizationToken",
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]),
  ],
  AmazonECSInfrastructureRolePolicyForLoadBalancers: [
    allow([
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]),
    allow(
      ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
      "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*",
    ),
    allow(["elasticloadbalancing:ModifyListener"], "arn:aws:elasticloadbalancing:*:*:listener/*/*/*/*"),
    allow(["elasticloadbalancing:ModifyRule"], "arn:aws:elasticloadbalancing:*:*:listener-rule/*/*/*/*/*"),
  ],
  AWSXRayDaemonWriteAccess: [
    allow([
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:GetSamplingStatisticSummaries",
    ]),
  ],
};
