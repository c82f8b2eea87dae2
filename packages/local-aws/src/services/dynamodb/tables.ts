import type { Level } from "dynalite/db/index.js";
import * as z from "zod";
import type { Resource } from "../../kernel/part.ts";
import { under } from "./store.ts";

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) })).min(1);
const attributes = z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }));
const projection = z.object({
  ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
  NonKeyAttributes: z.exactOptional(z.array(z.string())),
});
const viewType = z.enum(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]);
const index = z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: projection });
const describedIndex = z.object({
  ...index.shape,
  IndexArn: z.string(),
  ItemCount: z.number(),
  IndexSizeBytes: z.number(),
});

const tableDescription = z.object({
  TableName: z.string(),
  TableArn: z.string(),
  TableId: z.string(),
  TableStatus: z.literal("ACTIVE"),
  /** Epoch seconds. */
  CreationDateTime: z.number(),
  KeySchema: keySchema,
  AttributeDefinitions: attributes,
  BillingModeSummary: z.object({ BillingMode: z.literal("PAY_PER_REQUEST") }),
  ItemCount: z.number(),
  TableSizeBytes: z.number(),
  GlobalSecondaryIndexes: z.exactOptional(
    z.array(z.object({ ...describedIndex.shape, IndexStatus: z.literal("ACTIVE") })),
  ),
  LocalSecondaryIndexes: z.exactOptional(z.array(describedIndex)),
  StreamSpecification: z.exactOptional(z.object({ StreamEnabled: z.literal(true), StreamViewType: viewType })),
  LatestStreamArn: z.exactOptional(z.string()),
  LatestStreamLabel: z.exactOptional(z.string()),
});

const tableEntry = z.object({
  /** What DescribeTable answers, and what dynalite takes for the table. */
  description: tableDescription,
  /** The attribute whose epoch seconds end an item's life. */
  ttlAttribute: z.string().nullable(),
});
export type TableEntry = z.infer<typeof tableEntry>;

/** `AWS::DynamoDB::Table` and `AWS::DynamoDB::GlobalTable` agree on all of these. */
const tableProperties = z.object({
  TableName: z.exactOptional(z.string().min(3).max(255)),
  KeySchema: keySchema,
  AttributeDefinitions: attributes,
  GlobalSecondaryIndexes: z.exactOptional(z.array(index)),
  LocalSecondaryIndexes: z.exactOptional(z.array(index)),
  StreamSpecification: z.exactOptional(z.object({ StreamViewType: viewType })),
  TimeToLiveSpecification: z.exactOptional(
    z.object({ AttributeName: z.exactOptional(z.string()), Enabled: z.union([z.boolean(), z.stringbool()]) }),
  ),
});
type TableProperties = z.infer<typeof tableProperties>;

export interface Identity {
  readonly account: string;
  readonly region: string;
}

export const tableArn = ({ account, region }: Identity, name: string): string =>
  `arn:aws:dynamodb:${region}:${account}:table/${name}`;

const tableKey = (name: string): string => `table~${name}`;

export async function loadTables(level: Level): Promise<Map<string, TableEntry>> {
  const tables = new Map<string, TableEntry>();
  for await (const [, value] of level.iterator(under(tableKey("")))) {
    const entry = tableEntry.parse(value);
    tables.set(entry.description.TableName, entry);
  }
  return tables;
}

export async function saveTable(level: Level, entry: TableEntry): Promise<void> {
  await level.batch([{ type: "put", key: tableKey(entry.description.TableName), value: entry }]);
}

function streamOf(arn: string, properties: TableProperties, existing: TableEntry | undefined, now: number) {
  if (properties.StreamSpecification === undefined) return {};
  // The same stream for as long as the table has one, so that its ARN can stand in event source mappings.
  const label = existing?.description.LatestStreamLabel ?? new Date(now).toISOString().slice(0, -1);
  return {
    StreamSpecification: {
      StreamEnabled: true as const,
      StreamViewType: properties.StreamSpecification.StreamViewType,
    },
    LatestStreamArn: `${arn}/stream/${label}`,
    LatestStreamLabel: label,
  };
}

function indexesOf(arn: string, properties: TableProperties) {
  const described = (item: z.infer<typeof index>) => ({
    ...item,
    IndexArn: `${arn}/index/${item.IndexName}`,
    ItemCount: 0,
    IndexSizeBytes: 0,
  });
  const { GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] } = properties;
  return {
    ...(global.length > 0 && {
      GlobalSecondaryIndexes: global.map((item) => ({ ...described(item), IndexStatus: "ACTIVE" as const })),
    }),
    ...(local.length > 0 && { LocalSecondaryIndexes: local.map(described) }),
  };
}

/** What the table of the template is to be, given what it is. `now` in milliseconds; `id` for a new table. */
export function planTable(
  resource: Resource,
  identity: Identity,
  existing: (name: string) => TableEntry | undefined,
  now: number,
  id: string,
): TableEntry {
  const properties = tableProperties.parse(resource.properties);
  const name = properties.TableName ?? resource.physicalName;
  const before = existing(name);
  const arn = tableArn(identity, name);
  const ttl = properties.TimeToLiveSpecification;
  return {
    description: {
      TableName: name,
      TableArn: arn,
      TableId: before?.description.TableId ?? id,
      TableStatus: "ACTIVE",
      CreationDateTime: before?.description.CreationDateTime ?? Math.floor(now / 1000),
      KeySchema: properties.KeySchema,
      AttributeDefinitions: properties.AttributeDefinitions,
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      ItemCount: 0,
      TableSizeBytes: 0,
      ...indexesOf(arn, properties),
      ...streamOf(arn, properties, before, now),
    },
    ttlAttribute: ttl?.Enabled === true ? (ttl.AttributeName ?? null) : null,
  };
}
