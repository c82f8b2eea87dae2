/** Sockets written to at the same time. */
const poolSize = 20;

/** Runs over all items, some at a time. */
export async function pooled<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(poolSize, items.length) }, work));
}
