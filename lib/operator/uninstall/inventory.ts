import { ResourceNotFoundException as CertificateNotFound, DescribeCertificateCommand } from "@aws-sdk/client-acm";
import { paginateDescribeScalableTargets } from "@aws-sdk/client-application-auto-scaling";
import { paginateListStackResources, type StackResourceSummary } from "@aws-sdk/client-cloudformation";
import { paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import {
  BatchGetBuildsCommand,
  ResourceNotFoundException as ProjectNotFound,
  paginateListBuildsForProject,
} from "@aws-sdk/client-codebuild";
import { DescribeTableCommand, ResourceNotFoundException as TableNotFound } from "@aws-sdk/client-dynamodb";
import { paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import {
  ClusterNotFoundException,
  ListServiceDeploymentsCommand,
  paginateListServices,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  paginateListTasks,
} from "@aws-sdk/client-ecs";
import { paginateDescribeLoadBalancers, paginateDescribeTargetGroups } from "@aws-sdk/client-elastic-load-balancing-v2";
import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { ResourceNotFoundException as GroupNotFound, paginateListSchedules } from "@aws-sdk/client-scheduler";
import { paginateGetParametersByPath } from "@aws-sdk/client-ssm";
import { collected } from "../../adapters/collected.ts";
import { installedApps } from "../../adapters/dynamodb/installed-apps.ts";
import { recordsIn } from "../../adapters/route53/records.ts";
import { installationTag, longPrefix, runTimePrefix } from "../../infra/installation.ts";
import { describedStack, settingsOf } from "../stack.ts";
import type { Clients } from "./clients.ts";

/** Everything that an installation has in a region, by names or ARNs. */
export interface Inventory {
  readonly stackName: string;
  /** The stack's ARN; `null`: it is not there, and only what it kept, or an interrupted uninstall left, can be found. */
  readonly stackId: string | null;
  /** The apps' names. */
  readonly apps: readonly string[];
  readonly cluster: string | null;
  readonly functions: readonly string[];
  /** Those that have not ended. */
  readonly builds: readonly string[];
  /** Service deployments that have not ended: releases, and what ECS puts back. */
  readonly releases: readonly string[];
  readonly services: readonly string[];
  readonly tasks: readonly string[];
  /** What scales services, by the services' ids. Their own alarms go with them. */
  readonly scalableTargets: readonly string[];
  readonly loadBalancers: readonly string[];
  readonly targetGroups: readonly string[];
  /** Of crons, each as `<group>/<name>`. */
  readonly schedules: readonly string[];
  /** Of apps' own domains. */
  readonly certificates: readonly string[];
  /** Of apps on further load balancers, in the hosted zone of the domain, and all of the zone of private names. */
  readonly records: readonly { readonly zone: string; readonly record: ResourceRecordSet }[];
  readonly alarms: readonly string[];
  readonly taskDefinitions: readonly string[];
  readonly parameters: readonly string[];
  readonly buckets: readonly string[];
  readonly repositories: readonly string[];
  readonly tables: readonly string[];
  /** Those of the stack among them; CloudFormation deletes these. */
  readonly logGroups: readonly string[];
}

/** Finds what there is. What is made at run time is found by the prefix of its name, which every listing shows at once; tags come late. */
export async function inventoryOf(clients: Clients, stackName: string): Promise<Inventory> {
  const stack = await describedStack(clients.cloudFormation, stackName);
  const resources = stack === null ? [] : await resourcesOf(clients, stackName);
  const ofType = (type: string) =>
    resources.flatMap(({ ResourceType, PhysicalResourceId, ResourceStatus }) =>
      ResourceType === type && PhysicalResourceId !== undefined && ResourceStatus !== "DELETE_COMPLETE"
        ? [PhysicalResourceId]
        : [],
    );
  const appsTable = stack?.Outputs?.find(({ OutputKey }) => OutputKey === "AppsTable")?.OutputValue;
  const prefix = `${runTimePrefix(stackName)}-`;
  const [cluster = null] = ofType("AWS::ECS::Cluster");
  const tagged = await taggedWith(clients, stackName);
  const balanced = await balancing(clients, prefix);
  const taggedNames = (pattern: RegExp) => tagged.flatMap(({ arn }) => pattern.exec(arn)?.[1] ?? []);
  return {
    stackName,
    stackId: stack?.StackId ?? null,
    apps: appsTable === undefined ? [] : await appNames(clients, appsTable),
    cluster,
    functions: ofType("AWS::Lambda::Function"),
    builds: await buildsOf(clients, ofType("AWS::CodeBuild::Project")),
    ...(await runningIn(clients, cluster)),
    scalableTargets: await scalableTargetsIn(clients, cluster),
    loadBalancers: balanced.loadBalancers.map(({ arn }) => arn),
    targetGroups: balanced.targetGroups,
    certificates: await certificatesThere(
      clients,
      tagged.flatMap(({ arn, isOfStack }) => (/^arn:[^:]+:acm:/.test(arn) && !isOfStack ? [arn] : [])),
    ),
    records:
      stack === null
        ? []
        : [
            ...(await recordsTo(clients, stackName, balanced.loadBalancers)),
            ...(await recordsWithin(clients, ofType("AWS::Route53::HostedZone"))),
          ],
    schedules: await schedulesNamed(clients, prefix),
    alarms: await alarmsNamed(clients, prefix),
    taskDefinitions: await definitionsNamed(clients, prefix),
    parameters: await parametersBelow(clients, `/${longPrefix(stackName)}/`),
    buckets: ofType("AWS::S3::Bucket"),
    repositories: await repositoriesOf(clients, `${longPrefix(stackName)}/`, [
      ...ofType("AWS::ECR::Repository"),
      ...taggedNames(/^arn:[^:]+:ecr:[^:]+:\d+:repository\/(.+)$/),
    ]),
    tables: await tablesThere(
      clients,
      unique([...ofType("AWS::DynamoDB::Table"), ...taggedNames(/^arn:[^:]+:dynamodb:[^:]+:\d+:table\/([^/]+)$/)]),
    ),
    logGroups: unique([
      ...ofType("AWS::Logs::LogGroup"),
      ...(await logGroupsBelow(clients, `/${longPrefix(stackName)}/`)),
    ]),
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].toSorted();

const resourcesOf = ({ cloudFormation }: Clients, StackName: string): Promise<readonly StackResourceSummary[]> =>
  collected(
    paginateListStackResources({ client: cloudFormation }, { StackName }),
    (page) => page.StackResourceSummaries,
  );

/**
 * What a stack that has just been deleted left, by its type: CloudFormation lists it by the stack's ARN. A table that was still being
 * made while the inventory was taken is among it.
 */
export async function keptByStack(clients: Clients, { stackId }: Inventory, type: string): Promise<readonly string[]> {
  if (stackId === null) return [];
  const left = (await resourcesOf(clients, stackId)).filter((one) => one.ResourceStatus === "DELETE_SKIPPED");
  return left.flatMap(({ ResourceType, PhysicalResourceId = "" }) =>
    ResourceType === type ? [PhysicalResourceId] : [],
  );
}

const appNames = async ({ documents }: Clients, table: string): Promise<readonly string[]> =>
  (await installedApps(documents, table)).map(({ name }) => name);

interface Tagged {
  readonly arn: string;
  /** CloudFormation made it, with the stack. */
  readonly isOfStack: boolean;
}

/** Everything with the installation's tag, as far as the Resource Groups Tagging API knows by now. */
export async function taggedWith({ tags }: Clients, stackName: string): Promise<readonly Tagged[]> {
  const TagFilters = [{ Key: installationTag, Values: [longPrefix(stackName)] }];
  const pages = paginateGetResources({ client: tags }, { TagFilters });
  return collected(pages, ({ ResourceTagMappingList = [] }) =>
    ResourceTagMappingList.flatMap(({ ResourceARN: arn, Tags = [] }) =>
      arn === undefined ? [] : [{ arn, isOfStack: Tags.some(({ Key }) => Key === "aws:cloudformation:stack-name") }],
    ),
  );
}

/** The builds of these projects that have not ended. Newest first: behind a page of builds that have ended are older ones. */
async function buildsOf({ codeBuild }: Clients, projects: readonly string[]): Promise<readonly string[]> {
  const running: string[] = [];
  for (const projectName of projects) {
    const pages = paginateListBuildsForProject({ client: codeBuild }, { projectName, sortOrder: "DESCENDING" });
    try {
      for await (const { ids = [] } of pages) {
        if (ids.length === 0) break;
        const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids }));
        const open = builds.flatMap(({ id, buildComplete }) => (buildComplete || id === undefined ? [] : [id]));
        if (open.length === 0) break;
        running.push(...open);
      }
    } catch (error) {
      if (!(error instanceof ProjectNotFound)) throw error;
    }
  }
  return running;
}

/** The cluster is the installation's own, so everything in it is. */
type Running = Pick<Inventory, "releases" | "services" | "tasks">;

async function runningIn(clients: Clients, cluster: string | null): Promise<Running> {
  if (cluster === null) return { releases: [], services: [], tasks: [] };
  const { ecs } = clients;
  try {
    const found = paginateListServices({ client: ecs }, { cluster });
    const services = await collected(found, ({ serviceArns = [] }) => serviceArns);
    const tasks = paginateListTasks({ client: ecs }, { cluster });
    return {
      services,
      releases: (await Promise.all(services.map((service) => releasesOf(clients, cluster, service)))).flat(),
      tasks: await collected(tasks, ({ taskArns = [] }) => taskArns),
    };
  } catch (error) {
    if (error instanceof ClusterNotFoundException) return { releases: [], services: [], tasks: [] };
    throw error;
  }
}

/** The service deployments of a service that have not ended and are not on their way to it. */
async function releasesOf({ ecs }: Clients, cluster: string, service: string): Promise<readonly string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = nextToken === undefined ? {} : { nextToken };
    const asked = new ListServiceDeploymentsCommand({ cluster, service, status: ["PENDING", "IN_PROGRESS"], ...page });
    const listed = await ecs.send(asked);
    arns.push(...(listed.serviceDeployments ?? []).flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []));
    nextToken = listed.nextToken;
  } while (nextToken !== undefined);
  return arns;
}

async function scalableTargetsIn({ scaling }: Clients, cluster: string | null): Promise<readonly string[]> {
  if (cluster === null) return [];
  const pages = paginateDescribeScalableTargets({ client: scaling }, { ServiceNamespace: "ecs" });
  return collected(pages, ({ ScalableTargets = [] }) =>
    ScalableTargets.flatMap(({ ResourceId = "" }) =>
      ResourceId.startsWith(`service/${cluster}/`) ? [ResourceId] : [],
    ),
  );
}

interface Balancer {
  readonly arn: string;
  readonly dnsName: string;
  /** The template's, whose record goes with the stack. */
  readonly isOfStack: boolean;
}

/** The records in the domain's zone that lead to load balancers which were made at run time. */
async function recordsTo(
  { cloudFormation, route53 }: Clients,
  stackName: string,
  all: readonly Balancer[],
): Promise<Inventory["records"]> {
  const { hostedZoneId: zone } = await settingsOf(cloudFormation, stackName);
  const names = new Set(all.flatMap(({ dnsName, isOfStack }) => (isOfStack ? [] : [`${dnsName.toLowerCase()}.`])));
  if (zone === undefined || names.size === 0) return [];
  const leadsThere = ({ AliasTarget }: ResourceRecordSet) => names.has(AliasTarget?.DNSName?.toLowerCase() ?? "");
  return (await recordsIn(route53, zone)).filter(leadsThere).map((record) => ({ zone, record }));
}

/** All records in zones of the stack, which are deleted only when they are empty. */
async function recordsWithin({ route53 }: Clients, zones: readonly string[]): Promise<Inventory["records"]> {
  const found = zones.map(async (zone) =>
    (await recordsIn(route53, zone))
      // A zone has these as long as it is there.
      .filter(({ Type }) => Type !== "NS" && Type !== "SOA")
      .map((record) => ({ zone, record })),
  );
  return (await Promise.all(found)).flat();
}

async function balancing(
  { elb }: Clients,
  prefix: string,
): Promise<{ readonly loadBalancers: readonly Balancer[]; readonly targetGroups: readonly string[] }> {
  const isOurs = (name: string | undefined) => name?.startsWith(prefix);
  const loadBalancers = await collected(paginateDescribeLoadBalancers({ client: elb }, {}), ({ LoadBalancers = [] }) =>
    LoadBalancers.flatMap(({ LoadBalancerArn: arn, LoadBalancerName, DNSName: dnsName = "" }) =>
      isOurs(LoadBalancerName) && arn !== undefined
        ? [{ arn, dnsName, isOfStack: LoadBalancerName === `${prefix}web` }]
        : [],
    ),
  );
  const targetGroups = await collected(paginateDescribeTargetGroups({ client: elb }, {}), ({ TargetGroups = [] }) =>
    TargetGroups.flatMap((each) => (isOurs(each.TargetGroupName) ? (each.TargetGroupArn ?? []) : [])),
  );
  return { loadBalancers, targetGroups };
}

const alarmsNamed = ({ cloudWatch }: Clients, AlarmNamePrefix: string): Promise<readonly string[]> =>
  collected(paginateDescribeAlarms({ client: cloudWatch }, { AlarmNamePrefix }), ({ MetricAlarms = [] }) =>
    MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []),
  );

async function schedulesNamed({ scheduler }: Clients, NamePrefix: string): Promise<readonly string[]> {
  try {
    return await collected(paginateListSchedules({ client: scheduler }, { NamePrefix }), ({ Schedules = [] }) =>
      Schedules.flatMap(({ GroupName, Name }) =>
        GroupName === undefined || Name === undefined ? [] : [`${GroupName}/${Name}`],
      ),
    );
  } catch (error) {
    if (error instanceof GroupNotFound) return [];
    throw error;
  }
}

async function definitionsNamed({ ecs }: Clients, familyPrefix: string): Promise<readonly string[]> {
  const families = await collected(
    paginateListTaskDefinitionFamilies({ client: ecs }, { familyPrefix, status: "ALL" }),
    (page) => page.families ?? [],
  );
  const found: string[] = [];
  for (const family of families) {
    for (const status of ["ACTIVE", "INACTIVE"] as const) {
      const pages = paginateListTaskDefinitions({ client: ecs }, { familyPrefix: family, status });
      found.push(...(await collected(pages, ({ taskDefinitionArns = [] }) => taskDefinitionArns)));
    }
  }
  return unique(found);
}

const parametersBelow = ({ ssm }: Clients, Path: string): Promise<readonly string[]> =>
  collected(paginateGetParametersByPath({ client: ssm }, { Path, Recursive: true }), ({ Parameters = [] }) =>
    Parameters.flatMap(({ Name }) => Name ?? []),
  );

const logGroupsBelow = ({ logs }: Clients, logGroupNamePrefix: string): Promise<readonly string[]> =>
  collected(paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix }), ({ logGroups = [] }) =>
    logGroups.flatMap(({ logGroupName }) => logGroupName ?? []),
  );

/** The repositories that are there and have a name with this prefix, or one of these names. */
const repositoriesOf = ({ ecr }: Clients, prefix: string, names: readonly string[]): Promise<readonly string[]> =>
  collected(paginateDescribeRepositories({ client: ecr }, {}), ({ repositories = [] }) =>
    repositories.flatMap(({ repositoryName: name }) =>
      name !== undefined && (name.startsWith(prefix) || names.includes(name)) ? [name] : [],
    ),
  );

/**
 * Those of which their service says that they are there. The tagging API also lists what was tagged before it was deleted:
 * https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 */
async function there(
  names: readonly string[],
  ask: (name: string) => Promise<unknown>,
  gone: abstract new (...given: never[]) => Error,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      await ask(name);
      found.push(name);
    } catch (error) {
      if (!(error instanceof gone)) throw error;
    }
  }
  return found;
}

const tablesThere = ({ dynamo }: Clients, names: readonly string[]): Promise<readonly string[]> =>
  there(names, (TableName) => dynamo.send(new DescribeTableCommand({ TableName })), TableNotFound);

const certificatesThere = ({ acm }: Clients, arns: readonly string[]): Promise<readonly string[]> =>
  there(arns, (CertificateArn) => acm.send(new DescribeCertificateCommand({ CertificateArn })), CertificateNotFound);
