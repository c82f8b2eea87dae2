import type { ReleasesOptions } from "../../lib/adapters/ecs/options.ts";
import { configuration } from "./configuration.ts";

/** What releases run on, from the environment. */
export function releasesOptions(): ReleasesOptions {
  const env = configuration(
    "INSTALLATION",
    "NAME_PREFIX",
    "ECS_CLUSTER",
    "REPOSITORIES_URI",
    "TASK_EXECUTION_ROLE_ARN",
    "TASK_ROLE_ARN",
    "INFRASTRUCTURE_ROLE_ARN",
    "APP_LOG_GROUP",
    "VPC_ID",
    "SUBNET_IDS",
    "LOAD_BALANCER_SECURITY_GROUP_ID",
    "TASK_SECURITY_GROUP_ID",
    "SECRETS_PREFIX",
    "AWS_REGION",
    "APP_URL",
  );
  return {
    installation: env.INSTALLATION,
    namePrefix: env.NAME_PREFIX,
    cluster: env.ECS_CLUSTER,
    repositoriesUri: env.REPOSITORIES_URI,
    taskExecutionRoleArn: env.TASK_EXECUTION_ROLE_ARN,
    taskRoleArn: env.TASK_ROLE_ARN,
    infrastructureRoleArn: env.INFRASTRUCTURE_ROLE_ARN,
    appLogGroup: env.APP_LOG_GROUP,
    vpcId: env.VPC_ID,
    subnetIds: env.SUBNET_IDS,
    loadBalancerSecurityGroupId: env.LOAD_BALANCER_SECURITY_GROUP_ID,
    taskSecurityGroupId: env.TASK_SECURITY_GROUP_ID,
    secretsPrefix: env.SECRETS_PREFIX,
    region: env.AWS_REGION,
    appUrl: env.APP_URL,
  };
}
