import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";

/** A query without what paging sets. */
export type WholeQuery = Omit<QueryCommandInput, "Limit" | "ExclusiveStartKey">;
type Item = Readonly<Record<string, unknown>>;

/**
 * What a query finds, read page by page for as long as the caller goes on. DynamoDB ends a page at 1 MB of what it read,
 * before the filter: a short or empty page says nothing about what follows. This is the one place that queries; a test
 * holds all adapters to it. `pageSize`: items read at once, where less than a megabyte will do.
 */
export async function* queryItems(
  client: DynamoDBDocumentClient,
  query: WholeQuery,
  pageSize?: number,
): AsyncGenerator<Item> {
  const paging = pageSize === undefined ? { client } : { client, pageSize };
  for await (const { Items = [] } of paginateQuery(paging, query)) yield* Items;
}

/** All that a query finds, each item as `parse` reads it. */
export async function allItems<Value>(
  client: DynamoDBDocumentClient,
  query: WholeQuery,
  parse: (item: Item) => Value,
): Promise<Value[]> {
  const values: Value[] = [];
  for await (const item of queryItems(client, query)) values.push(parse(item));
  return values;
}

/** The first `count` items that a query finds; fewer only if there are no more. */
export async function firstItems<Value>(
  client: DynamoDBDocumentClient,
  query: WholeQuery,
  count: number,
  parse: (item: Item) => Value,
): Promise<Value[]> {
  const values: Value[] = [];
  // Of a filter's page few may be left, so it is read in larger ones.
  for await (const item of queryItems(client, query, query.FilterExpression === undefined ? count : undefined)) {
    values.push(parse(item));
    if (values.length === count) break;
  }
  return values;
}
