import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Backlog, Queue, WorkQueue } from "../../core/ports/infrastructure.ts";
import type { NoticeQueue } from "../../core/ports/notices.ts";

/** The work queue on SQS. */
export const awsWorkQueue = (client: SQSClient, queueUrl: string): WorkQueue => awsQueue(client, queueUrl);

/** What lies on a queue of SQS, which counts to within a minute or so. */
export const awsBacklog = (client: SQSClient, queueUrl: string): Backlog => ({
  waiting: async () => {
    const name = "ApproximateNumberOfMessages";
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] }),
    );
    return Number(Attributes?.[name] ?? 0);
  },
});

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
