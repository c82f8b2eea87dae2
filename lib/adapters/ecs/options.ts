/** What an installation's releases run on; see docs/architecture.md for the names. */
export interface ReleasesOptions {
  readonly cluster: string;
  /** What the addresses of all apps' repositories begin with. */
  readonly repositoriesUri: string;
  readonly taskExecutionRoleArn: string;
  readonly taskRoleArn: string;
  /** As which ECS moves the weights of listener rules. */
  readonly infrastructureRoleArn: string;
  readonly appLogGroup: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly loadBalancerSecurityGroupId: string;
  readonly taskSecurityGroupId: string;
  readonly secretsPrefix: string;
  readonly region: string;
  /** Where people reach an app, with `{name}` for its name; `""`: at the load balancer's address and the app's port. */
  readonly appUrl: string;
}

export const loadBalancerName = "slipway-apps";
export const serviceName = (appId: number): string => `slipway-${appId}`;
/** The tag by which everything made at run time names its owner. */
export const ownerTag = "slipway:app";
