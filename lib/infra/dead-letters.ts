import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { alarm } from "./alarm.ts";

export interface DeadLettersProps {
  /** What lies here, for the alarm: "Messages that the worker failed at". */
  readonly what: string;
  /** The heading of docs/runbook.md. */
  readonly runbook: string;
}

/** Where messages end that nobody could handle: kept for 14 days, with an alarm as soon as there is one. */
export class DeadLetters extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { what, runbook }: DeadLettersProps) {
    super(scope, id);
    this.queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.queue, { SQS3: "It is the end of the line: what fails here waits for a person." });
    alarm(this, "NotEmpty", {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: "Maximum",
      }),
      above: 0,
      says: `${what} wait in a dead-letter queue.`,
      runbook,
    });
  }
}
