import { RemovalPolicy } from "aws-cdk-lib";
import type { Vpc } from "aws-cdk-lib/aws-ec2";
import type { Repository } from "aws-cdk-lib/aws-ecr";
import { Cluster, ContainerInsights } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { onSecrets } from "./app-secrets.ts";
import { grant, type Permission } from "./permission.ts";

export interface AppClusterProps {
  readonly vpc: Vpc;
  readonly repository: Repository;
}

/** Where the apps' tasks run, and as whom. No role is made at run time: all apps share these two. */
export class AppCluster extends Construct {
  readonly cluster: Cluster;
  readonly log: LogGroup;
  /** ECS itself, for starting a task: pulls the image, reads the secrets, writes the log. */
  readonly executionRole: Role;
  /** The running app: may do nothing. */
  readonly taskRole: Role;

  constructor(scope: Construct, id: string, { vpc, repository }: AppClusterProps) {
    super(scope, id);
    this.cluster = new Cluster(this, "Cluster", {
      vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    acknowledge(this.cluster, {
      ECS4: "Container Insights costs about $0.07 a metric an hour for each app; releases are watched by health checks.",
    });
    this.log = new LogGroup(this, "Log", {
      logGroupName: "/slipway/apps",
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const assumedBy = new ServicePrincipal("ecs-tasks.amazonaws.com");
    this.taskRole = new Role(this, "TaskRole", { assumedBy });
    this.executionRole = new Role(this, "ExecutionRole", { assumedBy });
    this.allowStarting(repository);
  }

  private allowStarting(repository: Repository): void {
    const permissions: Permission[] = [
      {
        actions: ["ecr:GetAuthorizationToken"],
        on: ["*"],
        because: "A login to the registry has no resource-level permission.",
      },
      {
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        on: [repository.repositoryArn],
      },
      { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], on: [this.log.logGroupArn] },
      onSecrets(this, "ssm:GetParameters"),
    ];
    for (const permission of permissions) grant(this.executionRole, permission);
  }
}
