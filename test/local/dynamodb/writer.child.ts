/** Writes until it is killed, and names on its standard output every write that was acknowledged. */
import { writeSync } from "node:fs";
import { PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { startDynamoDb } from "./laptop.ts";

const TableName = "slipway-deployments";
const [dataDir = "", first = "0"] = process.argv.slice(2);
const running = await startDynamoDb(dataDir, { indexDelayMs: 20 });
const item = (id: number, n: number) => ({
  deployment_id: { N: String(id) },
  item: { S: "state" },
  stage: { S: `stage-${n % 3}` },
  n: { N: String(n) },
});

for (let n = Number(first); ; n += 1) {
  const put = new PutItemCommand({ TableName, Item: item(n % 5, n) });
  const TransactItems = [n % 5, 10 + (n % 5)].map((id) => ({ Put: { TableName, Item: item(id, n) } }));
  await (n % 4 === 0
    ? running.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }))
    : running.dynamodb.send(put));
  writeSync(1, `${n}\n`);
}
