import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { AccessStreams } from "./access-streams.ts";
import { AlarmEmail } from "./alarm-email.ts";
import { AppCluster } from "./app-cluster.ts";
import { AppDomain } from "./app-domain.ts";
import { AppRepositories } from "./app-repositories.ts";
import { applyGrants } from "./apply-grants.ts";
import { Builds } from "./builds.ts";
import { Crons } from "./crons.ts";
import { Dashboard } from "./dashboard.ts";
import { DeliveryAlarms } from "./delivery-alarms.ts";
import { DeploymentsStream } from "./deployments-stream.ts";
import { EdgeSecret } from "./edge-secret.ts";
import { DeploymentEvents, EventNotifications } from "./events.ts";
import { FunctionAlarms } from "./function-alarms.ts";
import { functionGrants } from "./function-grants.ts";
import { type FunctionName, functionNames } from "./functions.ts";
import { type InstallationSettings, installationTag, longPrefix, settingsKey } from "./installation.ts";
import { MetricsFeed } from "./metrics.ts";
import { Network } from "./network.ts";
import { Notices } from "./notices.ts";
import { OperationsDashboard } from "./operations-dashboard.ts";
import { Parameters } from "./parameters.ts";
import { PrivateNames } from "./private-names.ts";
import { ControlApi } from "./rest-api.ts";
import { SavedQueries } from "./saved-queries.ts";
import { SlipwayFunction } from "./slipway-function.ts";
import { SocketApi } from "./socket-api.ts";
import { Tables } from "./tables.ts";
import { WebhookSecret } from "./webhook-secret.ts";
import { WorkQueue } from "./work-queue.ts";

export interface SlipwayStackProps extends StackProps {
  readonly settings?: InstallationSettings;
}

/** All of Slipway in one account and region. */
export class SlipwayStack extends Stack {
  constructor(scope: Construct, id: string, { settings = {}, ...props }: SlipwayStackProps = {}) {
    super(scope, id, { description: "Slipway: push to deploy, in your own account", ...props });
    this.addMetadata(settingsKey, settings);
    Tags.of(this).add(installationTag, longPrefix(this.stackName));
    const functions = this.createFunctions();
    const parameters = new Parameters(this, "Parameters", settings.domain);
    const tables = new Tables(this, "Tables");
    const work = new WorkQueue(this, "Work", functions["queue-to-work"]);
    const crons = new Crons(this, "Crons", work.queue);
    const events = new DeploymentEvents(this, "Events");
    const notices = new Notices(this, "Notices", { bus: events.bus, sender: functions["bus-to-notices"] });
    const control = new ControlApi(this, "Control", functions);
    const sockets = new SocketApi(this, "Sockets", {
      handler: functions.sockets,
      authorizer: functions["socket-authorize"],
      mayLog: control.mayLog,
    });
    const network = new Network(this, "Network", settings);
    const domain = AppDomain.of(this, "Domain", network, settings);
    const privateNames = PrivateNames.of(this, "PrivateNames", { network, parameters }, settings);
    const builds = new Builds(this, "Builds", control.url);
    const repositories = new AppRepositories(this, "Repositories", functions["build-to-rows"].ownRole);
    const apps = new AppCluster(this, "Apps", {
      vpc: network.vpc,
      repositories,
      rolePath: settings.rolePath ?? `/${longPrefix(this.stackName)}/`,
    });
    const edge = new EdgeSecret(this, "Edge", parameters);
    const dashboard = new Dashboard(this, "Dashboard", {
      edgeSecret: edge.current,
      rest: control.api,
      sockets: sockets.stage,
      gitHubUrl: parameters.gitHubUrl,
    });
    new DeploymentsStream(this, "Stream", {
      table: tables.of.deployments,
      toSockets: functions["rows-to-sockets"],
      toBus: functions["rows-to-bus"],
    });
    new AccessStreams(this, "Access", {
      tokens: tables.of.tokens,
      apps: tables.of.apps,
      toSockets: functions["access-to-sockets"],
    });
    new MetricsFeed(this, "Metrics", { bus: events.bus, recorder: functions["bus-to-metrics"] });
    new EventNotifications(this, "EventNotifications", {
      queue: work.queue,
      project: builds.project,
      cluster: apps.cluster,
    });
    new SavedQueries(
      this,
      "Queries",
      functionNames.map((name) => functions[name].ownLogGroup),
    );
    new FunctionAlarms(this, "Alarms", functions);
    new DeliveryAlarms(this, "Delivery");
    // After all alarms, as the dashboard, which shows those that there are.
    if (settings.alarmEmail !== undefined) new AlarmEmail(this, "AlarmEmail", settings.alarmEmail);
    new OperationsDashboard(this, "Operations", { functions, work: work.queue, rest: control.api });

    const { secret: webhookSecret } = new WebhookSecret(this, "Webhook");
    const grants = functionGrants({
      parameters,
      tables,
      queue: work.queue,
      bus: events.bus,
      notices: notices.queue,
      sockets: sockets.stage,
      builds,
      repositories,
      network,
      apps,
      crons,
      domain,
      privateNames,
      webhookSecret,
      edge,
    });
    for (const name of functionNames) applyGrants(functions[name], tables, grants[name]);
    // The functions accept a new secret before CloudFront sends it.
    const edgeVerifiers = functionNames.filter((name) => "EDGE_SECRETS" in grants[name].environment);
    dashboard.distribution.node.addDependency(...edgeVerifiers.map((name) => functions[name]));
    this.addOutputs({
      ControlPlaneUrl: `https://${dashboard.distribution.distributionDomainName}`,
      RestApiUrl: control.url,
      WebSocketUrl: sockets.stage.url,
      WorkQueueUrl: work.queue.queueUrl,
      WorkDeadLettersUrl: work.deadLetters.queueUrl,
      DashboardBucket: dashboard.bucket.bucketName,
      TokensTable: tables.of.tokens.tableName,
      AppsTable: tables.of.apps.tableName,
      CountersTable: tables.of.counters.tableName,
      WebhookSecretArn: webhookSecret.secretArn,
      EdgeSecretArn: edge.secret.secretArn,
      ...(domain === null ? {} : { AppsLoadBalancer: domain.loadBalancer.loadBalancerDnsName }),
    });
  }

  private createFunctions(): Readonly<Record<FunctionName, SlipwayFunction>> {
    const made = functionNames.map((name) => [name, new SlipwayFunction(this, name)] as const);
    // Object.fromEntries forgets the names, of which there is one entry each.
    return Object.fromEntries(made) as Record<FunctionName, SlipwayFunction>;
  }

  private addOutputs(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
