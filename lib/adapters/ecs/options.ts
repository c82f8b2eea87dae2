import { webProcess } from "../../core/app.ts";
import { isInternal } from "../../core/placement/placement.ts";

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
  /** The role of apps that have none of their own. */
  readonly taskRoleArn: string;
  /** What the ARNs of apps' own roles begin with: `arn:aws:iam::123456789012:role/slipway/`. */
  readonly appRolesArn: string;
  /** As which ECS moves the weights of listener rules. */
  readonly infrastructureRoleArn: string;
  /** What the names of the apps' log groups begin with. */
  readonly appLogGroup: string;
  readonly vpcId: string;
  /** Of the load balancers. */
  readonly subnetIds: readonly string[];
  readonly loadBalancerSecurityGroupId: string;
  readonly taskNetwork: TaskNetwork;
  readonly secretsPrefix: string;
  readonly region: string;
  /** Where people reach an app, with `{name}` for its name; `""`: at the load balancer's address and the app's port. */
  readonly appUrl: string;
  /** The domain of all apps; `null`: each has a port of its own, over plain HTTP. */
  readonly domain: AppDomain | null;
  /** Where apps are that only apps reach; `null`: there can be none. */
  readonly privateNames: PrivateNames | null;
}

/** Where tasks are in the VPC. */
interface TaskNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Without one tasks reach nothing outside the VPC by themselves: a NAT gateway or endpoints do it for them. */
  readonly hasPublicAddress: boolean;
}

/** The domain below which each app has a name, reached over TLS. */
interface AppDomain {
  /** `apps.example.com`. */
  readonly name: string;
  /** The certificate of `*.apps.example.com`. */
  readonly certificateArn: string;
  /** Where the names of apps lie that are not on the template's load balancer; `null`: DNS is elsewhere. */
  readonly hostedZoneId: string | null;
  /** A certificate authority, in PEM, that smoke checks trust beside the public ones; `""`: none. */
  readonly authority: string;
}

/** The domain below which internal apps have names, within the VPC. */
interface PrivateNames {
  /** `slipway.internal`. */
  readonly domain: string;
  /** With `{name}` for the app's: `http://{name}.slipway.internal`. */
  readonly url: string;
  readonly hostedZoneId: string;
  /** Of the load balancers: it lets in tasks only. */
  readonly securityGroupId: string;
}

type Named = Pick<ReleasesOptions, "namePrefix">;

/** The name of a load balancer by its place: `apps`, `internal-2`, `web`. */
export const balancerName = ({ namePrefix }: Named, balancer: string): string => `${namePrefix}-${balancer}`;

/** The place of a load balancer by its ARN, `…:loadbalancer/app/<name>/<id>`; `null`: it is none of ours. */
export function balancerOf({ namePrefix }: Named, arn: string): string | null {
  const name = arn.split("/")[2] ?? "";
  return isBalancer({ namePrefix }, name) ? name.slice(namePrefix.length + 1) : null;
}

/** Whether a load balancer is one of ours that only apps reach. */
export function isInternalBalancer(options: Named, arn: string): boolean {
  const balancer = balancerOf(options, arn);
  return balancer !== null && isInternal({ balancer });
}

/** Whether a load balancer of that name is one that apps share. */
export const isBalancer = ({ namePrefix }: Named, name: string): boolean =>
  name.startsWith(`${namePrefix}-`) && /^(web|(apps|internal)(-\d+)?)$/.test(name.slice(namePrefix.length + 1));

export const serviceName = ({ namePrefix }: Named, appId: number): string => `${namePrefix}-${appId}`;

/** The names of an app's two target groups. */
export const targetGroupNames = (options: Named, appId: number): readonly [first: string, second: string] => [
  serviceName(options, appId),
  `${serviceName(options, appId)}-b`,
];

/** The service of a process beside `web`. */
export const processServiceName = (options: Named, appId: number, process: string): string =>
  `${serviceName(options, appId)}-${process}`;

/** Whose service a name is; `null`: none of ours. A process begins with a letter, so that no id is taken for a part of one. */
export function ownerOf(
  { namePrefix }: Named,
  name: string,
): { readonly app_id: number; readonly process: string } | null {
  if (!name.startsWith(`${namePrefix}-`)) return null;
  const [, id, process = webProcess] =
    /^([1-9]\d{0,14})(?:-([a-z][a-z0-9-]*))?$/.exec(name.slice(namePrefix.length + 1)) ?? [];
  return id === undefined ? null : { app_id: Number(id), process };
}

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
