import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Credentials, FunctionInvoker, LocalContext } from "../../kernel/part.ts";
import { kindOf, type Target, type TargetKind } from "./delivery.ts";

/** That trying again cannot help: a missing grant, a target that is gone. */
export class Undeliverable extends Error {}

/** Hands inputs to targets, once each. */
export interface Sender {
  /** Throws {@link Undeliverable}, or any other error when it is worth trying again. */
  send(target: Target, input: string): Promise<void>;
  close(): void;
}

export interface SenderOptions {
  /** The log stream, also of log group targets: `events`. */
  readonly stream: string;
  /** Whose permissions are used for this target. */
  readonly credentials: (target: Target) => Credentials;
  readonly invoke: FunctionInvoker | undefined;
}

/** The address of a queue at the local endpoint. */
export function queueUrl(context: LocalContext, arn: string): string {
  const [account = "", name = ""] = arn.split(":").slice(4);
  return `${context.awsEndpoint}/${account}/${name}`;
}

const HOPELESS = /AccessDenied|NonExistentQueue|QueueDoesNotExist/;

/** Says on whose behalf the call is made, which is how a queue's policy can be limited to one rule. */
function addSource(client: SQSClient, context: LocalContext, target: Target): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === "object" && request !== null && "headers" in request) {
        const source = { "x-amz-source-arn": target.sourceArn, "x-amz-source-account": context.account };
        Object.assign(request.headers ?? {}, source);
      }
      return next(args);
    },
    { step: "build", name: "source" },
  );
}

function isHopeless(error: unknown): boolean {
  return error instanceof Error && HOPELESS.test(error.name);
}

/** A function's asynchronous invocation succeeds when the function returns. */
async function invoke(invoker: FunctionInvoker | undefined, target: Target, input: string): Promise<void> {
  if (invoker === undefined) throw new Undeliverable("No functions run here.");
  const result = await invoker.invoke(target.arn, JSON.parse(input));
  if (!result.ok) throw new Error(`${result.errorType}: ${result.errorMessage}`);
}

export function createSender(context: LocalContext, options: SenderOptions): Sender {
  // One client for each source: the credentials of a role name who calls, the headers on whose behalf.
  const clients = new Map<string, SQSClient>();
  function clientFor(target: Target): SQSClient {
    const key = `${target.roleArn ?? ""} ${target.sourceArn}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const credentials = options.credentials(target);
    const client = new SQSClient({
      endpoint: context.awsEndpoint,
      region: context.region,
      credentials,
      maxAttempts: 1,
    });
    addSource(client, context, target);
    clients.set(key, client);
    return client;
  }
  async function sendMessage(target: Target, input: string): Promise<void> {
    const group = target.messageGroupId === undefined ? {} : { MessageGroupId: target.messageGroupId };
    const message = { QueueUrl: queueUrl(context, target.arn), MessageBody: input, ...group };
    try {
      await clientFor(target).send(new SendMessageCommand(message));
    } catch (error) {
      if (isHopeless(error)) throw new Undeliverable(`${target.arn}: ${String(error)}`);
      throw error;
    }
  }
  const ways: Readonly<Record<TargetKind, (target: Target, input: string) => Promise<void>>> = {
    sqs: sendMessage,
    lambda: (target, input) => invoke(options.invoke, target, input),
    logs: async (target, input) => context.log(options.stream, { log_group: target.arn, event: JSON.parse(input) }),
  };
  return {
    async send(target, input) {
      const kind = kindOf(target.arn);
      if (kind === undefined) throw new Undeliverable(`The local mode delivers nothing to ${target.arn}.`);
      await ways[kind](target, input);
    },
    close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}
