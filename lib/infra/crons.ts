import { Aws, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { madeAtRunTime, regionalName } from "./names.ts";
import { grant, type Permission } from "./permission.ts";

/** Where the schedules of apps' crons lie, which are made at run time, and as whom they send. They go with the group. */
export class Crons extends Construct {
  readonly group: ScheduleGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, queue: Queue) {
    super(scope, id);
    this.group = new ScheduleGroup(this, "Group", {
      scheduleGroupName: regionalName(this, "crons"),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: {
          StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": this.group.scheduleGroupArn },
        },
      }),
    });
    grant(this.role, { actions: ["sqs:SendMessage"], on: [queue.queueArn] });
  }

  /** What it takes to make and remove schedules. */
  get permissions(): readonly Permission[] {
    const resourceName = `${this.group.scheduleGroupName}/${madeAtRunTime(this)}`;
    return [
      {
        actions: ["CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"].map(
          (action) => `scheduler:${action}`,
        ),
        on: [Stack.of(this).formatArn({ service: "scheduler", resource: "schedule", resourceName })],
        because: "Each cron has a schedule, made at run time, in the group and with the prefix of the installation.",
      },
      { actions: ["scheduler:ListSchedules"], on: ["*"], because: "AWS has no resource-level permission for this." },
      {
        actions: ["iam:PassRole"],
        on: [this.role.roleArn],
        when: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
      },
    ];
  }
}
