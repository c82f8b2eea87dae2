/** What an installation's releases run on; see docs/architecture.md for the names. */
export interface ReleasesOptions {
  /** The name of the installation, for tags. */
  readonly installation: string;
  /** What the names of everything made at run time begin with. */
  readonly namePrefix: string;
  readonly cluster: string;
  /** What the addresses of all apps' repositories begin with. */
  readonly repositoriesUri: string;
  readonly taskExecutionRoleArn: string;
  readonly taskRoleArn: string;
  /** As which ECS moves the weights of listener rules. */
  readonly infrastructureRoleArn: string;
  /** What the names of the apps' log groups begin with. */
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

type Named = Pick<ReleasesOptions, "namePrefix">;

export const loadBalancerName = ({ namePrefix }: Named): string => `${namePrefix}-apps`;
export const serviceName = ({ namePrefix }: Named, appId: number): string => `${namePrefix}-${appId}`;

/** Where an app's output lies, with a stream for each task. */
export const appLogGroup = (options: Pick<ReleasesOptions, "appLogGroup">, appId: number): string =>
  `${options.appLogGroup}/${appId}`;

/** The tags of everything made at run time: whose installation it is, and whose app; `all`: what all apps share. */
export const ownerTags = (
  { installation }: Pick<ReleasesOptions, "installation">,
  app: number | "all",
): Readonly<Record<string, string>> => ({ "slipway:installation": installation, "slipway:app": String(app) });

/** Tags as ELB and CloudWatch take them. */
export const tagList = (tags: Readonly<Record<string, string>>): { readonly Key: string; readonly Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Tags as ECS takes them. */
export const ecsTags = (tags: Readonly<Record<string, string>>): { readonly key: string; readonly value: string }[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
