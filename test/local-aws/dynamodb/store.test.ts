import { once } from "node:events";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { itemKey, openStore } from "../../../packages/local-aws/src/services/dynamodb/store.ts";
import { newDataDir } from "./start-dynamodb.ts";

interface OpenIterator extends AsyncIterable<unknown> {
  next(): Promise<unknown>;
}

let store: Awaited<ReturnType<typeof openStore>>;
let opened: OpenIterator[];

beforeEach(async () => {
  store = await openStore(newDataDir());
  opened = [];
  const level: { values: (range: object) => AsyncIterable<unknown> } = store.db;
  const values = level.values.bind(level);
  level.values = (range) => {
    const iterator = values(range) as OpenIterator;
    opened.push(iterator);
    return iterator;
  };
  await store.db.batch(
    Array.from({ length: 100 }, (_, n) => ({
      type: "put",
      key: itemKey("shop", String(n).padStart(3, "0")),
      value: { n },
    })),
  );
});
afterEach(() => store.db.close());

const stream = () => store.getItemDb("shop").createValueStream({}) as Readable;
const notOpen = expect.objectContaining({ code: "LEVEL_ITERATOR_NOT_OPEN" });

test("a read to the end closes its iterator", async () => {
  let rows = 0;
  for await (const row of stream()) rows += row === undefined ? 0 : 1;
  expect(rows).toBe(100);
  expect(opened).toHaveLength(1);
  await expect(opened[0]?.next()).rejects.toEqual(notOpen);
});

test("a read that stops early closes its iterator", async () => {
  const reading = stream();
  await once(reading, "data");
  reading.destroy();
  await once(reading, "close");
  await expect(opened[0]?.next()).rejects.toEqual(notOpen);
});
