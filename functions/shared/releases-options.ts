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
    "APP_ROLES_ARN",
    "INFRASTRUCTURE_ROLE_ARN",
    "APP_LOG_GROUP",
    "VPC_ID",
    "SUBNET_IDS",
    "LOAD_BALANCER_SECURITY_GROUP_ID",
    "TASK_SUBNET_IDS",
    "TASK_SECURITY_GROUP_IDS",
    "TASK_PUBLIC_ADDRESS",
    "SECRETS_PREFIX",
    "AWS_REGION",
    "APP_URL",
    "APP_DOMAIN",
    "APP_CERTIFICATE_ARN",
    "APP_HOSTED_ZONE_ID",
    "APP_CERTIFICATE_AUTHORITY",
    "PRIVATE_DOMAIN",
    "PRIVATE_URL",
    "PRIVATE_HOSTED_ZONE_ID",
    "PRIVATE_SECURITY_GROUP_ID",
  );
  return {
    installation: env.INSTALLATION,
    namePrefix: env.NAME_PREFIX,
    cluster: env.ECS_CLUSTER,
    repositoriesUri: env.REPOSITORIES_URI,
    taskExecutionRoleArn: env.TASK_EXECUTION_ROLE_ARN,
    taskRoleArn: env.TASK_ROLE_ARN,
    appRolesArn: env.APP_ROLES_ARN,
    infrastructureRoleArn: env.INFRASTRUCTURE_ROLE_ARN,
    appLogGroup: env.APP_LOG_GROUP,
    vpcId: env.VPC_ID,
    subnetIds: env.SUBNET_IDS,
    loadBalancerSecurityGroupId: env.LOAD_BALANCER_SECURITY_GROUP_ID,
    taskNetwork: {
      subnetIds: env.TASK_SUBNET_IDS,
      securityGroupIds: env.TASK_SECURITY_GROUP_IDS,
      hasPublicAddress: env.TASK_PUBLIC_ADDRESS,
    },
    secretsPrefix: env.SECRETS_PREFIX,
    region: env.AWS_REGION,
    appUrl: env.APP_URL,
    domain:
      env.APP_DOMAIN === ""
        ? null
        : {
            name: env.APP_DOMAIN,
            certificateArn: env.APP_CERTIFICATE_ARN,
            hostedZoneId: env.APP_HOSTED_ZONE_ID === "" ? null : env.APP_HOSTED_ZONE_ID,
            authority: env.APP_CERTIFICATE_AUTHORITY,
          },
    privateNames:
      env.PRIVATE_DOMAIN === ""
        ? null
        : {
            domain: env.PRIVATE_DOMAIN,
            url: env.PRIVATE_URL,
            hostedZoneId: env.PRIVATE_HOSTED_ZONE_ID,
            securityGroupId: env.PRIVATE_SECURITY_GROUP_ID,
          },
  };
}
