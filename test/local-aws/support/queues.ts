import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { HttpService, WireRequest } from "@slipway/local-aws/kernel/service";
import { buildApp } from "fauxqs";
import type { LocalAws } from "./local-aws.ts";

const actionOf = (request: WireRequest) => `sqs:${(request.headers["x-amz-target"] ?? "").split(".")[1] ?? ""}`;

function queueArnOf(request: WireRequest): string {
  const body: unknown = JSON.parse(request.body.toString());
  const url = typeof body === "object" && body !== null && "QueueUrl" in body ? String(body.QueueUrl) : "";
  return queueArn(url.split("/").at(-1) ?? "");
}

/** The account and region that fauxqs itself puts into ARNs. */
export const QUEUES_AT = { account: "000000000000", region: "us-east-1" } as const;

export const queueArn = (name: string) => `arn:aws:sqs:${QUEUES_AT.region}:${QUEUES_AT.account}:${name}`;

/** Real queues behind the local endpoint. */
export interface Queues {
  /** The source that the last send said it was made for. */
  readonly sources: string[];
  create(name: string, attributes?: Record<string, string>): Promise<void>;
  send(name: string, body: string): Promise<void>;
  /** Takes what is visible now. */
  take(name: string): Promise<string[]>;
  /** Visible and in flight. */
  left(name: string): Promise<number>;
  close(): Promise<void>;
}

export async function startQueues(aws: LocalAws): Promise<Queues> {
  const app = buildApp({ logger: false });
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const sources: string[] = [];
  const service: HttpService = {
    kind: "http",
    scope: "sqs",
    permissions: (request) => [{ action: actionOf(request), resource: queueArnOf(request) }],
    async handle(request) {
      const source = request.headers["x-amz-source-arn"];
      if (source !== undefined) sources.push(source);
      const { "content-length": _length, connection: _connection, host: _host, ...headers } = request.headers;
      const body = new Uint8Array(request.body);
      const answer = await fetch(`${address}${request.url.pathname}`, { method: request.method, headers, body });
      const type = { "content-type": answer.headers.get("content-type") ?? "" };
      const code = answer.headers.get("x-amzn-query-error");
      return {
        status: answer.status,
        headers: code === null ? type : { ...type, "x-amzn-query-error": code },
        body: await answer.text(),
      };
    },
    refuse: (error) => ({
      status: 403,
      headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-query-error": `${error.code};Sender` },
      body: JSON.stringify({ __type: `com.amazonaws.sqs#${error.code}`, message: error.message }),
    }),
  };
  aws.register(service);
  const client = new SQSClient(aws.client("test"));
  const url = (name: string) => `${aws.context.awsEndpoint}/000000000000/${name}`;
  return {
    sources,
    async create(name, attributes = {}) {
      await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    },
    async send(name, body) {
      await client.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody: body }));
    },
    async take(name) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: url(name), MaxNumberOfMessages: 10 }),
      );
      for (const { ReceiptHandle } of Messages) {
        await client.send(new DeleteMessageCommand({ QueueUrl: url(name), ReceiptHandle }));
      }
      return Messages.map(({ Body }) => Body ?? "");
    },
    async left(name) {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url(name), AttributeNames: ["All"] }),
      );
      return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
    },
    async close() {
      client.destroy();
      await app.close();
    },
  };
}
