import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { appKeys } from "../adapters/dynamodb/keys.ts";

/** An app whose own address is another than its row says. */
interface MovedApp {
  readonly id: number;
  readonly from: string;
  readonly to: string;
}

/**
 * Writes the addresses that load balancers have into the rows of their apps, in the table of an installation's apps, and answers
 * which were others before. An app that was never live keeps none; one that is gone is left alone.
 */
export async function correctAppAddresses(
  table: string,
  addresses: ReadonlyMap<number, string>,
  aws: DynamoDBClientConfig = {},
): Promise<readonly MovedApp[]> {
  const client = new DynamoDBClient(aws);
  const documents = DynamoDBDocumentClient.from(client);
  const moved: MovedApp[] = [];
  for (const [id, url] of addresses) {
    const from = await moveTo(documents, table, id, url);
    if (from !== null) moved.push({ id, from, to: url });
  }
  client.destroy();
  return moved;
}

/** The address before; `null`: it is this one already, or there is none. */
async function moveTo(client: DynamoDBDocumentClient, table: string, id: number, url: string): Promise<string | null> {
  try {
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: appKeys.app(id),
        UpdateExpression: "SET load_balancer_url = :url",
        ConditionExpression: "attribute_type(load_balancer_url, :text) AND load_balancer_url <> :url",
        ExpressionAttributeValues: { ":url": url, ":text": "S" },
        ReturnValues: "UPDATED_OLD",
      }),
    );
    return String(Attributes?.load_balancer_url);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
}
