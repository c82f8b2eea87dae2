/** Does something for each of them, so many at once. */
export async function pooled<T>(all: readonly T[], atOnce: number, one: (item: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const workers = Array.from({ length: atOnce }, async () => {
    for (const item of left) await one(item);
  });
  await Promise.all(workers);
}
