import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import { compilePattern } from "../events/pattern.ts";

/** A record of the event that a queue's function gets. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes?: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

function attributeFrom(value: MessageAttributeValue): unknown {
  return {
    ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
    ...(value.BinaryValue === undefined ? {} : { binaryValue: Buffer.from(value.BinaryValue).toString("base64") }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value.DataType ?? "String",
  };
}

/** A received message as Lambda shows it. */
export function recordFrom(message: Message, queueArn: string, awsRegion: string): QueueRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  const digest = message.MD5OfMessageAttributes;
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: { ...message.Attributes },
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, attributeFrom(value)])),
    md5OfBody: message.MD5OfBody ?? "",
    ...(digest === undefined ? {} : { md5OfMessageAttributes: digest }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

const looksInside = (pattern: unknown): boolean =>
  typeof pattern === "object" && pattern !== null && "body" in pattern && !Array.isArray(pattern.body);

/** Whether a message passes one of the filters; a pattern for what is inside the body reads it as JSON. Throws for a pattern that cannot be. */
export function queueFilter(patterns: readonly unknown[]): (record: QueueRecord) => boolean {
  const matchers = patterns.map((pattern) => ({ matches: compilePattern(pattern), inside: looksInside(pattern) }));
  return (record) =>
    matchers.length === 0 ||
    matchers.some(({ matches, inside }) => matches(inside ? { ...record, body: parsed(record.body) } : record));
}
