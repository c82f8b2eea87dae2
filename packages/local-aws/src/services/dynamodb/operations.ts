import type { Store } from "dynalite/db/index.js";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import { type ActionName, perform } from "./actions.ts";
import type { Committer } from "./committer.ts";
import { metered } from "./sizes.ts";
import { type FindTable, readingStore } from "./store.ts";
import { type Identity, type TableEntry, tableArn } from "./tables.ts";
import { transactionPermissions, transactWriteItems } from "./transactions.ts";
import { parsed, validationError } from "./validation.ts";

const tableInput = z.looseObject({
  TableName: z.string(),
  IndexName: z.string().optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(["NONE", "ALL_OLD"]).optional(),
  Limit: z.number().optional(),
});
const batchInput = z.looseObject({ RequestItems: z.record(z.string(), z.unknown()) });
const listInput = z.object({
  ExclusiveStartTableName: z.string().default(""),
  Limit: z.int().min(1).max(100).default(100),
});

export interface TableSource {
  readonly store: Store;
  readonly tables: ReadonlyMap<string, TableEntry>;
  readonly committer: Committer;
  readonly clock: Clock;
  readonly identity: Identity;
}

function tableName(input: unknown): z.infer<typeof tableInput> {
  const result = tableInput.safeParse(input);
  if (result.success) return result.data;
  throw validationError(
    "1 validation error detected: Value at 'tableName' failed to satisfy constraint: Member must not be null",
  );
}

function listTables(tables: ReadonlyMap<string, TableEntry>, input: unknown): object {
  const { ExclusiveStartTableName: from, Limit } = parsed(listInput, input);
  const names = [...tables.keys()].sort().filter((name) => name > from);
  const page = names.slice(0, Limit);
  return { TableNames: page, ...(names.length > Limit && { LastEvaluatedTableName: page.at(-1) }) };
}

/** A write of one item; a failed condition shows the item if the caller asked to see it. */
async function writeItem(name: ActionName, input: unknown, committer: Committer): Promise<object> {
  const { ReturnValuesOnConditionCheckFailure: returns } = tableName(input);
  return committer.write(async (unit) => {
    try {
      return await perform(name, input, unit.store);
    } catch (error) {
      const item = unit.lastRead();
      const failed = error instanceof AwsError && error.code === "ConditionalCheckFailedException";
      if (!failed || returns !== "ALL_OLD" || item === undefined) throw error;
      throw new AwsError(error.code, error.message, error.status, { Item: item });
    }
  });
}

/** A page of a query or scan. dynalite ends it by characters, so what is too large in bytes is read again with a limit. */
async function readPage(name: "Query" | "Scan", input: unknown, store: Store): Promise<object> {
  const meter = metered(store);
  const answer = await perform(name, input, meter.store);
  const most = meter.page();
  const asked = tableName(input);
  if (most === null || most >= (asked.Limit ?? Number.POSITIVE_INFINITY)) return answer;
  return perform(name, { ...asked, Limit: most }, store);
}

/** The operations on tables and items, with what each needs of IAM. */
export function tableOperations({
  store,
  tables,
  committer,
  clock,
  identity,
}: TableSource): Readonly<Record<string, Operation>> {
  const find: FindTable = (name) => tables.get(name)?.description;
  const reading = readingStore(store, find);
  const arn = (table: string): string => tableArn(identity, table);

  const onTable =
    (action: string) =>
    (input: unknown): readonly Permission[] => {
      const { TableName, IndexName } = tableName(input);
      const resource = IndexName === undefined ? arn(TableName) : `${arn(TableName)}/index/${IndexName}`;
      return [{ action: `dynamodb:${action}`, resource }];
    };
  const onTables =
    (action: string) =>
    (input: unknown): readonly Permission[] =>
      Object.keys(parsed(batchInput, input).RequestItems).map((table) => ({
        action: `dynamodb:${action}`,
        resource: arn(table),
      }));
  const read = (name: ActionName): Operation => ({
    permissions: onTable(name),
    run: (input) => perform(name, input, reading),
  });
  const page = (name: "Query" | "Scan"): Operation => ({
    permissions: onTable(name),
    run: (input) => readPage(name, input, reading),
  });
  const write = (name: ActionName): Operation => ({
    permissions: onTable(name),
    run: (input) => writeItem(name, input, committer),
  });

  return {
    GetItem: read("GetItem"),
    Query: page("Query"),
    Scan: page("Scan"),
    DescribeTable: read("DescribeTable"),
    PutItem: write("PutItem"),
    UpdateItem: write("UpdateItem"),
    DeleteItem: write("DeleteItem"),
    BatchGetItem: {
      permissions: onTables("BatchGetItem"),
      run: (input) => perform("BatchGetItem", input, reading),
    },
    BatchWriteItem: {
      permissions: onTables("BatchWriteItem"),
      run: (input) => committer.write((unit) => perform("BatchWriteItem", input, unit.store)),
    },
    TransactWriteItems: {
      permissions: (input) => transactionPermissions(input, arn),
      run: (input) => transactWriteItems(input, store, find, committer, clock),
    },
    ListTables: {
      permissions: () => [{ action: "dynamodb:ListTables", resource: "*" }],
      run: (input) => listTables(tables, input),
    },
  };
}
