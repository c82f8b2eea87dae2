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
import { S3Client } from "@aws-sdk/client-s3";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { AwsAccess } from "../target.ts";

export type Clients = ReturnType<typeof clientsFor>;

/** A client of each service that an installation has something in. */
export function clientsFor({ region, credentials }: AwsAccess) {
  const aws = { region, credentials };
  return {
    cloudFormation: new CloudFormationClient(aws),
    cloudWatch: new CloudWatchClient(aws),
    codeBuild: new CodeBuildClient(aws),
    dynamo: new DynamoDBClient(aws),
    ecr: new ECRClient(aws),
    ecs: new ECSClient(aws),
    elb: new ElasticLoadBalancingV2Client(aws),
    logs: new CloudWatchLogsClient(aws),
    lambda: new LambdaClient(aws),
    s3: new S3Client(aws),
    ssm: new SSMClient(aws),
    tags: new ResourceGroupsTaggingAPIClient(aws),
  };
}
