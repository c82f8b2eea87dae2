import * as z from "zod";
import type { LocalContext, Resource } from "../../kernel/part.ts";
import { compilePattern } from "../events/pattern.ts";

/** CloudFormation lets numbers and booleans be strings. */
const number = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum);

const properties = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z.boolean().default(true),
  BatchSize: number(1, 10_000).optional(),
  MaximumBatchingWindowInSeconds: number(0, 300).default(0),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })).default([]) }).optional(),
  ScalingConfig: z.object({ MaximumConcurrency: number(2, 1000).optional() }).optional(),
  StartingPosition: z.enum(["TRIM_HORIZON", "LATEST"]).optional(),
  ParallelizationFactor: number(1, 10).default(1),
  MaximumRetryAttempts: number(-1, 10_000).default(-1),
  MaximumRecordAgeInSeconds: number(-1, 604_800).default(-1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).optional(),
  TumblingWindowInSeconds: number(0, 900).default(0),
});

/** What queues and streams have in common. */
interface Mapping {
  /** The same at each start. */
  readonly id: string;
  readonly sourceArn: string;
  /** As the template refers to it. */
  readonly functionName: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsItemFailures: boolean;
  /** The patterns, parsed; empty: everything passes. */
  readonly filters: readonly unknown[];
}

export interface QueueMapping extends Mapping {
  readonly source: "queue";
  readonly maximumConcurrency: number;
}

export interface StreamMapping extends Mapping {
  readonly source: "stream";
  readonly startingPosition: "TRIM_HORIZON" | "LATEST";
  /** After the first attempt; `Infinity` for -1. */
  readonly maximumRetryAttempts: number;
  readonly maximumRecordAgeMs: number;
  readonly bisects: boolean;
  /** The queue that hears of discarded batches. */
  readonly onFailure: string | undefined;
}

export type EventSourceMapping = QueueMapping | StreamMapping;

const DEFAULT_QUEUE_CONCURRENCY = 5;
const DEFAULT_BATCH_SIZE = { queue: 10, stream: 100 } as const;

const unlimited = (value: number): number => (value === -1 ? Number.POSITIVE_INFINITY : value);

/** Throws for a pattern that cannot be read, so that it is found before anything is polled. */
function filterFrom({ Pattern }: { readonly Pattern: string }): unknown {
  const pattern: unknown = JSON.parse(Pattern);
  compilePattern(pattern);
  return pattern;
}

function sourceOf(arn: string): EventSourceMapping["source"] {
  if (/^arn:aws:sqs:/.test(arn)) return "queue";
  if (/^arn:aws:dynamodb:.*:table\/[^/]+\/stream\/.+$/.test(arn)) return "stream";
  throw new Error(`The local mode polls queues and DynamoDB streams, not ${arn}.`);
}

type Properties = z.infer<typeof properties>;

function refuseUnsupported(logicalId: string, given: Properties): void {
  const source = sourceOf(given.EventSourceArn);
  const destination = given.DestinationConfig?.OnFailure?.Destination ?? "arn:aws:sqs:";
  const complaints: readonly (readonly [boolean, string])[] = [
    [given.ParallelizationFactor !== 1, "ParallelizationFactor other than 1"],
    [given.TumblingWindowInSeconds !== 0, "TumblingWindowInSeconds"],
    [!destination.startsWith("arn:aws:sqs:"), "an on-failure destination other than a queue"],
    [source === "stream" && given.StartingPosition === undefined, "a stream without StartingPosition"],
    [
      source === "queue" && (given.BatchSize ?? 0) > 10 && given.MaximumBatchingWindowInSeconds === 0,
      "BatchSize above 10 without MaximumBatchingWindowInSeconds",
    ],
  ];
  for (const [applies, what] of complaints) {
    if (applies) throw new Error(`${logicalId}: the local mode does not support ${what}.`);
  }
}

/** Reads a mapping from the template. Throws an error that names what is not supported. */
export function mappingFrom(resource: Resource): EventSourceMapping {
  const given = properties.parse(resource.properties);
  refuseUnsupported(resource.logicalId, given);
  const source = sourceOf(given.EventSourceArn);
  const common = {
    id: resource.physicalName,
    sourceArn: given.EventSourceArn,
    functionName: given.FunctionName,
    enabled: given.Enabled,
    batchSize: given.BatchSize ?? DEFAULT_BATCH_SIZE[source],
    windowMs: given.MaximumBatchingWindowInSeconds * 1000,
    reportsItemFailures: given.FunctionResponseTypes.includes("ReportBatchItemFailures"),
    filters: (given.FilterCriteria?.Filters ?? []).map(filterFrom),
  };
  if (source === "queue") {
    return {
      ...common,
      source,
      maximumConcurrency: given.ScalingConfig?.MaximumConcurrency ?? DEFAULT_QUEUE_CONCURRENCY,
    };
  }
  return {
    ...common,
    source,
    startingPosition: given.StartingPosition ?? "TRIM_HORIZON",
    maximumRetryAttempts: unlimited(given.MaximumRetryAttempts),
    maximumRecordAgeMs: unlimited(given.MaximumRecordAgeInSeconds) * 1000,
    bisects: given.BisectBatchOnFunctionError,
    onFailure: given.DestinationConfig?.OnFailure?.Destination,
  };
}

/** The ARN of a function, which a template may give by name. */
export function functionArn(context: LocalContext, nameOrArn: string): string {
  return nameOrArn.startsWith("arn:")
    ? nameOrArn
    : `arn:aws:lambda:${context.region}:${context.account}:function:${nameOrArn}`;
}
