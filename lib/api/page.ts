import { type Answer, data } from "./deps.ts";

/**
 * The largest page of a list, in bytes of its items as JSON. Lambda answers 6 MB at most, and in its answer the body is a string
 * in which each quote is escaped.
 */
export const largestPage = 2.5 * 1024 * 1024;

interface Paging<Item> {
  readonly limit: number;
  /** What leads to what follows an item. */
  readonly cursorOf: (item: Item) => string;
  /** Whether there is more than was found; absent: only what lies beyond the limit. */
  readonly more?: boolean;
}

/** The first of what was found, as many as one answer holds but at least one, and where to go on. */
export function pageOf<Item>(found: readonly Item[], { limit, cursorOf, more = false }: Paging<Item>): Answer {
  const page = found.slice(0, fitting(found.slice(0, limit)));
  const last = page.at(-1);
  const isWhole = last === undefined || (page.length === found.length && !more);
  return data(page, 200, { next_cursor: isWhole ? null : cursorOf(last) });
}

/** How many of these fit into one answer. */
function fitting(items: readonly unknown[]): number {
  let bytes = 0;
  const over = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > largestPage;
  });
  return over === -1 ? items.length : Math.max(1, over);
}
