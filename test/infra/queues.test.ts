import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { runTimePrefix } from "../../lib/infra/installation.ts";
import { functions, idOf, resources, template } from "./synthesized.ts";

const queues = resources("AWS::SQS::Queue");
const workQueueId = z
  .object({ Ref: z.string() })
  .parse(functions().find(({ name }) => name === "queue-to-work")?.environment.WORK_QUEUE_URL).Ref;
const workQueue = queues[workQueueId]?.Properties ?? {};
const arnOf = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });

describe("queues", () => {
  test("are encrypted, and take nothing without TLS", () => {
    expect(Object.keys(queues)).toHaveLength(9);
    for (const { Properties } of Object.values(queues)) expect(Properties.SqsManagedSseEnabled).toBe(true);
    const policies = Object.values(resources("AWS::SQS::QueuePolicy"));
    expect(policies).toHaveLength(9);
    for (const { Properties } of policies)
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
  });

  test("give up after five times, into a queue that waits fourteen days for a person", () => {
    const { RedrivePolicy } = z
      .object({
        RedrivePolicy: z.object({
          maxReceiveCount: z.number(),
          deadLetterTargetArn: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }),
        }),
      })
      .parse(workQueue);
    expect(RedrivePolicy.maxReceiveCount).toBe(5);
    const deadLetters = queues[RedrivePolicy.deadLetterTargetArn["Fn::GetAtt"][0]];
    expect(deadLetters?.Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });

  test("hide a message for six times the worker's timeout", () => {
    const worker = functions().find(({ name }) => name === "queue-to-work");
    expect(worker?.timeout).toBe(60);
    expect(workQueue.VisibilityTimeout).toBe(360);
  });

  test("feed the worker ten at a time, and hear of each failure by itself", () => {
    template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      EventSourceArn: arnOf(workQueueId),
      FunctionName: { Ref: idOf("queue-to-work") },
      BatchSize: 10,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });
});

describe("event notifications become messages", () => {
  const ruleTo = (detailType: string) =>
    Object.values(resources("AWS::Events::Rule")).find(({ Properties }) =>
      JSON.stringify(Properties.EventPattern).includes(detailType),
    )?.Properties;
  const target = { Arn: arnOf(workQueueId), DeadLetterConfig: expect.anything() };

  test("of builds of our project", () => {
    expect(ruleTo("CodeBuild Build State Change")).toMatchObject({
      EventPattern: {
        source: ["aws.codebuild"],
        detail: {
          "project-name": [{ Ref: Object.keys(resources("AWS::CodeBuild::Project"))[0] }],
          "build-status": [{ "anything-but": ["IN_PROGRESS"] }],
        },
      },
      Targets: [
        {
          ...target,
          InputTransformer: {
            InputPathsMap: { "detail-build-id": "$.detail.build-id" },
            InputTemplate: '{"type":"build_changed","build_id":<detail-build-id>}',
          },
        },
      ],
    });
  });

  test("of services in our cluster", () => {
    const rule = ruleTo("ECS Deployment State Change");
    expect(rule).toMatchObject({
      EventPattern: { detail: { eventName: [{ "anything-but": ["SERVICE_DEPLOYMENT_IN_PROGRESS"] }] } },
      Targets: [
        {
          ...target,
          InputTransformer: {
            InputPathsMap: { "resources-0-": "$.resources[0]" },
            InputTemplate: '{"type":"service_changed","service_arn":<resources-0->}',
          },
        },
      ],
    });
    const [cluster] = Object.keys(resources("AWS::ECS::Cluster"));
    expect(JSON.stringify(rule)).toContain(`":service/",{"Ref":"${cluster}"},"/"`);
  });

  test("of tasks of our services that stopped and were not to", () => {
    const rules = Object.values(resources("AWS::Events::Rule")).filter(({ Properties }) =>
      JSON.stringify(Properties.EventPattern).includes("ECS Task State Change"),
    );
    const [cluster] = Object.keys(resources("AWS::ECS::Cluster"));
    const detail = { clusterArn: [{ "Fn::GetAtt": [cluster, "Arn"] }], lastStatus: ["STOPPED"] };
    const group = [{ prefix: `service:${runTimePrefix("Slipway")}-` }];
    const health = [{ prefix: "Task failed ELB health checks" }];
    expect(rules.map(({ Properties }) => Properties.EventPattern)).toEqual([
      {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: { ...detail, group, stopCode: ["EssentialContainerExited", "TaskFailedToStart"] },
      },
      {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: { ...detail, group, stopCode: ["ServiceSchedulerInitiated"], stoppedReason: health },
      },
    ]);
    for (const { Properties } of rules)
      expect(Properties.Targets).toMatchObject([
        {
          ...target,
          InputTransformer: {
            InputPathsMap: { "detail-taskArn": "$.detail.taskArn" },
            InputTemplate: '{"type":"task_stopped","task_arn":<detail-taskArn>}',
          },
        },
      ]);
  });

  test.each([
    ["rate(1 minute)", "sweep"],
    ["rate(10 minutes)", "heads"],
  ])("of the clock, by %s", (ScheduleExpression, type) => {
    template.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression,
      State: "ENABLED",
      Target: { Arn: arnOf(workQueueId), Input: JSON.stringify({ type }) },
    });
  });
});

test("each deployment that succeeded or failed goes over a queue of its own into the metrics", () => {
  const rule = Object.values(resources("AWS::Events::Rule")).find(({ Properties }) =>
    String(Properties.Description).includes("metrics"),
  )?.Properties;
  expect(rule).toMatchObject({
    EventBusName: { Ref: Object.keys(resources("AWS::Events::EventBus"))[0] },
    EventPattern: { "detail-type": ["Deployment Stage Changed"], detail: { stage: ["success", "failed"] } },
    Targets: [{ InputPath: "$.detail", DeadLetterConfig: expect.anything() }],
  });
  const { Targets } = z.object({ Targets: z.array(z.object({ Arn: z.unknown() })) }).parse(rule);
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: Targets[0]?.Arn,
    FunctionName: { Ref: idOf("bus-to-metrics") },
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
});

test("each deployment that ended is a line in /slipway/deployments", () => {
  template.hasResourceProperties("AWS::Events::EventBus", { Name: "slipway" });
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: {
      "detail-type": ["Deployment Stage Changed"],
      detail: { stage: ["success", "failed", "cancelled", "superseded"] },
    },
  });
  template.hasResourceProperties("AWS::Logs::LogGroup", { LogGroupName: "/slipway/deployments" });
});
