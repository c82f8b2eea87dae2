import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import { Cluster, ContainerInsights } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { type AppRepositories, logsIn } from "./app-repositories.ts";
import { onSecrets } from "./app-secrets.ts";
import { madeAtRunTime, pathName } from "./names.ts";
import { grant, ofThisAccount, type Permission } from "./permission.ts";

export interface AppClusterProps {
  /** The path of the roles that apps may have. */
  readonly rolePath: string;
  readonly vpc: IVpc;
  readonly repositories: AppRepositories;
}

/** Where the apps' tasks run, and as whom. No role is made at run time: all apps share these. */
export class AppCluster extends Construct {
  readonly cluster: Cluster;
  readonly log: LogGroup;
  /** ECS itself, for starting a task: pulls the image, reads the secrets, writes the log. */
  readonly executionRole: Role;
  /** A running app without a role of its own: may do nothing. */
  readonly taskRole: Role;
  /** What the ARNs of the operator's roles begin with that apps may have. */
  readonly appRolesArn: string;
  /** ECS itself, for a release: moves the tasks and the traffic of an app between its two target groups. */
  readonly infrastructureRole: Role;

  constructor(scope: Construct, id: string, { vpc, repositories, rolePath }: AppClusterProps) {
    super(scope, id);
    this.cluster = new Cluster(this, "Cluster", {
      vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    acknowledge(this.cluster, {
      ECS4: "Container Insights costs about $0.07 a metric an hour for each app; releases are watched by health checks.",
    });
    this.log = new LogGroup(this, "Log", {
      logGroupName: pathName(this, "apps"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const assumedBy = ofThisAccount("ecs-tasks.amazonaws.com");
    this.taskRole = new Role(this, "TaskRole", { assumedBy });
    const resource = `role${rolePath.replace(/\/$/, "")}`;
    this.appRolesArn = Stack.of(this).formatArn({ service: "iam", region: "", resource, resourceName: "" });
    this.executionRole = new Role(this, "ExecutionRole", { assumedBy });
    this.allowStarting(repositories);
    this.infrastructureRole = new Role(this, "InfrastructureRole", {
      assumedBy: new ServicePrincipal("ecs.amazonaws.com"),
    });
    this.allowShifting();
  }

  /** To do something with the log groups of apps, which are made at run time below the name of `log`. */
  onLogs(...actions: string[]): Permission {
    const resourceName = `${pathName(this, "apps")}/*`;
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return {
      actions,
      on: [Stack.of(this).formatArn({ service: "logs", resource: "log-group", resourceName, arnFormat })],
      because: "Each app has a log group, made at run time.",
    };
  }

  /** What AWS's AmazonECSInfrastructureRolePolicyForLoadBalancers allows on everything, on what is Slipway's. */
  private allowShifting(): void {
    const named = (kind: string): string =>
      Stack.of(this).formatArn({ service: "elasticloadbalancing", resource: kind, resourceName: madeAtRunTime(this) });
    const elb = (...actions: string[]) => actions.map((action) => `elasticloadbalancing:${action}`);
    const permissions: Permission[] = [
      {
        actions: elb("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"),
        on: ["*"],
        because: "AWS has no resource-level permission for this.",
      },
      {
        actions: elb("DeregisterTargets", "RegisterTargets"),
        on: [named("targetgroup")],
        because: "Target groups are made at run time, two for each app; all have the prefix of the installation.",
      },
      {
        actions: elb("ModifyRule"),
        on: [named("listener-rule/app")],
        because: "Listener rules are made at run time, two for each app, on the load balancer of the installation.",
      },
    ];
    for (const permission of permissions) grant(this.infrastructureRole, permission);
  }

  private allowStarting(repositories: AppRepositories): void {
    const permissions: Permission[] = [
      logsIn,
      repositories.on("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
      this.onLogs("logs:CreateLogStream", "logs:PutLogEvents"),
      onSecrets(this, "ssm:GetParameters"),
    ];
    for (const permission of permissions) grant(this.executionRole, permission);
  }
}
