import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Queue, WorkQueue } from "../../core/ports/infrastructure.ts";
import type { NoticeQueue } from "../../core/ports/notices.ts";

/** The work queue on SQS. */
export const awsWorkQueue = (client: SQSClient, queueUrl: string): WorkQueue => awsQueue(client, queueUrl);

/** The queue of notices on SQS. */
export const awsNoticeQueue = (client: SQSClient, queueUrl: string): NoticeQueue => awsQueue(client, queueUrl);

function awsQueue<Sent>(client: SQSClient, queueUrl: string): Queue<Sent> {
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
