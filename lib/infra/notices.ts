import { Duration } from "aws-cdk-lib";
import { type EventBus, EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { DeadLetters } from "./dead-letters.ts";
import { functionSizes } from "./functions.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

export interface NoticesProps {
  readonly bus: EventBus;
  readonly sender: SlipwayFunction;
}

/** The queue of notifications, which a rule of the event bus fills, and the function that sends them. */
export class Notices extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { bus, sender }: NoticesProps) {
    super(scope, id);
    const deadLetters = new DeadLetters(this, "Failed", {
      what: "Notifications that could not be processed",
      runbook: "Notifications were not sent",
    }).queue;
    this.queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the sender's timeout, as Lambda advises.
      visibilityTimeout: Duration.seconds(6 * functionSizes["bus-to-notices"].timeoutSeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    sender.addEventSource(
      // A batch is sent at once, and each endpoint answers within 10 s: one that is dead holds up only the next batch.
      new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency: 10, reportBatchItemFailures: true }),
    );
    const inTheQueue = (message: Readonly<Record<string, string>>): SqsQueue =>
      new SqsQueue(this.queue, {
        message: RuleTargetInput.fromObject(message),
        deadLetterQueue: deadLetters,
        // An older notification is useless.
        maxEventAge: Duration.hours(1),
        retryAttempts: 20,
      });
    new Rule(this, "StageChanged", {
      eventBus: bus,
      description: "Each new stage of a deployment, for notifications",
      eventPattern: { source: ["slipway"], detailType: ["Deployment Stage Changed"] },
      targets: [inTheQueue({ type: "stage_changed", deployment: EventField.fromPath("$.detail") })],
    });
    new Rule(this, "RunFailed", {
      eventBus: bus,
      description: "Each run of a cron that failed or did not start, for notifications",
      eventPattern: { source: ["slipway"], detailType: ["Run Failed"] },
      targets: [inTheQueue({ type: "run_failed", run: EventField.fromPath("$.detail") })],
    });
  }
}
