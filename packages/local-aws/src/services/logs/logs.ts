import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import { type LogFiles, type LogLine, openLogFiles } from "./log-files.ts";

/** CloudWatch Logs, for what deployed apps print. */
export interface Logs extends LocalPart {
  /** One event a message, all of this moment. */
  append(group: string, stream: string, messages: readonly string[]): void;
}

export interface LogsOptions {
  /** What a log group may take on disk; 16 MB if absent. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 16 * 1024 * 1024;
const operation = operationsOf("InvalidParameterException");
const groupName = z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/);
const time = z.int().nonnegative();

const filterInput = z.object({
  logGroupName: groupName,
  logStreamNames: z.array(z.string()).min(1).max(100).optional(),
  logStreamNamePrefix: z.string().min(1).optional(),
  startTime: time.default(0),
  endTime: time.default(Number.MAX_SAFE_INTEGER),
  limit: z.int().min(1).max(10_000).default(10_000),
  nextToken: z.string().regex(/^\d+$/).optional(),
});
const getInput = z.object({
  logGroupName: groupName,
  logStreamName: z.string(),
  startTime: time.default(0),
  endTime: time.default(Number.MAX_SAFE_INTEGER),
  limit: z.int().min(1).max(10_000).default(10_000),
  startFromHead: z.boolean().default(false),
  /** `f/` or `b/` and the index of the line where to go on. */
  nextToken: z
    .string()
    .regex(/^[fb]\/\d+$/)
    .optional(),
});

function linesOf(files: LogFiles, group: string): LogLine[] {
  const lines = files.read(group);
  if (lines !== undefined) return lines;
  throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
}

function filter(files: LogFiles, input: z.infer<typeof filterInput>): unknown {
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw new AwsError("InvalidParameterException", "logStreamNames and logStreamNamePrefix exclude each other.");
  }
  const found = linesOf(files, input.logGroupName).filter(
    ({ stream, timestamp }) =>
      timestamp >= input.startTime &&
      timestamp <= input.endTime &&
      stream.startsWith(input.logStreamNamePrefix ?? "") &&
      (input.logStreamNames?.includes(stream) ?? true),
  );
  const from = Number(input.nextToken ?? 0);
  const to = from + input.limit;
  const events = found.slice(from, to).map((one) => ({
    logStreamName: one.stream,
    timestamp: one.timestamp,
    message: one.message,
    ingestionTime: one.ingested,
    eventId: one.id,
  }));
  return { events, searchedLogStreams: [], ...(to < found.length ? { nextToken: String(to) } : {}) };
}

function get(files: LogFiles, input: z.infer<typeof getInput>): unknown {
  const ofStream = linesOf(files, input.logGroupName).filter(({ stream }) => stream === input.logStreamName);
  if (ofStream.length === 0) {
    throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  const found = ofStream.filter(({ timestamp }) => timestamp >= input.startTime && timestamp < input.endTime);
  const [direction, index] = (input.nextToken ?? (input.startFromHead ? "f/0" : `b/${found.length}`)).split("/");
  const at = Number(index);
  const from = direction === "f" ? at : Math.max(at - input.limit, 0);
  const to = direction === "f" ? Math.min(at + input.limit, found.length) : at;
  const events = found
    .slice(from, to)
    .map(({ timestamp, message, ingested }) => ({ timestamp, message, ingestionTime: ingested }));
  return { events, nextForwardToken: `f/${to}`, nextBackwardToken: `b/${from}` };
}

function operations(context: LocalContext, files: LogFiles): Record<string, Operation> {
  const stream = (action: string, group: string, name: string) => {
    const resource = `arn:aws:logs:${context.region}:${context.account}:log-group:${group}:log-stream:${name}`;
    return [{ action: `logs:${action}`, resource }];
  };
  return {
    FilterLogEvents: operation(filterInput, {
      permissions: ({ logGroupName }) => stream("FilterLogEvents", logGroupName, ""),
      run: (input) => filter(files, input),
    }),
    GetLogEvents: operation(getInput, {
      permissions: ({ logGroupName, logStreamName }) => stream("GetLogEvents", logGroupName, logStreamName),
      run: (input) => get(files, input),
    }),
  };
}

export function createLogs(context: LocalContext, { maxBytes = MAX_BYTES }: LogsOptions = {}): Logs {
  const files = openLogFiles(join(context.dataDir, "logs", "apps"), maxBytes);
  const services = [
    { kind: "json", scope: "logs", dialect: "application/x-amz-json-1.1", operations: operations(context, files) },
  ] as const;
  return {
    services,
    providers: [],
    append: (group, stream, messages) => {
      const timestamp = context.clock.now();
      const lines = messages.map((message) => ({
        stream,
        timestamp,
        ingested: timestamp,
        message,
        id: context.randomHex(32),
      }));
      // What a task printed while the disk took nothing is gone, as on AWS when its log driver may not block.
      // A data directory that was moved away is not begun anew in its old place: it may come back.
      if (lines.length > 0 && existsSync(context.dataDir))
        context.state.storage.attempt(() => files.append(group, lines));
    },
    close: async () => undefined,
  };
}
