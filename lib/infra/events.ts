import { terminalStages } from "@slipway/monitor/stages";
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type { IProject } from "aws-cdk-lib/aws-codebuild";
import type { ICluster } from "aws-cdk-lib/aws-ecs";
import {
  EventBus,
  EventField,
  type EventPattern,
  type IRuleTarget,
  Match,
  Rule,
  RuleTargetInput,
} from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { SqsSendMessage } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Duration } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { DeadLetters } from "./dead-letters.ts";
import { runTimePrefix } from "./installation.ts";
import { pathName, regionalName } from "./names.ts";

/** The event bus that carries every stage change of a deployment, and the log of deployments that ended. */
export class DeploymentEvents extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, "Bus", {
      eventBusName: regionalName(this),
      description: "Slipway: stage changes of deployments",
    });
    const log = new LogGroup(this, "Ended", {
      logGroupName: pathName(this, "deployments"),
      retention: RetentionDays.SIX_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new Rule(this, "Record", {
      eventBus: this.bus,
      description: "Logs each deployment that ended",
      eventPattern: { detailType: ["Deployment Stage Changed"], detail: { stage: [...terminalStages] } },
      targets: [intoLog(log)],
    });
  }
}

/** CDK's own target brings a Lambda along to write the log group's policy, which CloudFormation can do by now. */
function intoLog(log: LogGroup): IRuleTarget {
  log.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("events.amazonaws.com"), new ServicePrincipal("delivery.logs.amazonaws.com")],
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [log.logGroupArn],
    }),
  );
  const arn = Stack.of(log).formatArn({
    service: "logs",
    resource: `log-group:${log.logGroupName}`,
  });
  return { bind: () => ({ arn }) };
}

export interface EventNotificationsProps {
  readonly queue: Queue;
  readonly project: IProject;
  readonly cluster: ICluster;
}

/** Tasks of services that stopped by themselves, and those that ECS stopped for their health checks. */
const unexpectedStops = {
  TaskCrashed: { stopCode: ["EssentialContainerExited", "TaskFailedToStart"] },
  TaskUnhealthy: {
    stopCode: ["ServiceSchedulerInitiated"],
    stoppedReason: Match.prefix("Task failed ELB health checks"),
  },
};

/**
 * Puts state changes of builds and services, and schedules, on the work queue. They are notifications only: the worker asks the
 * source before it decides anything.
 */
export class EventNotifications extends Construct {
  private readonly queue: Queue;
  private readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { queue, project, cluster }: EventNotificationsProps) {
    super(scope, id);
    this.queue = queue;
    this.undelivered = new DeadLetters(this, "Undelivered", {
      what: "Event notifications that did not reach the work queue",
      runbook: "Event notifications were not delivered",
    }).queue;
    this.notifyOn("BuildChanged", {
      pattern: {
        source: ["aws.codebuild"],
        detailType: ["CodeBuild Build State Change"],
        // That one began is known to whoever began it.
        detail: { "project-name": [project.projectName], "build-status": Match.anythingBut("IN_PROGRESS") },
      },
      message: { type: "build_changed", build_id: EventField.fromPath("$.detail.build-id") },
    });
    const stack = Stack.of(this);
    const services = stack.formatArn({ service: "ecs", resource: "service", resourceName: `${cluster.clusterName}/` });
    this.notifyOn("ServiceChanged", {
      pattern: {
        source: ["aws.ecs"],
        detailType: ["ECS Deployment State Change"],
        resources: Match.prefix(services),
        detail: { eventName: Match.anythingBut("SERVICE_DEPLOYMENT_IN_PROGRESS") },
      },
      message: { type: "service_changed", service_arn: EventField.fromPath("$.resources[0]") },
    });
    for (const [id, why] of Object.entries(unexpectedStops)) {
      this.notifyOn(id, {
        pattern: {
          source: ["aws.ecs"],
          detailType: ["ECS Task State Change"],
          detail: {
            clusterArn: [cluster.clusterArn],
            lastStatus: ["STOPPED"],
            group: Match.prefix(`service:${runTimePrefix(stack.stackName)}-`),
            ...why,
          },
        },
        message: { type: "task_stopped", task_arn: EventField.fromPath("$.detail.taskArn") },
      });
    }
    this.clock("Sweep", { minutes: 1, type: "sweep", description: "Re-creates polls that were lost" });
    this.clock("Heads", { minutes: 10, type: "heads", description: "Finds pushes that no webhook reported" });
  }

  private notifyOn(id: string, { pattern, message }: { pattern: EventPattern; message: Record<string, string> }): void {
    new Rule(this, id, {
      eventPattern: pattern,
      targets: [
        new SqsQueue(this.queue, {
          message: RuleTargetInput.fromObject(message),
          deadLetterQueue: this.undelivered,
          // Polls and the sweep find the change anyway, so an old notification is useless.
          maxEventAge: Duration.hours(1),
          retryAttempts: 20,
        }),
      ],
    });
  }

  private clock(
    id: string,
    { minutes, type, description }: { minutes: number; type: string; description: string },
  ): void {
    new Schedule(this, id, {
      description,
      schedule: ScheduleExpression.rate(Duration.minutes(minutes)),
      target: new SqsSendMessage(this.queue, {
        input: ScheduleTargetInput.fromObject({ type }),
        deadLetterQueue: this.undelivered,
        maxEventAge: Duration.minutes(1),
        retryAttempts: 2,
      }),
    });
  }
}
