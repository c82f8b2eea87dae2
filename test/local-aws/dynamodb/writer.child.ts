/** Writes until it is killed, and names on its standard output every write that was acknowledged: `<writer> <number>`. */
import { writeSync } from "node:fs";
import { PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { startDynamoDb } from "./start-dynamodb.ts";

const TableName = "slipway-deployments";
const [dataDir = "", ...firsts] = process.argv.slice(2);
const running = await startDynamoDb(dataDir, { indexDelayMs: 20 });
const item = (writer: number, name: string, n: number) => ({
  deployment_id: { N: String(writer) },
  item: { S: name },
  stage: { S: `stage-${n % 3}` },
  n: { N: String(n) },
});

/** Every fourth write is a transaction over two items. */
async function write(writer: number, first: number): Promise<void> {
  for (let n = first; ; n += 1) {
    const TransactItems = ["state", "twin"].map((name) => ({ Put: { TableName, Item: item(writer, name, n) } }));
    await (n % 4 === 0
      ? running.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }))
      : running.dynamodb.send(new PutItemCommand({ TableName, Item: item(writer, "state", n) })));
    writeSync(1, `${writer} ${n}\n`);
  }
}

// Several at a time, so that a write is under way at whatever moment the kill comes.
await Promise.all(firsts.map((first, writer) => write(writer, Number(first))));
