import { ACMClient } from "@aws-sdk/client-acm";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { Route53Client } from "@aws-sdk/client-route-53";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { streamRedaction } from "@slipway/text/redactor";
import { awsCertificates, certificateFinder } from "../../lib/adapters/acm/certificates.ts";
import { awsAppLogs } from "../../lib/adapters/cloudwatch/app-logs.ts";
import { awsBuilds } from "../../lib/adapters/codebuild/builds.ts";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsAudit } from "../../lib/adapters/dynamodb/audit.ts";
import { awsBranchMarks } from "../../lib/adapters/dynamodb/branch-marks.ts";
import { awsBuildReports } from "../../lib/adapters/dynamodb/build-reports.ts";
import { awsBuildSlots } from "../../lib/adapters/dynamodb/build-slots.ts";
import { awsConfigurations } from "../../lib/adapters/dynamodb/configurations.ts";
import { awsCounters } from "../../lib/adapters/dynamodb/counters.ts";
import { awsCronRuns } from "../../lib/adapters/dynamodb/cron-runs.ts";
import { awsDeployments } from "../../lib/adapters/dynamodb/deployments.ts";
import { awsDomains } from "../../lib/adapters/dynamodb/domains.ts";
import { awsFreezes } from "../../lib/adapters/dynamodb/freezes.ts";
import { awsLanes } from "../../lib/adapters/dynamodb/lanes.ts";
import { awsLog } from "../../lib/adapters/dynamodb/log.ts";
import { awsOrphanReports } from "../../lib/adapters/dynamodb/orphan-reports.ts";
import { awsPlacements } from "../../lib/adapters/dynamodb/placements.ts";
import { awsPushes } from "../../lib/adapters/dynamodb/pushes.ts";
import { awsReleaseRecords } from "../../lib/adapters/dynamodb/release-records.ts";
import { awsRestarts } from "../../lib/adapters/dynamodb/restarts.ts";
import { awsRuns } from "../../lib/adapters/dynamodb/runs.ts";
import { awsSharedImages } from "../../lib/adapters/dynamodb/shared-images.ts";
import { awsSocketSignals } from "../../lib/adapters/dynamodb/socket-signals.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { repositoryFinder } from "../../lib/adapters/ecr/finders.ts";
import { awsImages } from "../../lib/adapters/ecr/images.ts";
import type { ReleaseClients } from "../../lib/adapters/ecs/clients.ts";
import { awsDomainFront } from "../../lib/adapters/ecs/domain-front.ts";
import { releaseFinders } from "../../lib/adapters/ecs/finders.ts";
import { logGroups } from "../../lib/adapters/ecs/log-groups.ts";
import { appLogGroup } from "../../lib/adapters/ecs/options.ts";
import { awsProcesses } from "../../lib/adapters/ecs/processes.ts";
import { awsReleases } from "../../lib/adapters/ecs/releases.ts";
import { awsRunTasks } from "../../lib/adapters/ecs/run-tasks.ts";
import { awsStoppedTasks } from "../../lib/adapters/ecs/stopped-tasks.ts";
import { awsBus } from "../../lib/adapters/eventbridge/bus.ts";
import { awsHeads } from "../../lib/adapters/git/heads.ts";
import { awsSources } from "../../lib/adapters/git/sources.ts";
import { scheduleFinder } from "../../lib/adapters/scheduler/finders.ts";
import { awsSchedules } from "../../lib/adapters/scheduler/schedules.ts";
import { awsBacklog, awsWorkQueue } from "../../lib/adapters/sqs/work-queue.ts";
import { awsEndpointAddresses } from "../../lib/adapters/ssm/endpoint-addresses.ts";
import { parameterFinder } from "../../lib/adapters/ssm/finders.ts";
import { awsGitTokens } from "../../lib/adapters/ssm/git-tokens.ts";
import { awsGitHubApps } from "../../lib/adapters/ssm/github-apps.ts";
import { awsSecrets } from "../../lib/adapters/ssm/secrets.ts";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { withKnownHeads } from "../../lib/core/worker/known-heads.ts";
import { configuration } from "../shared/configuration.ts";
import { now, nowSeconds } from "../shared/now.ts";
import { releasesOptions } from "../shared/releases-options.ts";
import { awsRepositoryAccess } from "../shared/repository-access.ts";
import { retrying } from "../shared/retry.ts";
import { hash, secret } from "../shared/secrets.ts";

/** What the worker depends on, on AWS. */
export function awsDeps({ logger, measure }: Pick<WorkerDeps, "logger" | "measure">): WorkerDeps {
  const env = configuration(
    "DEPLOYMENTS_TABLE",
    "APPS_TABLE",
    "RELEASES_TABLE",
    "RUNS_TABLE",
    "REQUESTS_TABLE",
    "COUNTERS_TABLE",
    "AUDIT_TABLE",
    "METRICS_TABLE",
    "WORK_QUEUE_URL",
    "WORK_QUEUE_ARN",
    "CRON_GROUP",
    "CRON_ROLE_ARN",
    "EVENT_BUS",
    "BUILD_PROJECT",
    "REPOSITORIES_URI",
    "SECRETS_PREFIX",
    "ENDPOINTS_PREFIX",
    "LOCAL_REPOSITORIES",
    "GITHUB_API_URL",
    "GITHUB_APP_PARAMETER",
    "GITHUB_URL",
    "MAX_CONCURRENT_BUILDS",
  );
  const tables = documents();
  const reports = awsBuildReports(tables, env.DEPLOYMENTS_TABLE);
  const ssm = new SSMClient({});
  const sqs = new SQSClient({});
  const secrets = awsSecrets(ssm, env.SECRETS_PREFIX);
  const repositories = {
    localRepositories: env.LOCAL_REPOSITORIES,
    gitHub: { url: env.GITHUB_URL, apiUrl: env.GITHUB_API_URL },
    access: awsRepositoryAccess(ssm, { fresh: false, logger }),
  };
  const releaseClients: ReleaseClients = {
    ecs: new ECSClient({}),
    elb: new ElasticLoadBalancingV2Client({}),
    records: new Route53Client({}),
    placements: awsPlacements(tables, env.APPS_TABLE),
    logs: new CloudWatchLogsClient({}),
    cloudWatch: new CloudWatchClient({}),
    scaling: new ApplicationAutoScalingClient({}),
    redactionFor: async (appId) => streamRedaction(await secrets.values(appId)).alone,
  };
  const options = releasesOptions();
  const scheduler = new SchedulerClient({});
  const scheduling = {
    namePrefix: options.namePrefix,
    group: env.CRON_GROUP,
    roleArn: env.CRON_ROLE_ARN,
    queueArn: env.WORK_QUEUE_ARN,
    now,
  };
  const acm = new ACMClient({});
  return {
    deployments: awsDeployments(tables, env.DEPLOYMENTS_TABLE),
    log: withKnownHeads(awsLog(tables, env.DEPLOYMENTS_TABLE, nowSeconds)),
    reports,
    builds: awsBuilds(new CodeBuildClient({}), { project: env.BUILD_PROJECT, reports, now, ticket: secret }),
    buildSlots: awsBuildSlots(tables, env.APPS_TABLE),
    maxConcurrentBuilds: env.MAX_CONCURRENT_BUILDS,
    releases: awsReleases(releaseClients, options),
    processes: awsProcesses(releaseClients, options),
    appLogs: awsAppLogs(releaseClients.logs, (id) => appLogGroup(options, id)),
    logGroups: logGroups(releaseClients.logs, options),
    redactionFor: releaseClients.redactionFor,
    runs: awsRuns(tables, env.RUNS_TABLE),
    runTasks: awsRunTasks(releaseClients.ecs, options),
    stoppedTasks: awsStoppedTasks(releaseClients.ecs, options),
    restarts: awsRestarts(tables, env.METRICS_TABLE),
    schedules: awsSchedules(scheduler, scheduling),
    cronRuns: awsCronRuns(tables, env.REQUESTS_TABLE, nowSeconds),
    records: awsReleaseRecords(tables, env.RELEASES_TABLE),
    configurations: awsConfigurations(tables, env.APPS_TABLE),
    domains: awsDomains(tables, env.APPS_TABLE),
    certificates: awsCertificates(acm, options),
    domainFront: awsDomainFront(releaseClients, options),
    images: awsImages(new ECRClient({}), env.REPOSITORIES_URI),
    sharedImages: awsSharedImages(tables, env.APPS_TABLE),
    apps: awsApps(tables, env.APPS_TABLE),
    lanes: awsLanes(tables, env.APPS_TABLE),
    heads: awsHeads(repositories),
    sources: awsSources(repositories),
    pushes: awsPushes(tables, env.REQUESTS_TABLE),
    marks: awsBranchMarks(tables, env.APPS_TABLE),
    counters: awsCounters(tables, env.COUNTERS_TABLE),
    audit: awsAudit(tables, env.AUDIT_TABLE),
    secrets,
    gitTokens: awsGitTokens(ssm, env.SECRETS_PREFIX),
    gitHubApps: awsGitHubApps(ssm, env.GITHUB_APP_PARAMETER),
    endpointAddresses: awsEndpointAddresses(ssm, env.ENDPOINTS_PREFIX),
    finders: [
      ...releaseFinders(releaseClients, options),
      // Without a domain no app has any of its own.
      ...(options.domain === null ? [] : [certificateFinder(acm, options)]),
      repositoryFinder(new ECRClient({}), env.REPOSITORIES_URI),
      scheduleFinder(scheduler, scheduling),
      parameterFinder(ssm, [env.SECRETS_PREFIX, env.ENDPOINTS_PREFIX]),
    ],
    freezes: awsFreezes(tables, env.APPS_TABLE),
    orphanReports: awsOrphanReports(tables, env.APPS_TABLE),
    signals: awsSocketSignals(tables, env.DEPLOYMENTS_TABLE),
    queue: awsWorkQueue(sqs, env.WORK_QUEUE_URL),
    backlog: awsBacklog(sqs, env.WORK_QUEUE_URL),
    bus: awsBus(new EventBridgeClient({}), env.EVENT_BUS),
    hash,
    holder: secret,
    now,
    logger,
    ...retrying(measure),
  };
}
