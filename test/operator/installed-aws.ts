import { ACMClient, ResourceNotFoundException as CertificateNotFound } from "@aws-sdk/client-acm";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { DynamoDBClient, ResourceNotFoundException as TableNotFound } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client, LoadBalancerNotFoundException } from "@aws-sdk/client-elastic-load-balancing-v2";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { type ChangeResourceRecordSetsCommandInput, Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SSMClient } from "@aws-sdk/client-ssm";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clients } from "../../lib/operator/uninstall/clients.ts";

/** What is there, by kind. */
type Things = Map<string, Set<string>>;

/** An account with an installation, and with things of somebody else. It refuses an order of deletions that AWS refuses. */
export function accountWith(installed: Readonly<Record<string, readonly string[]>>) {
  const things: Things = new Map(Object.entries(installed).map(([kind, names]) => [kind, new Set(names)]));
  const calls: string[] = [];
  /** By its ARN, what the tagging API has shown. */
  const shown = new Map<string, readonly { Key: string; Value: string }[]>();
  const stackTags = [{ Key: "aws:cloudformation:stack-name", Value: "Slipway" }];
  /** How often a table that is being deleted is described before it is gone. */
  const deleting = new Map<string, number>();
  const of = (kind: string): string[] => [...(things.get(kind) ?? [])];
  const remove = (kind: string, name: string): void => void things.get(kind)?.delete(name);
  const below = (kind: string, prefix: string): string[] => of(kind).filter((name) => name.startsWith(prefix));
  const named = (kind: string, key: string) => of(kind).map((name) => ({ [key]: name }));
  const items = (kind: string) => of(kind).map((name) => ({ settings: { name } }));
  const kept = (type: string) =>
    of(type).map((name) => ({
      ResourceType: `AWS::${type}`,
      PhysicalResourceId: name,
      ResourceStatus: "DELETE_SKIPPED",
    }));
  const stackIsGone = (name: string): Error =>
    Object.assign(new Error(`Stack with id ${name} does not exist`), { name: "ValidationError" });
  /** What the stack's deletion waits for, or fails on. */
  const inTheWay = (): string[] => [...of("service"), ...of("task"), ...ownBalancers(), ...of("object"), ...inZone()];
  /** A zone has those of its own as long as it is there. */
  const inZone = (): string[] => of("private record").filter((record) => !/ (NS|SOA)$/.test(record));
  const ownBalancers = (): string[] => below("loadBalancer", "slipway-c231c861-");
  const balancerOf = (name: string) => ({
    LoadBalancerName: name,
    LoadBalancerArn: `arn:lb/${name}`,
    DNSName: `${name}.elb.amazonaws.com`,
  });
  const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

  // biome-ignore lint/suspicious/noExplicitAny: each operation knows its input.
  const operations: Readonly<Record<string, (input: any) => unknown>> = {
    ListStackResourcesCommand: ({ StackName }) => {
      if (StackName === "arn:stack/Slipway" && !of("stack").includes("Slipway"))
        return { StackResourceSummaries: [...kept("DynamoDB::Table"), ...kept("IAM::Role")] };
      if (!of("stack").includes(StackName)) throw new Error(`Stack with id ${StackName} does not exist`);
      return {
        StackResourceSummaries: [
          "Lambda::Function",
          "ECS::Cluster",
          "DynamoDB::Table",
          "S3::Bucket",
          "CodeBuild::Project",
          "Logs::LogGroup",
          "Route53::HostedZone",
        ].flatMap((type) => of(type).map((name) => ({ ResourceType: `AWS::${type}`, PhysicalResourceId: name }))),
      };
    },
    DescribeStacksCommand: ({ StackName }) => {
      if (!of("stack").includes(StackName)) throw stackIsGone(StackName);
      const [StackStatus = "CREATE_COMPLETE"] = of("stack status");
      remove("stack status", StackStatus);
      const Outputs = [{ OutputKey: "AppsTable", OutputValue: "Slipway-apps" }];
      return { Stacks: [{ StackId: `arn:stack/${StackName}`, StackStatus, Outputs }] };
    },
    QueryCommand: ({ TableName }) => ({ Items: TableName === "Slipway-apps" ? items("app") : [] }),
    DeleteStackCommand: ({ StackName }) => {
      if (/^UPDATE_.*IN_PROGRESS$/.test(of("stack status")[0] ?? "")) throw new Error("It is being updated.");
      // CloudFormation was still making these.
      for (const name of of("late table")) things.set("DynamoDB::Table", new Set([...of("DynamoDB::Table"), name]));
      things.delete("late table");
      if (inTheWay().length > 0) throw new Error(`These are in use: ${inTheWay().join(", ")}`);
      const kinds = ["Lambda::Function", "ECS::Cluster", "S3::Bucket", "CodeBuild::Project", "Logs::LogGroup"];
      for (const kind of [...kinds, "Route53::HostedZone", "private record"]) things.delete(kind);
      remove("stack", StackName);
    },
    // It goes on showing what was deleted.
    GetResourcesCommand: () => {
      for (const [type, service] of [
        ["DynamoDB::Table", "dynamodb:eu-west-1:123456789012:table/"],
        ["Lambda::Function", "lambda:eu-west-1:123456789012:function:"],
        ["S3::Bucket", "s3:::"],
      ] as const)
        for (const name of of(type)) shown.set(`arn:aws:${service}${name}`, stackTags);
      for (const arn of of("tagged")) shown.set(arn, []);
      return { ResourceTagMappingList: [...shown].map(([ResourceARN, Tags]) => ({ ResourceARN, Tags })) };
    },
    PutFunctionConcurrencyCommand: ({ FunctionName, ReservedConcurrentExecutions }) => {
      if (ReservedConcurrentExecutions === 0) remove("running function", FunctionName);
    },
    ListBuildsForProjectCommand: () => ({ ids: [...of("build"), "ended"] }),
    BatchGetBuildsCommand: ({ ids }) => ({
      builds: ids.map((id: string) => ({ id, buildComplete: !of("build").includes(id) })),
    }),
    StopBuildCommand: ({ id }) => {
      if (of("running function").length > 0) throw new Error("The worker would start it again.");
      remove("build", id);
    },
    ListServiceDeploymentsCommand: ({ service }) => ({
      serviceDeployments: below("release", service).map((serviceDeploymentArn) => ({ serviceDeploymentArn })),
    }),
    StopServiceDeploymentCommand: ({ serviceDeploymentArn, stopType }) => {
      if (stopType !== "ABORT") throw new Error("An earlier version would start.");
      remove("release", serviceDeploymentArn);
    },
    ListServicesCommand: () => ({ serviceArns: of("service") }),
    ListTasksCommand: () => ({ taskArns: of("task") }),
    DeleteServiceCommand: ({ service }) => {
      if (of("running function").length > 0) throw new Error("The worker would make it again.");
      if (of("build").length > 0) throw new Error("A build would push to it.");
      if (below("release", service).length > 0) throw new Error("A release is under way.");
      remove("service", service);
    },
    DescribeScalableTargetsCommand: () => ({ ScalableTargets: named("scalableTarget", "ResourceId") }),
    DeregisterScalableTargetCommand: ({ ResourceId }) => remove("scalableTarget", ResourceId),
    StopTaskCommand: ({ task }) => remove("task", task),
    DescribeServicesCommand: ({ services }) => ({
      services: services.map((name: string) => ({ status: of("service").includes(name) ? "ACTIVE" : "INACTIVE" })),
    }),
    DescribeTasksCommand: ({ tasks }) => ({
      tasks: tasks.map((name: string) => ({ lastStatus: of("task").includes(name) ? "RUNNING" : "STOPPED" })),
    }),
    ListTaskDefinitionFamiliesCommand: ({ familyPrefix }) => ({
      families: [...new Set(below("definition", familyPrefix).map((name) => name.split(":")[0]))],
    }),
    ListTaskDefinitionsCommand: ({ familyPrefix, status }) => ({
      taskDefinitionArns: status === "ACTIVE" ? below("definition", `${familyPrefix}:`) : [],
    }),
    DeregisterTaskDefinitionCommand: () => ({}),
    DeleteTaskDefinitionsCommand: ({ taskDefinitions }) => {
      for (const name of taskDefinitions) remove("definition", name);
    },
    DescribeLoadBalancersCommand: ({ LoadBalancerArns }) => {
      const LoadBalancers = of("loadBalancer").map(balancerOf);
      if (LoadBalancerArns === undefined) return { LoadBalancers };
      const wanted = LoadBalancers.filter(({ LoadBalancerArn }) => LoadBalancerArns.includes(LoadBalancerArn));
      if (wanted.length === 0) throw new LoadBalancerNotFoundException({ message: "It is gone.", $metadata: {} });
      return { LoadBalancers: wanted };
    },
    DeleteLoadBalancerCommand: ({ LoadBalancerArn }) => remove("loadBalancer", lastPart(LoadBalancerArn)),
    DescribeTargetGroupsCommand: () => ({
      TargetGroups: of("targetGroup").map((name) => ({ TargetGroupName: name, TargetGroupArn: `arn:tg/${name}` })),
    }),
    DeleteTargetGroupCommand: ({ TargetGroupArn }) => {
      if (ownBalancers().length > 0) throw new Error("A listener uses it.");
      remove("targetGroup", lastPart(TargetGroupArn));
    },
    ListSchedulesCommand: ({ NamePrefix }) => ({
      Schedules: below("schedule", NamePrefix).map((Name) => ({ GroupName: "slipway-crons", Name })),
    }),
    DeleteScheduleCommand: ({ GroupName, Name }) => {
      if (of("running function").length > 0) throw new Error("The worker would make it again.");
      if (GroupName === "slipway-crons") remove("schedule", Name);
    },
    DescribeAlarmsCommand: ({ AlarmNamePrefix }) => ({
      MetricAlarms: below("alarm", AlarmNamePrefix).map((AlarmName) => ({ AlarmName })),
    }),
    DeleteAlarmsCommand: ({ AlarmNames }) => {
      for (const name of AlarmNames) remove("alarm", name);
    },
    ListObjectsV2Command: () => ({ Contents: named("object", "Key") }),
    DeleteObjectsCommand: ({ Delete }) => {
      for (const { Key } of Delete.Objects) remove("object", Key);
    },
    DescribeRepositoriesCommand: () => ({ repositories: named("repository", "repositoryName") }),
    DeleteRepositoryCommand: ({ repositoryName }) => remove("repository", repositoryName),
    GetParametersByPathCommand: ({ Path }) => ({ Parameters: below("parameter", Path).map((Name) => ({ Name })) }),
    DeleteParametersCommand: ({ Names }) => {
      for (const name of Names) remove("parameter", name);
    },
    DescribeLogGroupsCommand: ({ logGroupNamePrefix }) => ({
      logGroups: [...of("Logs::LogGroup"), ...of("logGroup")]
        .filter((logGroupName) => logGroupName.startsWith(logGroupNamePrefix))
        .map((logGroupName) => ({ logGroupName })),
    }),
    DeleteLogGroupCommand: ({ logGroupName }) => {
      if (!of("logGroup").includes(logGroupName))
        throw new ResourceNotFoundException({ message: "It is gone.", $metadata: {} });
      remove("logGroup", logGroupName);
    },
    GetTemplateSummaryCommand: () => ({
      Metadata: JSON.stringify({ "Slipway::Settings": { domain: "apps.example.com", hostedZoneId: "Z1" } }),
    }),
    // Of each by its name, `<host> <load balancer>`.
    ListResourceRecordSetsCommand: ({ HostedZoneId }) => ({
      ResourceRecordSets: of("Route53::HostedZone").includes(HostedZoneId)
        ? of("private record").map((record) => ({ Name: record.split(" ")[0], Type: record.split(" ")[1] }))
        : of("record").map((record) => ({
            Name: record.split(" ")[0],
            AliasTarget: { DNSName: `${record.split(" ")[1]}.elb.amazonaws.com.` },
          })),
    }),
    ChangeResourceRecordSetsCommand: ({ ChangeBatch, HostedZoneId = "" }: ChangeResourceRecordSetsCommandInput) => {
      for (const { ResourceRecordSet } of ChangeBatch?.Changes ?? [])
        if (of("Route53::HostedZone").includes(HostedZoneId))
          remove("private record", `${ResourceRecordSet?.Name} ${ResourceRecordSet?.Type}`);
      for (const { ResourceRecordSet } of ChangeBatch?.Changes ?? [])
        remove("record", of("record").find((record) => record.startsWith(`${ResourceRecordSet?.Name} `)) ?? "");
    },
    DeleteCertificateCommand: ({ CertificateArn }) => {
      if (ownBalancers().length > 0) throw new Error("A listener uses it.");
      remove("tagged", CertificateArn);
    },
    DescribeCertificateCommand: ({ CertificateArn }) => {
      if (!of("tagged").includes(CertificateArn))
        throw new CertificateNotFound({ message: "It is gone.", $metadata: {} });
    },
    // A table is there for a while after that.
    DeleteTableCommand: ({ TableName }) => void deleting.set(TableName, 1),
    DescribeTableCommand: ({ TableName }) => {
      const left = deleting.get(TableName);
      if (left === 0) remove("DynamoDB::Table", TableName);
      if (left !== undefined) deleting.set(TableName, left - 1);
      if (!of("DynamoDB::Table").includes(TableName))
        throw new TableNotFound({ message: "It is gone.", $metadata: {} });
    },
  };
  /** By the SDK's own prototype, which paginators insist on. */
  const client = <Client extends object>(prototype: Client): Client =>
    Object.assign(Object.create(prototype), {
      config: {},
      send: async (command: { readonly input: unknown }) => {
        const { name } = command.constructor;
        calls.push(name);
        const operation = operations[name];
        if (operation === undefined) throw new Error(`The account has no ${name}.`);
        return operation(command.input) ?? {};
      },
    });
  const clients: Clients = {
    acm: client(ACMClient.prototype),
    cloudFormation: client(CloudFormationClient.prototype),
    cloudWatch: client(CloudWatchClient.prototype),
    codeBuild: client(CodeBuildClient.prototype),
    dynamo: client(DynamoDBClient.prototype),
    documents: client(DynamoDBDocumentClient.prototype),
    ecr: client(ECRClient.prototype),
    ecs: client(ECSClient.prototype),
    elb: client(ElasticLoadBalancingV2Client.prototype),
    lambda: client(LambdaClient.prototype),
    logs: client(CloudWatchLogsClient.prototype),
    route53: client(Route53Client.prototype),
    s3: client(S3Client.prototype),
    scheduler: client(SchedulerClient.prototype),
    scaling: client(ApplicationAutoScalingClient.prototype),
    ssm: client(SSMClient.prototype),
    tags: client(ResourceGroupsTaggingAPIClient.prototype),
  };
  return {
    clients,
    calls,
    /** Everything that is there, by kind. */
    left: (): Record<string, string[]> =>
      Object.fromEntries([...things].flatMap(([kind, names]) => (names.size === 0 ? [] : [[kind, [...names]]]))),
    add: (kind: string, name: string) => things.set(kind, new Set([...of(kind), name])),
  };
}
