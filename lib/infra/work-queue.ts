import { Duration } from "aws-cdk-lib";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { alarm } from "./alarm.ts";
import { DeadLetters } from "./dead-letters.ts";
import { functionSizes } from "./functions.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

/** The one queue on which everything that happens becomes a message, its worker, and where messages go that it fails at. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, worker: SlipwayFunction) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, "Failed", {
      what: "Messages that made the worker fail five times",
      runbook: "The work dead-letter queue is not empty",
    }).queue;
    this.queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the worker's timeout, as Lambda advises: a throttled batch must not come twice at once.
      visibilityTimeout: Duration.seconds(6 * functionSizes["queue-to-work"].timeoutSeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    worker.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency: 10, reportBatchItemFailures: true }),
    );
    alarm(this, "Late", {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: "Maximum" }),
      above: 120,
      periods: 3,
      says: "Messages have waited in the work queue for more than two minutes.",
      runbook: "Messages wait too long in the work queue",
    });
  }
}
