import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError } from "../../kernel/service.ts";
import type { FauxqsEngine } from "./fauxqs-engine.ts";
import type { QueueNames } from "./names.ts";
import { callSqs } from "./sqs-wire.ts";

const task = z.object({ handle: z.string(), source: z.string(), destination: z.string() });
type Task = z.infer<typeof task>;

const redrivePolicy = z.object({ deadLetterTargetArn: z.string() });
const queueUrls = z.object({ QueueUrls: z.array(z.string()).default([]) });
const message = z.object({
  Body: z.string(),
  ReceiptHandle: z.string(),
  MessageAttributes: z.record(z.string(), z.unknown()).optional(),
  Attributes: z
    .object({ MessageGroupId: z.string().optional(), MessageDeduplicationId: z.string().optional() })
    .default({}),
});
const received = z.object({ Messages: z.array(message).default([]) });

/** `StartMessageMoveTask`, which fauxqs lacks: messages go from a dead-letter queue back to where they failed, or elsewhere. */
export interface MoveTasks {
  /** Both are ARNs. Answers the task's handle as soon as the task is stored. */
  begin(source: string, destination: string | undefined): Promise<string>;
  /** Goes on with what a killed process had begun. */
  resume(): void;
  /** Waits for the message under way; the rest goes on at the next start. */
  close(): Promise<void>;
}

/** Sends before it deletes: a kill in between repeats a message, which SQS may do anyway, and loses none. */
async function move(fauxqs: FauxqsEngine, { source, destination }: Task, isStopped: () => boolean): Promise<boolean> {
  while (!isStopped()) {
    const input = { QueueUrl: source, MaxNumberOfMessages: 1, WaitTimeSeconds: 0 };
    const all = { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] };
    const [next] = (await callSqs(fauxqs, "ReceiveMessage", { ...input, ...all }, received)).Messages;
    if (next === undefined) return true;
    const { Body: MessageBody, MessageAttributes, Attributes, ReceiptHandle } = next;
    const { MessageGroupId, MessageDeduplicationId } = Attributes;
    const sent = { QueueUrl: destination, MessageBody, MessageAttributes, MessageGroupId, MessageDeduplicationId };
    await callSqs(fauxqs, "SendMessage", sent, z.unknown());
    await callSqs(fauxqs, "DeleteMessage", { QueueUrl: source, ReceiptHandle }, z.unknown());
  }
  return false;
}

/** The queues whose failed messages end up in `name`. */
async function sourcesOf(fauxqs: FauxqsEngine, names: QueueNames, name: string): Promise<readonly string[]> {
  const { QueueUrls } = await callSqs(fauxqs, "ListQueues", {}, queueUrls);
  return QueueUrls.map((url) => names.nameIn(url)).filter((queue) => {
    const policy = fauxqs.server.inspectQueue(queue)?.attributes.RedrivePolicy;
    if (policy === undefined || policy === "") return false;
    return names.nameIn(redrivePolicy.parse(JSON.parse(policy)).deadLetterTargetArn) === name;
  });
}

async function destinationFor(
  fauxqs: FauxqsEngine,
  names: QueueNames,
  source: string,
  arn: string | undefined,
): Promise<string> {
  const sources = await sourcesOf(fauxqs, names, source);
  const [only, ...others] = sources;
  if (only === undefined) {
    throw new AwsError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.");
  }
  if (arn !== undefined && names.nameIn(arn) === source) {
    throw new AwsError("InvalidParameterValue", "Source and destination must be different queues.");
  }
  if (arn !== undefined) return names.nameIn(arn);
  // Where each message came from is not kept; with several sources it has to be said.
  if (others.length > 0)
    throw new AwsError("InvalidParameterValue", "DestinationArn is needed: several queues use the source.");
  return only;
}

export function moveTasks(fauxqs: FauxqsEngine, names: QueueNames, { state, randomHex, log }: LocalContext): MoveTasks {
  const tasks = state.collection("sqs-move-tasks", task);
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  const run = async (it: Task): Promise<void> => {
    try {
      if (await move(fauxqs, it, () => stopped)) tasks.delete(it.handle);
    } catch (error) {
      // As on AWS a task can end FAILED; what it did not move stays in the source.
      tasks.delete(it.handle);
      log("aws", { level: "ERROR", message: "A message move task failed.", source: it.source, error: String(error) });
    } finally {
      running.delete(it.source);
    }
  };

  return {
    begin: async (sourceArn, destinationArn) => {
      const source = names.nameIn(sourceArn);
      if (fauxqs.server.inspectQueue(source) === undefined) {
        throw new AwsError(
          "ResourceNotFoundException",
          "The resource that you specified for the SourceArn parameter doesn't exist.",
          404,
        );
      }
      const destination = await destinationFor(fauxqs, names, source, destinationArn);
      if (running.has(source)) {
        throw new AwsError(
          "UnsupportedOperation",
          "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        );
      }
      const it = { handle: Buffer.from(`${randomHex(32)}:${sourceArn}`).toString("base64"), source, destination };
      tasks.put(it.handle, it);
      running.set(source, run(it));
      return it.handle;
    },
    resume: () => {
      for (const it of tasks.all()) running.set(it.source, run(it));
    },
    close: async () => {
      stopped = true;
      await Promise.all(running.values());
    },
  };
}
