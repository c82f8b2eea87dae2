import { Duration } from "aws-cdk-lib";
import { type IEventBus, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { measuredStages } from "../core/metrics/outcome.ts";
import { DeadLetters } from "./dead-letters.ts";
import { functionSizes } from "./functions.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

export interface MetricsFeedProps {
  readonly bus: IEventBus;
  readonly recorder: SlipwayFunction;
}

/** How deployments ended, from the bus over a queue into the table of the metrics. Nothing else reads that queue. */
export class MetricsFeed extends Construct {
  constructor(scope: Construct, id: string, { bus, recorder }: MetricsFeedProps) {
    super(scope, id);
    const unrecorded = new DeadLetters(this, "Unrecorded", {
      what: "Deployments that ended and are missing from the metrics",
      runbook: "Metrics are incomplete",
    }).queue;
    const queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's timeout, as Lambda advises.
      visibilityTimeout: Duration.seconds(6 * functionSizes["bus-to-metrics"].timeoutSeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: unrecorded, maxReceiveCount: 5 },
    });
    new Rule(this, "Ended", {
      eventBus: bus,
      description: "Each deployment that succeeded or failed, for the metrics",
      eventPattern: { detailType: ["Deployment Stage Changed"], detail: { stage: measuredStages } },
      targets: [
        new SqsQueue(queue, {
          message: RuleTargetInput.fromEventPath("$.detail"),
          deadLetterQueue: unrecorded,
        }),
      ],
    });
    recorder.addEventSource(
      new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 2, reportBatchItemFailures: true }),
    );
  }
}
