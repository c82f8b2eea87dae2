import * as z from "zod";
import {
  AwsError,
  type HttpService,
  type Permission,
  type WireRequest,
  type WireResponse,
} from "../../kernel/service.ts";
import { sendAgain } from "./duplicates.ts";
import type { FauxqsEngine } from "./fauxqs-engine.ts";
import type { MessageCount } from "./message-count.ts";
import type { MoveTasks } from "./move-tasks.ts";
import type { QueueNames } from "./names.ts";
import { answer, forwardSqs, inputOf, operationName, refuse } from "./sqs-wire.ts";

const onQueue = z.looseObject({ QueueUrl: z.string() });
const byName = z.looseObject({ QueueName: z.string() });
const moveInput = z.looseObject({ SourceArn: z.string(), DestinationArn: z.string().optional() });
const visibility = z.looseObject({ VisibilityTimeout: z.int().optional() });
const outputs = z.looseObject({
  QueueUrl: z.string().optional(),
  QueueUrls: z.array(z.string()).optional(),
  Attributes: z.record(z.string(), z.string()).optional(),
});

type Ask = (body: Buffer, names: QueueNames) => readonly Permission[];

const queue =
  (action: string): Ask =>
  (body, names) => [{ action: `sqs:${action}`, resource: names.arn(names.nameIn(inputOf(onQueue, body).QueueUrl)) }];

/** A task acts as its caller: it receives, sends and deletes in their name. */
const moving: Ask = (body) => {
  const { SourceArn, DestinationArn } = inputOf(moveInput, body);
  const actions = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
  const onSource = actions.map((action) => ({ action: `sqs:${action}`, resource: SourceArn }));
  return DestinationArn === undefined
    ? onSource
    : [...onSource, { action: "sqs:SendMessage", resource: DestinationArn }];
};

/** What there is of SQS, and what each operation needs of IAM; batches need what their single operation needs. */
export const SQS_OPERATIONS: Readonly<Record<string, Ask>> = {
  SendMessage: queue("SendMessage"),
  SendMessageBatch: queue("SendMessage"),
  ReceiveMessage: queue("ReceiveMessage"),
  DeleteMessage: queue("DeleteMessage"),
  DeleteMessageBatch: queue("DeleteMessage"),
  ChangeMessageVisibility: queue("ChangeMessageVisibility"),
  GetQueueAttributes: queue("GetQueueAttributes"),
  GetQueueUrl: (body, names) => [{ action: "sqs:GetQueueUrl", resource: names.arn(inputOf(byName, body).QueueName) }],
  ListQueues: () => [{ action: "sqs:ListQueues", resource: "*" }],
  StartMessageMoveTask: moving,
};

/** Operations whose answers name queues. The others' are left alone: a message may say what it likes. */
const naming = new Set(["GetQueueUrl", "ListQueues", "GetQueueAttributes"]);

/** An answer of fauxqs with queues named as they are outside. */
function renamed(response: WireResponse, names: QueueNames): WireResponse {
  if (response.status !== 200) return response;
  const { QueueUrl, QueueUrls, Attributes, ...rest } = outputs.parse(JSON.parse(response.body.toString()));
  const outside = (url: string): string => names.url(names.nameIn(url));
  return answer({
    ...rest,
    ...(QueueUrl !== undefined && { QueueUrl: outside(QueueUrl) }),
    ...(QueueUrls !== undefined && { QueueUrls: QueueUrls.map(outside) }),
    ...(Attributes !== undefined && {
      Attributes: Object.fromEntries(
        Object.entries(Attributes)
          // Empty is how fauxqs keeps a policy that was taken away.
          .filter(([, value]) => value !== "")
          .map(([name, value]) => [name, names.outward(value)]),
      ),
    }),
  });
}

/**
 * With persistence on, fauxqs 2.4.1 loses a message whose visibility is changed to 0: it writes NULL into a column that
 * takes none, after it has let go of the message. A millisecond goes another way and comes to the same.
 */
function survivable(operation: string, body: Buffer): Buffer | string {
  if (operation !== "ChangeMessageVisibility") return body;
  const input = inputOf(visibility, body);
  return input.VisibilityTimeout === 0 ? JSON.stringify({ ...input, VisibilityTimeout: 0.001 }) : body;
}

/** SQS as its clients know it, in front of fauxqs. `isUnlucky` is asked for each message sent whether it comes twice. */
export function sqsService(
  fauxqs: FauxqsEngine,
  names: QueueNames,
  tasks: MoveTasks,
  count: Pick<MessageCount, "acknowledged">,
  isUnlucky: () => boolean,
): HttpService {
  const handle = async (request: WireRequest): Promise<WireResponse> => {
    const operation = operationName(request);
    if (operation === "StartMessageMoveTask") {
      const { SourceArn, DestinationArn } = inputOf(moveInput, request.body);
      return answer({ TaskHandle: await tasks.begin(SourceArn, DestinationArn) });
    }
    const response = await forwardSqs(fauxqs, operation, survivable(operation, request.body));
    if (response.status === 200 && operation.startsWith("Send")) {
      count.acknowledged();
      await sendAgain(fauxqs, operation, inputOf(onQueue, request.body), isUnlucky);
    }
    return naming.has(operation) ? renamed(response, names) : response;
  };
  return {
    kind: "http",
    scope: "sqs",
    refuse,
    handle,
    permissions: (request) => {
      const name = operationName(request);
      const ask = Object.hasOwn(SQS_OPERATIONS, name) ? SQS_OPERATIONS[name] : undefined;
      if (ask === undefined)
        throw new AwsError("UnknownOperationException", `The local mode has no operation ${name} of sqs.`);
      return ask(request.body, names);
    },
  };
}
