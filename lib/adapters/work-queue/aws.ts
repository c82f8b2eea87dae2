import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { WorkQueue } from "../../ports/work-queue.ts";

/** The work queue on SQS. */
export function awsWorkQueue(client: SQSClient, queueUrl: string): WorkQueue {
  return {
    send: async (message, delaySeconds = 0) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(message),
          DelaySeconds: Math.ceil(delaySeconds),
        }),
      );
    },
  };
}
