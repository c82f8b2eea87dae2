import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Caller, type Operation } from "../../kernel/service.ts";
import { busArn, busName, DEFAULT_BUS } from "./rules.ts";

const entrySchema = z.object({
  /** Epoch seconds. */
  Time: z.number().optional(),
  Source: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().default(DEFAULT_BUS),
});
const putEventsInput = z.object({ Entries: z.array(entrySchema).min(1).max(10) });

type Entry = z.infer<typeof entrySchema>;

/** An entry that may go on its bus. */
export interface AcceptedEntry {
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  /** Epoch milliseconds; absent: now. */
  readonly time: number | undefined;
}

interface Bus {
  hasBus(name: string): boolean;
  /** Durable when it returns the event's id. */
  accept(entry: AcceptedEntry): string;
}

/** Bytes of all entries together. */
const LIMIT = 1024 * 1024;

function bytesOf(entry: Entry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...entry.Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), entry.Time === undefined ? 0 : 14);
}

function detailOf(text: string): unknown {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new AwsError("MalformedDetail", "Detail is malformed.");
  }
}

function required(entry: Entry, key: "Source" | "DetailType" | "Detail"): string {
  const value = entry[key];
  if (value !== undefined && value !== "") return value;
  throw new AwsError("InvalidArgument", `Parameter ${key} is not valid. Reason: ${key} is a required argument.`);
}

/** Throws the {@link AwsError} that becomes the entry's `ErrorCode` and `ErrorMessage`. */
function acceptable(bus: Bus, entry: Entry, caller: Caller): AcceptedEntry {
  const source = required(entry, "Source");
  const detailType = required(entry, "DetailType");
  const detail = detailOf(required(entry, "Detail"));
  if (source.startsWith("aws.") && caller.servicePrincipal === undefined) {
    throw new AwsError("NotAuthorizedForSource", "Not authorized for the source.");
  }
  const name = busName(entry.EventBusName);
  if (!bus.hasBus(name)) throw new AwsError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  const time = entry.Time === undefined ? undefined : entry.Time * 1000;
  return { bus: name, source, detailType, resources: entry.Resources, detail, time };
}

type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

function putEntry(bus: Bus, entry: Entry, caller: Caller): EntryResult {
  try {
    return { EventId: bus.accept(acceptable(bus, entry, caller)) };
  } catch (error) {
    if (error instanceof AwsError) return { ErrorCode: error.code, ErrorMessage: error.message };
    throw error;
  }
}

/** `PutEvents`: each entry is accepted or refused by itself; what is accepted is durable before the answer. */
export function putEventsOperation(context: LocalContext, bus: Bus): Operation {
  return operationsOf("ValidationException")(putEventsInput, {
    permissions: (input) =>
      input.Entries.map((entry) => ({
        action: "events:PutEvents",
        resource: busArn(context, entry.EventBusName),
        context: { "events:source": entry.Source ?? "", "events:detail-type": entry.DetailType ?? "" },
      })),
    run(input, caller) {
      const size = input.Entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
      if (size > LIMIT) {
        throw new AwsError("ValidationException", "Total size of the entries in the request is over the limit.");
      }
      const Entries = input.Entries.map((entry) => putEntry(bus, entry, caller));
      return { FailedEntryCount: Entries.filter((one) => "ErrorCode" in one).length, Entries };
    },
  });
}
