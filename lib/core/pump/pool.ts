/** Sockets written to at the same time. */
const poolSize = 20;

/** Runs over all items, some at a time. Nothing runs any more when it ends; then the first error, if any, is thrown. */
export async function pooled<T>(
  items: readonly T[],
  run: (item: T) => Promise<unknown>,
  size: number = poolSize,
): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await run(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(size, items.length) }, work));
  if (errors.length > 0) throw errors[0];
}
