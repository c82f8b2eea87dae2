import { paginateListStackResources, type StackResourceSummary } from "@aws-sdk/client-cloudformation";
import { paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import {
  BatchGetBuildsCommand,
  ResourceNotFoundException as ProjectNotFound,
  paginateListBuildsForProject,
} from "@aws-sdk/client-codebuild";
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
import { paginateGetParametersByPath } from "@aws-sdk/client-ssm";
import { installationTag, longPrefix, runTimePrefix } from "../../infra/installation.ts";
import type { Clients } from "./clients.ts";

/** Everything that an installation has in a region, by names or ARNs. */
export interface Inventory {
  readonly stackName: string;
  /** The stack is there; without it only what it kept, or an interrupted uninstall left, can be found. */
  readonly hasStack: boolean;
  readonly cluster: string | null;
  readonly functions: readonly string[];
  /** Those that have not ended. */
  readonly builds: readonly string[];
  /** Service deployments that have not ended: releases, and what ECS puts back. */
  readonly releases: readonly string[];
  readonly services: readonly string[];
  readonly tasks: readonly string[];
  readonly loadBalancers: readonly string[];
  readonly targetGroups: readonly string[];
  readonly alarms: readonly string[];
  readonly taskDefinitions: readonly string[];
  readonly parameters: readonly string[];
  readonly buckets: readonly string[];
  readonly repositories: readonly string[];
  readonly tables: readonly string[];
  /** Those of the stack among them; CloudFormation deletes these. */
  readonly logGroups: readonly string[];
}

type Pages<Page> = AsyncIterable<Page>;

async function collect<Page, Item>(pages: Pages<Page>, itemsOf: (page: Page) => readonly Item[]): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...itemsOf(page));
  return items;
}

/** Finds what there is. What is made at run time is found by the prefix of its name, which every listing shows at once; tags come late. */
export async function inventoryOf(clients: Clients, stackName: string): Promise<Inventory> {
  const resources = await stackResources(clients, stackName);
  const ofType = (type: string) =>
    (resources ?? []).flatMap(({ ResourceType, PhysicalResourceId, ResourceStatus }) =>
      ResourceType === type && PhysicalResourceId !== undefined && ResourceStatus !== "DELETE_COMPLETE"
        ? [PhysicalResourceId]
        : [],
    );
  const prefix = `${runTimePrefix(stackName)}-`;
  const [cluster = null] = ofType("AWS::ECS::Cluster");
  const tagged = await taggedWith(clients, stackName);
  const taggedNames = (pattern: RegExp) => tagged.flatMap(({ arn }) => pattern.exec(arn)?.[1] ?? []);
  return {
    stackName,
    hasStack: resources !== null,
    cluster,
    functions: ofType("AWS::Lambda::Function"),
    builds: await buildsOf(clients, ofType("AWS::CodeBuild::Project")),
    ...(await runningIn(clients, cluster)),
    ...(await balancing(clients, prefix)),
    alarms: await alarmsNamed(clients, prefix),
    taskDefinitions: await definitionsNamed(clients, prefix),
    parameters: await parametersBelow(clients, `/${longPrefix(stackName)}/`),
    buckets: ofType("AWS::S3::Bucket"),
    repositories: unique([
      ...ofType("AWS::ECR::Repository"),
      ...taggedNames(/^arn:[^:]+:ecr:[^:]+:\d+:repository\/(.+)$/),
      ...(await repositoriesBelow(clients, `${longPrefix(stackName)}/`)),
    ]),
    tables: unique([
      ...ofType("AWS::DynamoDB::Table"),
      ...taggedNames(/^arn:[^:]+:dynamodb:[^:]+:\d+:table\/([^/]+)$/),
    ]),
    logGroups: unique([
      ...ofType("AWS::Logs::LogGroup"),
      ...(await logGroupsBelow(clients, `/${longPrefix(stackName)}/`)),
    ]),
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].toSorted();

/** `null`: there is no such stack. */
async function stackResources(
  { cloudFormation }: Clients,
  StackName: string,
): Promise<readonly StackResourceSummary[] | null> {
  try {
    const pages = paginateListStackResources({ client: cloudFormation }, { StackName });
    return await collect(pages, ({ StackResourceSummaries = [] }) => StackResourceSummaries);
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return null;
    throw error;
  }
}

interface Tagged {
  readonly arn: string;
  /** CloudFormation made it, with the stack. */
  readonly isOfStack: boolean;
}

/** Everything with the installation's tag, as far as the Resource Groups Tagging API knows by now. */
export async function taggedWith({ tags }: Clients, stackName: string): Promise<Tagged[]> {
  const TagFilters = [{ Key: installationTag, Values: [longPrefix(stackName)] }];
  const pages = paginateGetResources({ client: tags }, { TagFilters });
  return collect(pages, ({ ResourceTagMappingList = [] }) =>
    ResourceTagMappingList.flatMap(({ ResourceARN: arn, Tags = [] }) =>
      arn === undefined ? [] : [{ arn, isOfStack: Tags.some(({ Key }) => Key === "aws:cloudformation:stack-name") }],
    ),
  );
}

/** The cluster is the installation's own, so everything in it is. */
/** The builds of these projects that have not ended. Newest first: behind a page of builds that have ended are older ones. */
async function buildsOf({ codeBuild }: Clients, projects: readonly string[]): Promise<string[]> {
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

type Running = Pick<Inventory, "releases" | "services" | "tasks">;

async function runningIn(clients: Clients, cluster: string | null): Promise<Running> {
  if (cluster === null) return { releases: [], services: [], tasks: [] };
  const { ecs } = clients;
  try {
    const found = paginateListServices({ client: ecs }, { cluster });
    const services = await collect(found, ({ serviceArns = [] }) => serviceArns);
    const tasks = paginateListTasks({ client: ecs }, { cluster });
    return {
      services,
      releases: (await Promise.all(services.map((service) => releasesOf(clients, cluster, service)))).flat(),
      tasks: await collect(tasks, ({ taskArns = [] }) => taskArns),
    };
  } catch (error) {
    if (error instanceof ClusterNotFoundException) return { releases: [], services: [], tasks: [] };
    throw error;
  }
}

/** The service deployments of a service that have not ended and are not on their way to it. */
async function releasesOf({ ecs }: Clients, cluster: string, service: string): Promise<string[]> {
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

async function balancing({ elb }: Clients, prefix: string): Promise<Pick<Inventory, "loadBalancers" | "targetGroups">> {
  const isOurs = (name: string | undefined) => name?.startsWith(prefix);
  const loadBalancers = await collect(paginateDescribeLoadBalancers({ client: elb }, {}), ({ LoadBalancers = [] }) =>
    LoadBalancers.flatMap((each) => (isOurs(each.LoadBalancerName) ? (each.LoadBalancerArn ?? []) : [])),
  );
  const targetGroups = await collect(paginateDescribeTargetGroups({ client: elb }, {}), ({ TargetGroups = [] }) =>
    TargetGroups.flatMap((each) => (isOurs(each.TargetGroupName) ? (each.TargetGroupArn ?? []) : [])),
  );
  return { loadBalancers, targetGroups };
}

const alarmsNamed = ({ cloudWatch }: Clients, AlarmNamePrefix: string): Promise<string[]> =>
  collect(paginateDescribeAlarms({ client: cloudWatch }, { AlarmNamePrefix }), ({ MetricAlarms = [] }) =>
    MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []),
  );

async function definitionsNamed({ ecs }: Clients, familyPrefix: string): Promise<string[]> {
  const families = await collect(
    paginateListTaskDefinitionFamilies({ client: ecs }, { familyPrefix, status: "ALL" }),
    (page) => page.families ?? [],
  );
  const found: string[] = [];
  for (const family of families) {
    for (const status of ["ACTIVE", "INACTIVE"] as const) {
      const pages = paginateListTaskDefinitions({ client: ecs }, { familyPrefix: family, status });
      found.push(...(await collect(pages, ({ taskDefinitionArns = [] }) => taskDefinitionArns)));
    }
  }
  return unique(found);
}

const parametersBelow = ({ ssm }: Clients, Path: string): Promise<string[]> =>
  collect(paginateGetParametersByPath({ client: ssm }, { Path, Recursive: true }), ({ Parameters = [] }) =>
    Parameters.flatMap(({ Name }) => Name ?? []),
  );

const logGroupsBelow = ({ logs }: Clients, logGroupNamePrefix: string): Promise<string[]> =>
  collect(paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix }), ({ logGroups = [] }) =>
    logGroups.flatMap(({ logGroupName }) => logGroupName ?? []),
  );

const repositoriesBelow = ({ ecr }: Clients, prefix: string): Promise<string[]> =>
  collect(paginateDescribeRepositories({ client: ecr }, {}), ({ repositories = [] }) =>
    repositories.flatMap(({ repositoryName }) => (repositoryName?.startsWith(prefix) ? [repositoryName] : [])),
  );
