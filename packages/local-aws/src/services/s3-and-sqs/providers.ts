import { createHash } from "node:crypto";
import * as z from "zod";
import type { LocalContext, ProvidedResource, Resource, ResourceProvider } from "../../kernel/part.ts";
import type { FauxqsEngine } from "./fauxqs-engine.ts";
import type { QueueNames } from "./names.ts";
import { callSqs } from "./sqs-wire.ts";

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const json = z.union([z.string(), z.record(z.string(), z.unknown()).transform((it) => JSON.stringify(it))]);

/** What a template may say of a queue, each with what SQS assumes where it says nothing. */
const settings = z.object({
  DelaySeconds: text.default("0"),
  VisibilityTimeout: text.default("30"),
  MessageRetentionPeriod: text.default("345600"),
  MaximumMessageSize: text.default("1048576"),
  ReceiveMessageWaitTimeSeconds: text.default("0"),
  RedrivePolicy: json.default(""),
  RedriveAllowPolicy: json.default(""),
});
const fifo = z.object({
  FifoQueue: text.default("false"),
  ContentBasedDeduplication: text.default("false"),
  DeduplicationScope: z.string().default("queue"),
  FifoThroughputLimit: z.string().default("perQueue"),
});
const named = z.object({ QueueName: z.string().max(80).optional() });
const bucketProperties = z.object({ BucketName: z.string().optional() });

function queueName(resource: Resource, isFifo: boolean): string {
  const { QueueName } = named.parse(resource.properties);
  if (QueueName !== undefined) return QueueName;
  return isFifo ? `${resource.physicalName.replace(/\.fifo$/, "").slice(0, 75)}.fifo` : resource.physicalName;
}

async function ensureQueue(fauxqs: FauxqsEngine, names: QueueNames, resource: Resource): Promise<ProvidedResource> {
  const order = fifo.parse(resource.properties);
  const isFifo = order.FifoQueue === "true";
  const name = queueName(resource, isFifo);
  // Making a queue again would empty it.
  if (fauxqs.server.inspectQueue(name) === undefined) {
    fauxqs.server.createQueue(name, { attributes: isFifo ? order : {} });
  }
  const Attributes = {
    ...Object.fromEntries(
      Object.entries(settings.parse(resource.properties)).map(([key, value]) => [key, names.inward(value)]),
    ),
    ...(isFifo && { ContentBasedDeduplication: order.ContentBasedDeduplication }),
  };
  await callSqs(fauxqs, "SetQueueAttributes", { QueueUrl: names.url(name), Attributes }, z.unknown());
  const QueueUrl = names.url(name);
  return { ref: QueueUrl, attributes: { Arn: names.arn(name), QueueName: name, QueueUrl } };
}

/** A name that S3 takes: lower case, at most 63 characters. One that had to be cut ends in a digest of the whole. */
export function bucketName(physicalName: string): string {
  const plain = physicalName
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (plain.length >= 3 && plain.length <= 63) return plain;
  const digest = createHash("sha256").update(physicalName).digest("hex").slice(0, 8);
  return `${plain.slice(0, 54).replace(/-+$/, "")}-${digest}`.replace(/^-/, "");
}

function ensureBucket(fauxqs: FauxqsEngine, region: string, resource: Resource): ProvidedResource {
  const name = bucketProperties.parse(resource.properties).BucketName ?? bucketName(resource.physicalName);
  fauxqs.server.createBucket(name);
  const attributes = {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
  };
  return { ref: name, attributes };
}

export function fauxqsProviders(
  fauxqs: FauxqsEngine,
  names: QueueNames,
  { region }: LocalContext,
): readonly ResourceProvider[] {
  return [
    { type: "AWS::SQS::Queue", ensure: (resource) => ensureQueue(fauxqs, names, resource) },
    { type: "AWS::S3::Bucket", ensure: (resource) => ensureBucket(fauxqs, region, resource) },
  ];
}
