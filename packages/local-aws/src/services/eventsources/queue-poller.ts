import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { queueUrl } from "../events/sender.ts";
import type { QueueMapping } from "./mapping.ts";
import { type BatchOutcome, outcomeOf } from "./outcome.ts";
import { backOff, createComplaints, createWaits, invoked, type Poller, settled } from "./poller.ts";
import { type QueueRecord, queueFilter, recordFrom } from "./queue-event.ts";

export interface QueuePollerOptions {
  readonly invoke: FunctionInvoker;
  /** How long a message whose batch failed stays invisible. */
  readonly retryVisibilitySeconds: number;
}

/** What a receive and a batch delete take. */
const MESSAGES_A_CALL = 10;
/** Short, so that a stop need not abandon a receive: what an abandoned one takes stays invisible for its whole time-out. */
const RECEIVE_WAIT_SECONDS = 1;
/** Between receives while a batching window gathers. */
const GATHER_PAUSE_MS = 20;

/** The calls on one queue, made as the function's role. */
class Queue {
  readonly #context: LocalContext;
  readonly #mapping: QueueMapping;
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(context: LocalContext, mapping: QueueMapping, roleArn: string) {
    const credentials = context.credentialsFor(roleArn, mapping.functionName);
    this.#context = context;
    this.#mapping = mapping;
    this.#url = queueUrl(context, mapping.sourceArn);
    this.#client = new SQSClient({
      endpoint: context.awsEndpoint,
      region: context.region,
      credentials,
      maxAttempts: 1,
    });
  }

  /** Lambda asks for it, so a role without the grant has to fail here as well. */
  async check(): Promise<void> {
    await this.#client.send(new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: ["QueueArn"] }));
  }

  async receive(most: number, waitSeconds: number): Promise<QueueRecord[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: Math.min(MESSAGES_A_CALL, most),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages.map((message) => recordFrom(message, this.#mapping.sourceArn, this.#context.region));
  }

  async delete(records: readonly QueueRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += MESSAGES_A_CALL) {
      const Entries = records
        .slice(at, at + MESSAGES_A_CALL)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
    }
  }

  async hide(records: readonly QueueRecord[], seconds: number): Promise<void> {
    const requests = records.map(({ receiptHandle }) => ({ ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }));
    await Promise.all(
      requests.map((one) => this.#client.send(new ChangeMessageVisibilityCommand({ QueueUrl: this.#url, ...one }))),
    );
  }

  close(): void {
    this.#client.destroy();
  }
}

/**
 * Polls a queue for a function: one receive is outstanding while an invocation is free. What succeeded is deleted, what
 * failed becomes visible again after `retryVisibilitySeconds` (on AWS: after the queue's visibility time-out), and what
 * matches no filter is deleted.
 */
export function createQueuePoller(context: LocalContext, mapping: QueueMapping, options: QueuePollerOptions): Poller {
  const queue = new Queue(context, mapping, options.invoke.roleOf(mapping.functionName));
  const wanted = queueFilter(mapping.filters);
  const waits = createWaits(context);
  const { storage } = context.state;
  const about = { function: mapping.functionName, source: mapping.sourceArn };
  // Apart, because a role may well receive what it cannot delete.
  const receiving = createComplaints(context, about);
  const settling = createComplaints(context, about);
  const batches = new Set<Promise<void>>();
  let polling: Promise<void> = Promise.resolve();

  /** One receive, or as many as the batching window allows. */
  async function gather(): Promise<QueueRecord[]> {
    const gathered = await queue.receive(mapping.batchSize, RECEIVE_WAIT_SECONDS);
    if (gathered.length === 0 || mapping.windowMs === 0) return gathered;
    const until = context.clock.elapsed() + mapping.windowMs;
    while (gathered.length < mapping.batchSize && context.clock.elapsed() < until && !waits.stopping) {
      const more = await queue.receive(mapping.batchSize - gathered.length, 0);
      gathered.push(...more);
      if (more.length === 0) await waits.pause(Math.min(GATHER_PAUSE_MS, until - context.clock.elapsed()));
    }
    return gathered;
  }

  async function runBatch(records: readonly QueueRecord[]): Promise<void> {
    const passed = records.filter(wanted);
    const failed = passed.length === 0 ? new Set<string>() : await failuresOf(passed);
    await queue.delete(records.filter(({ messageId }) => !failed.has(messageId)));
    const again = passed.filter(({ messageId }) => failed.has(messageId));
    await queue.hide(again, options.retryVisibilitySeconds);
  }

  async function failuresOf(records: readonly QueueRecord[]): Promise<ReadonlySet<string>> {
    const identifiers = new Set(records.map(({ messageId }) => messageId));
    const outcome = await outcomeFor(records, identifiers);
    if (outcome.kind === "done") return new Set();
    if (outcome.kind === "partial") return outcome.failed;
    const { reason } = outcome;
    context.log("eventsources", {
      level: "WARN",
      message: "A batch failed.",
      reason,
      messages: records.length,
      ...about,
    });
    return identifiers;
  }

  /**
   * A batch that found no free execution has not been tried: it is kept for the next one. Given back, its messages would be
   * received again and again until they count as failed, only because the machine is busy.
   */
  async function outcomeFor(records: readonly QueueRecord[], identifiers: ReadonlySet<string>): Promise<BatchOutcome> {
    for (let throttles = 0; ; throttles++) {
      const result = await invoked(options.invoke, mapping.functionName, { Records: records });
      const outcome = outcomeOf(result, mapping.reportsItemFailures, identifiers);
      if (outcome.kind !== "failed" || !outcome.throttled || waits.stopping) return outcome;
      await waits.pause(backOff(throttles));
    }
  }

  function begin(records: readonly QueueRecord[]): void {
    const batch = runBatch(records)
      .then(settling.fine, settling.trouble)
      .finally(() => batches.delete(batch));
    batches.add(batch);
  }

  async function take(): Promise<void> {
    const records = await gather();
    if (waits.stopping) await queue.hide(records, 0);
    else if (records.length > 0) begin(records);
  }

  async function poll(): Promise<void> {
    let failures = 0;
    let checked = false;
    while (!waits.stopping) {
      try {
        // What is received while the disk takes nothing could not be worked on, and would count as tried.
        await storage.writable();
        if (waits.stopping) break;
        if (!checked) await queue.check();
        checked = true;
        await take();
        receiving.fine();
        failures = 0;
      } catch (error) {
        receiving.trouble(error);
        await waits.pause(backOff(failures++));
      }
      if (batches.size >= mapping.maximumConcurrency) await Promise.race(batches);
    }
  }

  return {
    start() {
      polling = poll();
    },
    async stop() {
      waits.stop();
      await settled(context, [polling, ...batches]);
      queue.close();
    },
  };
}
