import { isDeepStrictEqual } from "node:util";
import db, { type Item, type Table } from "dynalite/db/index.js";
import { sequenceNumber } from "./sequence.ts";
import type { ItemChange } from "./unit-of-work.ts";

/** A stream record as GetRecords answers it (`Record` in the DynamoDB Streams API). */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
  readonly eventVersion: string;
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
  /** On deletions by TTL only. */
  readonly userIdentity?: { readonly Type: string; readonly PrincipalId: string };
}

/** Who wrote: a caller, or DynamoDB itself because an item's time to live was over. */
export type Writer = "caller" | "expiry";

export interface RecordFacts {
  readonly table: Table;
  readonly viewType: string;
  readonly region: string;
  readonly eventId: string;
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly writer: Writer;
}

/** Whether a write left the item as it was; DynamoDB puts no record on the stream then. */
export function changesNothing(change: ItemChange): boolean {
  const plain = (item: Item | undefined): unknown => (item === undefined ? null : JSON.parse(JSON.stringify(item)));
  return isDeepStrictEqual(plain(change.before), plain(change.after));
}

/** The primary key of an item. */
export function keyOf(item: Item, table: Table): Item {
  return Object.fromEntries(table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName] ?? {}]));
}

/** The record of one committed change. The change has at least one image. */
export function recordOf(change: ItemChange, facts: RecordFacts): StreamRecord {
  const { before, after } = change;
  const keys = keyOf(after ?? before ?? {}, facts.table);
  const images = {
    ...(after !== undefined && facts.viewType.includes("NEW") && { NewImage: after }),
    ...(before !== undefined && facts.viewType.includes("OLD") && { OldImage: before }),
  };
  const size = [keys, ...Object.values(images)].reduce((sum, item) => sum + db.itemSize(item), 0);
  return {
    eventID: facts.eventId,
    eventName: before === undefined ? "INSERT" : after === undefined ? "REMOVE" : "MODIFY",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: facts.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(facts.now / 1000),
      Keys: keys,
      ...images,
      SequenceNumber: sequenceNumber(facts.sequence),
      SizeBytes: size,
      StreamViewType: facts.viewType,
    },
    ...(facts.writer === "expiry" && { userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" } }),
  };
}
