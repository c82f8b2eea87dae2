import type { _Record as StreamRecord } from "@aws-sdk/client-dynamodb-streams";
import { compilePattern } from "../events/pattern.ts";

/** A record of a stream and what its function gets of it. */
export interface FetchedRecord {
  readonly sequenceNumber: string;
  /** Epoch milliseconds, whole seconds. */
  readonly created: number;
  readonly event: Readonly<Record<string, unknown>>;
}

/** Attribute values as JSON: binary as base64. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** A record as Lambda shows it: times are epoch seconds, `userIdentity` (a TTL delete) in lower case. */
export function recordFrom(record: StreamRecord, streamArn: string): FetchedRecord {
  const { ApproximateCreationDateTime: at, SequenceNumber = "", ...change } = record.dynamodb ?? {};
  const created = at?.getTime() ?? 0;
  const { userIdentity: by } = record;
  const event = {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion ?? "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: record.awsRegion,
    dynamodb: { ApproximateCreationDateTime: created / 1000, SequenceNumber, ...change },
    ...(by === undefined ? {} : { userIdentity: { principalId: by.PrincipalId, type: by.Type } }),
    eventSourceARN: streamArn,
  };
  return {
    sequenceNumber: SequenceNumber,
    created,
    event: Object.fromEntries(Object.entries(event).map(([key, value]) => [key, plain(value)])),
  };
}

/** Whether a record passes one of the filters. Throws for a pattern that cannot be read. */
export function streamFilter(patterns: readonly unknown[]): (record: FetchedRecord) => boolean {
  const matchers = patterns.map(compilePattern);
  return ({ event }) => matchers.length === 0 || matchers.some((matches) => matches(event));
}
