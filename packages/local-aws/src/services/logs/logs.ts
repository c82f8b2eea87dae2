import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import { type LogFiles, openLogFiles } from "./log-files.ts";

/** CloudWatch Logs, for what deployed apps print. */
export interface Logs extends LocalPart {
  /** One event a message, all of this moment. */
  append(group: string, stream: string, messages: readonly string[]): void;
}

export interface LogsOptions {
  /** What a log group may take on disk; 256 MB if absent. */
  readonly maxBytes?: number;
  /** How large a file of a log group becomes; 4 MB if absent. */
  readonly segmentBytes?: number;
}

const MB = 1024 * 1024;
const DAY_MS = 24 * 3600 * 1000;
const operation = operationsOf("InvalidParameterException");
const groupName = z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/);
const time = z.int().nonnegative();
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const createInput = z.object({
  logGroupName: groupName,
  logGroupClass: z.literal("STANDARD").optional(),
  tags: z.record(z.string(), z.string()).default({}),
});
const retentionInput = z.object({
  logGroupName: groupName,
  retentionInDays: z.int().refine((days) => RETENTION_DAYS.includes(days), "is not a retention that CloudWatch has"),
});
const groupInput = z.object({ logGroupName: groupName });
const listInput = z.object({
  logGroupNamePrefix: groupName.optional(),
  limit: z.int().min(1).max(50).default(50),
  nextToken: z.string().regex(/^\d+$/).optional(),
});
const filterInput = z.object({
  logGroupName: groupName,
  logStreamNames: z.array(z.string()).min(1).max(100).optional(),
  logStreamNamePrefix: z.string().min(1).optional(),
  startTime: time.default(0),
  endTime: time.default(Number.MAX_SAFE_INTEGER),
  /** The local mode knows patterns of one plain text: `%text%`, with a backslash before what would mean more. */
  filterPattern: z
    .string()
    .regex(/^%(?:[A-Za-z0-9 :_#=@/;,-]|\\[^A-Za-z0-9])+%$/, "the local mode knows patterns such as %text%")
    .optional(),
  limit: z.int().min(1).max(10_000).default(10_000),
  nextToken: z
    .string()
    .regex(/^\d+\/\d+$/)
    .optional(),
});

const absent = (): AwsError => new AwsError("ResourceNotFoundException", "The specified log group does not exist.");

async function filter(files: LogFiles, input: z.infer<typeof filterInput>): Promise<unknown> {
  const { logStreamNames: names, logStreamNamePrefix: prefix = "" } = input;
  if (names !== undefined && prefix !== "") {
    throw new AwsError("InvalidParameterException", "logStreamNames and logStreamNamePrefix exclude each other.");
  }
  if (!files.exists(input.logGroupName)) throw absent();
  const { lines, next } = await files.read(input.logGroupName, {
    from: input.startTime,
    to: input.endTime,
    isWanted: (stream) => stream.startsWith(prefix) && (names?.includes(stream) ?? true),
    text: (input.filterPattern ?? "").slice(1, -1).replaceAll(/\\(.)/g, "$1"),
    limit: input.limit,
    after: input.nextToken ?? null,
  });
  const events = lines.map(({ stream, timestamp, message, id }) => ({
    logStreamName: stream,
    timestamp,
    message,
    ingestionTime: timestamp,
    eventId: id,
  }));
  return { events, searchedLogStreams: [], ...(next === null ? {} : { nextToken: next }) };
}

function list(files: LogFiles, input: z.infer<typeof listInput>, arnOf: (group: string) => string): unknown {
  const { logGroupNamePrefix: prefix = "", limit, nextToken = "0" } = input;
  const found = files.list().filter(({ group }) => group.startsWith(prefix));
  const to = Number(nextToken) + limit;
  const logGroups = found
    .slice(Number(nextToken), to)
    .map(({ group, madeAt }) => ({ logGroupName: group, creationTime: madeAt, arn: arnOf(group) }));
  return { logGroups, ...(to < found.length ? { nextToken: String(to) } : {}) };
}

function operations(context: LocalContext, files: LogFiles): Record<string, Operation> {
  const on = (action: string, group: string): Permission => ({
    action: `logs:${action}`,
    resource: `arn:aws:logs:${context.region}:${context.account}:log-group:${group}:log-stream:`,
  });
  return {
    CreateLogGroup: operation(createInput, {
      permissions: ({ logGroupName, tags }) => [
        on("CreateLogGroup", logGroupName),
        ...(Object.keys(tags).length === 0 ? [] : [on("TagResource", logGroupName)]),
      ],
      run: ({ logGroupName }) => {
        if (files.create(logGroupName)) return {};
        throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
      },
    }),
    PutRetentionPolicy: operation(retentionInput, {
      permissions: ({ logGroupName }) => [on("PutRetentionPolicy", logGroupName)],
      run: ({ logGroupName, retentionInDays }) => {
        if (!files.exists(logGroupName)) throw absent();
        files.keepFor(logGroupName, retentionInDays * DAY_MS);
        return {};
      },
    }),
    DescribeLogGroups: operation(listInput, {
      // IAM is asked for all of them, whatever the prefix.
      permissions: () => [on("DescribeLogGroups", "")],
      run: (input) =>
        list(files, input, (group) => `arn:aws:logs:${context.region}:${context.account}:log-group:${group}:*`),
    }),
    DeleteLogGroup: operation(groupInput, {
      permissions: ({ logGroupName }) => [on("DeleteLogGroup", logGroupName)],
      run: ({ logGroupName }) => {
        if (files.remove(logGroupName)) return {};
        throw absent();
      },
    }),
    FilterLogEvents: operation(filterInput, {
      permissions: ({ logGroupName }) => [on("FilterLogEvents", logGroupName)],
      run: (input) => filter(files, input),
    }),
  };
}

export function createLogs(
  context: LocalContext,
  { maxBytes = 256 * MB, segmentBytes = 4 * MB }: LogsOptions = {},
): Logs {
  const directory = join(context.dataDir, "logs", "apps");
  const files = openLogFiles({ directory, maxBytes, segmentBytes, now: () => context.clock.now() });
  const services = [
    { kind: "json", scope: "logs", dialect: "application/x-amz-json-1.1", operations: operations(context, files) },
  ] as const;
  return {
    services,
    providers: [],
    append: (group, stream, messages) => {
      // What a task printed while the disk took nothing is gone, as on AWS when its log driver may not block.
      // A data directory that was moved away is not begun anew in its old place: it may come back.
      if (messages.length > 0 && existsSync(context.dataDir))
        context.state.storage.attempt(() => files.append(group, stream, context.clock.now(), messages));
    },
    close: async () => undefined,
  };
}
