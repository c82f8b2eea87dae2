import type { ReleasesOptions } from "../../lib/adapters/ecs/options.ts";
import { INFRASTRUCTURE_ROLE } from "../local-aws/ecs/start-ecs.ts";

/** What the adapters for ECS know of an installation whose AWS is the local one. */
export const installed: ReleasesOptions = {
  installation: "Slipway",
  namePrefix: "slipway",
  cluster: "slipway",
  repositoriesUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/slipway",
  taskExecutionRoleArn: "arn:aws:iam::123456789012:role/execution",
  taskRoleArn: "arn:aws:iam::123456789012:role/task",
  appRolesArn: "arn:aws:iam::123456789012:role/slipway/",
  infrastructureRoleArn: INFRASTRUCTURE_ROLE,
  appLogGroup: "/apps",
  vpcId: "vpc-1",
  subnetIds: ["subnet-1"],
  loadBalancerSecurityGroupId: "sg-1",
  taskNetwork: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-2"], hasPublicAddress: true },
  secretsPrefix: "/slipway/apps",
  region: "eu-west-1",
  appUrl: "",
  domain: null,
  privateNames: null,
};
