import { Stack } from "aws-cdk-lib";
import type { WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import type { EventBus } from "aws-cdk-lib/aws-events";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { TableName } from "../adapters/dynamodb/keys.ts";
import type { AppCluster } from "./app-cluster.ts";
import type { AppDomain } from "./app-domain.ts";
import type { AppRepositories } from "./app-repositories.ts";
import {
  endpointsPrefix,
  gitHubAppParameter,
  listsParameters,
  onEndpoints,
  onGitHubApp,
  onSecrets,
  readsGitTokens,
  secretsPrefix,
} from "./app-secrets.ts";
import type { Builds } from "./builds.ts";
import type { Crons } from "./crons.ts";
import type { EdgeSecret } from "./edge-secret.ts";
import type { FunctionName } from "./functions.ts";
import { longPrefix, runTimePrefix } from "./installation.ts";
import type { Network } from "./network.ts";
import type { Parameters } from "./parameters.ts";
import type { Permission } from "./permission.ts";
import type { PrivateNames } from "./private-names.ts";
import type { RowsPlace, Tables } from "./tables.ts";
import {
  roleReaderPermission,
  taskReaderPermissions,
  usageReaderPermissions,
  workerPermissions,
} from "./worker-permissions.ts";

/** The resources of the stack that functions may be granted access to. */
export interface StackResources {
  readonly parameters: Parameters;
  readonly tables: Tables;
  readonly queue: Queue;
  readonly bus: EventBus;
  readonly notices: Queue;
  readonly sockets: WebSocketStage;
  readonly builds: Builds;
  readonly repositories: AppRepositories;
  readonly network: Network;
  readonly apps: AppCluster;
  readonly crons: Crons;
  /** `null`: the apps have ports and no names. */
  readonly domain: AppDomain | null;
  /** `null`: every app is there for everybody. */
  readonly privateNames: PrivateNames | null;
  readonly webhookSecret: ISecret;
  readonly edge: EdgeSecret;
}

type ItemOperation = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query";

/** The environment variables and the permissions of one function. */
export interface FunctionGrants {
  readonly environment: Readonly<Record<string, string>>;
  /** Operations of DynamoDB, by table or index of `deployments`. A transaction needs those that it is made of. */
  readonly rows?: Readonly<Partial<Record<RowsPlace, readonly ItemOperation[]>>>;
  readonly permissions?: readonly Permission[];
}

/** Each function's environment and grants: what it uses, and no more. The names are those of docs/architecture.md. */
export function functionGrants(s: StackResources): Readonly<Record<FunctionName, FunctionGrants>> {
  return {
    "api-authorize": authorizer(s),
    "socket-authorize": authorizer(s),
    "api-to-queue": restApi(s),
    "rows-to-readers": {
      environment: {
        ...tables(s, "DEPLOYMENTS_TABLE", "APPS_TABLE", "RUNS_TABLE", "TOKENS_TABLE", "REQUESTS_TABLE"),
        ALLOWED_ORIGINS: s.parameters.allowedOrigins,
        MAX_HELD_READS: s.parameters.maxHeldReads,
        SECRETS_PREFIX: secretsPrefix(s.queue),
        APP_LOG_GROUP: s.apps.log.logGroupName,
      },
      rows: {
        deployments: ["GetItem", "Query"],
        apps: ["GetItem"],
        runs: ["GetItem"],
        tokens: ["GetItem"],
        requests: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
      },
      permissions: [s.apps.onLogs("logs:FilterLogEvents"), onSecrets(s.queue, "ssm:GetParametersByPath")],
    },
    "webhook-to-queue": {
      environment: {
        ...tables(s, "DEPLOYMENTS_TABLE", "APPS_TABLE", "REQUESTS_TABLE", "COUNTERS_TABLE"),
        WORK_QUEUE_URL: s.queue.queueUrl,
        GITHUB_WEBHOOK_SECRET_ARN: s.webhookSecret.secretArn,
        GITHUB_URL: s.parameters.gitHubUrl,
      },
      rows: {
        deployments: ["PutItem"],
        apps: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
        requests: ["GetItem", "PutItem", "UpdateItem"],
        counters: ["UpdateItem"],
      },
      permissions: [sendsMessages(s), { actions: ["secretsmanager:GetSecretValue"], on: [s.webhookSecret.secretArn] }],
    },
    "build-to-rows": {
      environment: {
        ...tables(s, "DEPLOYMENTS_TABLE"),
        WORK_QUEUE_URL: s.queue.queueUrl,
        SECRETS_PREFIX: secretsPrefix(s.queue),
        REPOSITORIES_URI: s.repositories.uri,
        REPOSITORIES_ARN: s.repositories.arn,
        IMAGE_ROLE_ARN: s.repositories.imageRole.roleArn,
        LOCAL_REPOSITORIES: s.parameters.localRepositories,
        ...gitHub(s),
      },
      rows: { deployments: ["GetItem", "Query", "PutItem", "UpdateItem"] },
      permissions: [
        sendsMessages(s),
        onSecrets(s.queue, "ssm:GetParametersByPath"),
        ...readsRepositories(s),
        { actions: ["sts:AssumeRole"], on: [s.repositories.imageRole.roleArn] },
        s.repositories.on("ecr:BatchGetImage", "ecr:DescribeImages"),
      ],
    },
    "queue-to-work": worker(s),
    "rows-to-sockets": {
      environment: {
        ...tables(s, "DEPLOYMENTS_TABLE"),
        SOCKETS_ENDPOINT: s.sockets.callbackUrl,
        WORK_QUEUE_URL: s.queue.queueUrl,
      },
      rows: { deployments: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] },
      permissions: [managesSockets(s.sockets), sendsMessages(s)],
    },
    "rows-to-bus": {
      environment: { EVENT_BUS: s.bus.eventBusName },
      permissions: [{ actions: ["events:PutEvents"], on: [s.bus.eventBusArn] }],
    },
    "bus-to-metrics": { environment: tables(s, "METRICS_TABLE"), rows: { metrics: ["PutItem"] } },
    "bus-to-notices": {
      environment: { ...sendingNotices(s).environment, NOTICE_QUEUE_URL: s.notices.queueUrl, ...gitHub(s) },
      rows: { ...sendingNotices(s).rows, notices: ["GetItem", "PutItem", "Query", "UpdateItem"] },
      permissions: [
        ...sendingNotices(s).permissions,
        { actions: ["sqs:SendMessage"], on: [s.notices.queueArn] },
        onGitHubApp(s.queue, "ssm:GetParameters"),
      ],
    },
    "api-to-notices": {
      ...sendingNotices(s),
      environment: {
        ...sendingNotices(s).environment,
        ALLOWED_ORIGINS: s.parameters.allowedOrigins,
        EDGE_SECRETS: s.edge.accepted,
      },
    },
    sockets: {
      environment: {
        ...tables(s, "DEPLOYMENTS_TABLE", "TOKENS_TABLE", "REQUESTS_TABLE"),
        WORK_QUEUE_URL: s.queue.queueUrl,
      },
      rows: {
        deployments: ["GetItem", "PutItem", "DeleteItem"],
        tokens: ["GetItem", "DeleteItem"],
        requests: ["UpdateItem"],
      },
      permissions: [sendsMessages(s)],
    },
    "access-to-sockets": {
      environment: tables(s, "DEPLOYMENTS_TABLE", "TOKENS_TABLE"),
      rows: { deployments: ["Query", "UpdateItem"], tokens: ["GetItem"] },
    },
  };
}

/** Both authorizers. */
const authorizer = (s: StackResources): FunctionGrants => ({
  environment: {
    ...tables(s, "TOKENS_TABLE"),
    AUTH_MODE: s.parameters.authMode,
    ALLOWED_ORIGINS: s.parameters.allowedOrigins,
    EDGE_SECRETS: s.edge.accepted,
    PUBLIC_URL: s.parameters.publicUrl,
  },
  rows: { tokens: ["GetItem", "UpdateItem"] },
});

const restApi = (s: StackResources): FunctionGrants => ({
  environment: {
    ...tables(s, "DEPLOYMENTS_TABLE", "APPS_TABLE", "RELEASES_TABLE", "RUNS_TABLE"),
    ...tables(s, "TOKENS_TABLE", "REQUESTS_TABLE", "COUNTERS_TABLE", "METRICS_TABLE", "AUDIT_TABLE", "NOTICES_TABLE"),
    WORK_QUEUE_URL: s.queue.queueUrl,
    SECRETS_PREFIX: secretsPrefix(s.queue),
    ENDPOINTS_PREFIX: endpointsPrefix(s.queue),
    LOCAL_ENDPOINTS: s.parameters.localEndpoints,
    MAIL_FROM: s.parameters.mailFrom,
    AUTH_MODE: s.parameters.authMode,
    ALLOWED_ORIGINS: s.parameters.allowedOrigins,
    EDGE_SECRETS: s.edge.accepted,
    LOCAL_REPOSITORIES: s.parameters.localRepositories,
    APP_URL: s.parameters.appUrl,
    APP_DOMAIN: s.domain?.name ?? "",
    APP_HOSTED_ZONE_ID: s.domain?.hostedZoneId ?? "",
    PRIVATE_URL: s.privateNames?.url ?? "",
    PUBLIC_URL: s.parameters.publicUrl,
    GITHUB_WEBHOOK_SECRET_ARN: s.webhookSecret.secretArn,
    ECS_CLUSTER: s.apps.cluster.clusterName,
    NAME_PREFIX: runTimePrefix(Stack.of(s.queue).stackName),
    APP_ROLES_ARN: s.apps.appRolesArn,
    ...gitHub(s),
  },
  rows: {
    deployments: ["GetItem", "PutItem"],
    "deployments/newest": ["Query"],
    "deployments/by_app": ["Query"],
    "deployments/by_stage": ["Query"],
    apps: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    releases: ["Query"],
    runs: ["GetItem", "PutItem"],
    "runs/by_app": ["Query"],
    metrics: ["Query"],
    audit: ["PutItem", "Query"],
    tokens: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
    "tokens/by_id": ["Query"],
    requests: ["GetItem", "PutItem", "UpdateItem"],
    counters: ["UpdateItem"],
    notices: ["Query"],
  },
  permissions: [
    sendsMessages(s),
    onSecrets(s.queue, "ssm:PutParameter", "ssm:DeleteParameters"),
    onEndpoints(s.queue, "ssm:PutParameter", "ssm:DeleteParameters"),
    onGitHubApp(s.queue, "ssm:PutParameter", "ssm:DeleteParameters"),
    { actions: ["secretsmanager:PutSecretValue"], on: [s.webhookSecret.secretArn] },
    ...readsRepositories(s),
    ...taskReaderPermissions(s.apps),
    ...usageReaderPermissions(s.apps),
    roleReaderPermission(s.apps),
  ],
});

const worker = (s: StackResources): FunctionGrants => ({
  environment: {
    ...tables(
      s,
      "DEPLOYMENTS_TABLE",
      "APPS_TABLE",
      "RELEASES_TABLE",
      "RUNS_TABLE",
      "REQUESTS_TABLE",
      "COUNTERS_TABLE",
      "AUDIT_TABLE",
      "METRICS_TABLE",
    ),
    WORK_QUEUE_URL: s.queue.queueUrl,
    BUILD_PROJECT: s.builds.project.projectName,
    REPOSITORIES_URI: s.repositories.uri,
    ECS_CLUSTER: s.apps.cluster.clusterName,
    INSTALLATION: longPrefix(Stack.of(s.queue).stackName),
    NAME_PREFIX: runTimePrefix(Stack.of(s.queue).stackName),
    TASK_EXECUTION_ROLE_ARN: s.apps.executionRole.roleArn,
    TASK_ROLE_ARN: s.apps.taskRole.roleArn,
    APP_ROLES_ARN: s.apps.appRolesArn,
    INFRASTRUCTURE_ROLE_ARN: s.apps.infrastructureRole.roleArn,
    APP_LOG_GROUP: s.apps.log.logGroupName,
    VPC_ID: s.network.vpc.vpcId,
    SUBNET_IDS: s.network.subnetIds.join(","),
    TASK_SUBNET_IDS: s.network.taskSubnetIds.join(","),
    TASK_PUBLIC_ADDRESS: s.network.tasksHavePublicAddress ? "assigned" : "none",
    LOAD_BALANCER_SECURITY_GROUP_ID: s.network.loadBalancer.securityGroupId,
    TASK_SECURITY_GROUP_IDS: s.network.taskSecurityGroupIds.join(","),
    SECRETS_PREFIX: secretsPrefix(s.queue),
    ENDPOINTS_PREFIX: endpointsPrefix(s.queue),
    LOCAL_REPOSITORIES: s.parameters.localRepositories,
    MAX_CONCURRENT_BUILDS: s.parameters.maxConcurrentBuilds,
    CRON_GROUP: s.crons.group.scheduleGroupName,
    CRON_ROLE_ARN: s.crons.role.roleArn,
    WORK_QUEUE_ARN: s.queue.queueArn,
    EVENT_BUS: s.bus.eventBusName,
    APP_URL: s.parameters.appUrl,
    ...appDomain(s),
    PRIVATE_DOMAIN: s.privateNames?.domain ?? "",
    PRIVATE_URL: s.privateNames?.url ?? "",
    PRIVATE_HOSTED_ZONE_ID: s.privateNames?.zone.hostedZoneId ?? "",
    PRIVATE_SECURITY_GROUP_ID: s.privateNames?.loadBalancer.securityGroupId ?? "",
    ...gitHub(s),
  },
  rows: {
    deployments: ["GetItem", "PutItem", "Query", "UpdateItem"],
    "deployments/open": ["Query"],
    "deployments/by_app": ["Query"],
    apps: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    releases: ["Query", "PutItem", "DeleteItem"],
    runs: ["GetItem", "PutItem", "DeleteItem"],
    "runs/by_app": ["Query"],
    "runs/open": ["Query"],
    "runs/unfinished": ["Query"],
    requests: ["GetItem", "PutItem"],
    counters: ["UpdateItem"],
    audit: ["PutItem"],
    metrics: ["PutItem"],
  },
  permissions: [
    sendsMessages(s),
    onSecrets(s.queue, "ssm:DeleteParameters", "ssm:GetParametersByPath"),
    onEndpoints(s.queue, "ssm:DeleteParameters"),
    listsParameters(s.queue),
    ...readsRepositories(s),
    ...workerPermissions(s.builds.project, s.apps),
    ...s.crons.permissions,
    { actions: ["events:PutEvents"], on: [s.bus.eventBusArn] },
    ...(s.domain?.changesRecords ?? []),
    ...(s.privateNames?.changesRecords ?? []),
    ...(s.domain?.managesCertificates ?? []),
    s.repositories.on(
      "ecr:BatchDeleteImage",
      "ecr:BatchGetImage",
      "ecr:CreateRepository",
      "ecr:DeleteRepository",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:PutImage",
      "ecr:PutLifecyclePolicy",
      "ecr:TagResource",
    ),
    s.repositories.lists,
  ],
});

/** Under which names the apps are reached. */
const appDomain = ({ domain, parameters }: StackResources): Record<string, string> => ({
  APP_DOMAIN: domain?.name ?? "",
  APP_CERTIFICATE_ARN: domain?.certificateArn ?? "",
  APP_HOSTED_ZONE_ID: domain?.hostedZoneId ?? "",
  APP_CERTIFICATE_AUTHORITY: parameters.appCertificateAuthority,
});

/** Which GitHub it is, and where the app's credentials lie. */
const gitHub = ({ parameters, queue }: StackResources): Record<string, string> => ({
  GITHUB_URL: parameters.gitHubUrl,
  GITHUB_API_URL: parameters.gitHubApiUrl,
  GITHUB_APP_PARAMETER: gitHubAppParameter(queue),
});

/** What it takes to read private repositories. */
const readsRepositories = (s: StackResources): Permission[] => [
  onGitHubApp(s.queue, "ssm:GetParameters"),
  readsGitTokens(s.queue),
];

/** What sending a notification takes. */
const sendingNotices = (s: StackResources) =>
  ({
    environment: {
      ...tables(s, "APPS_TABLE", "REQUESTS_TABLE", "NOTICES_TABLE"),
      ENDPOINTS_PREFIX: endpointsPrefix(s.queue),
      LOCAL_ENDPOINTS: s.parameters.localEndpoints,
      MAIL_FROM: s.parameters.mailFrom,
      PUBLIC_URL: s.parameters.publicUrl,
    },
    rows: { apps: ["GetItem"], requests: ["UpdateItem"], notices: ["Query", "UpdateItem"] },
    permissions: [onEndpoints(s.queue, "ssm:GetParameters"), sendsMail(s)],
  }) satisfies FunctionGrants;

/** From the installation's own address only. */
const sendsMail = (s: StackResources): Permission => ({
  actions: ["ses:SendEmail"],
  on: [Stack.of(s.queue).formatArn({ service: "ses", resource: "identity", resourceName: "*" })],
  when: { StringEquals: { "ses:FromAddress": s.parameters.mailFrom } },
  because: "Whether the address or its domain was verified is decided outside; the condition names the one address.",
});

const tableOf = {
  DEPLOYMENTS_TABLE: "deployments",
  APPS_TABLE: "apps",
  RELEASES_TABLE: "releases",
  RUNS_TABLE: "runs",
  TOKENS_TABLE: "tokens",
  REQUESTS_TABLE: "requests",
  COUNTERS_TABLE: "counters",
  METRICS_TABLE: "metrics",
  AUDIT_TABLE: "audit",
  NOTICES_TABLE: "notices",
} as const satisfies Record<string, TableName>;

const tables = (s: StackResources, ...variables: (keyof typeof tableOf)[]): Record<string, string> =>
  Object.fromEntries(variables.map((variable) => [variable, s.tables.of[tableOf[variable]].tableName]));

const sendsMessages = (s: StackResources): Permission => ({ actions: ["sqs:SendMessage"], on: [s.queue.queueArn] });

/** Sending and hanging up, not asking about a connection. */
const managesSockets = (stage: WebSocketStage): Permission => ({
  actions: ["execute-api:ManageConnections"],
  on: ["POST", "DELETE"].map((method) =>
    Stack.of(stage).formatArn({
      service: "execute-api",
      resource: stage.api.apiId,
      resourceName: `${stage.stageName}/${method}/@connections/*`,
    }),
  ),
  because: "Connections come and go.",
});
