import { ACMClient } from "@aws-sdk/client-acm";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SSMClient } from "@aws-sdk/client-ssm";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { noteFailedCalls } from "../failed-call.ts";
import type { AwsAccess } from "../target.ts";

export type Clients = ReturnType<typeof clientsFor>;

/** A client of each service that an installation has something in. */
export function clientsFor({ region, credentials }: AwsAccess) {
  const aws = { region, credentials };
  const dynamo = new DynamoDBClient(aws);
  const clients = {
    acm: new ACMClient(aws),
    cloudFormation: new CloudFormationClient(aws),
    cloudWatch: new CloudWatchClient(aws),
    codeBuild: new CodeBuildClient(aws),
    dynamo,
    documents: DynamoDBDocumentClient.from(dynamo),
    ecr: new ECRClient(aws),
    ecs: new ECSClient(aws),
    elb: new ElasticLoadBalancingV2Client(aws),
    logs: new CloudWatchLogsClient(aws),
    lambda: new LambdaClient(aws),
    route53: new Route53Client(aws),
    s3: new S3Client(aws),
    scheduler: new SchedulerClient(aws),
    scaling: new ApplicationAutoScalingClient(aws),
    ssm: new SSMClient(aws),
    tags: new ResourceGroupsTaggingAPIClient(aws),
  };
  for (const client of Object.values(clients)) noteFailedCalls(client);
  return clients;
}
