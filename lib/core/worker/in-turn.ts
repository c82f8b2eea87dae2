const tails = new WeakMap<object, Map<number, Promise<unknown>>>();

/**
 * Runs `work` after all earlier work of this process on the same row of `store`. Who races in one process for one row loses
 * as many attempts as there are others, reads everything anew each time, and wins nothing. Other processes are still met by
 * the condition of the write.
 */
export function inTurn<T>(store: object, row: number, work: () => Promise<T>): Promise<T> {
  const rows = tails.get(store) ?? new Map<number, Promise<unknown>>();
  tails.set(store, rows);
  const done = (rows.get(row) ?? Promise.resolve()).then(work);
  // The next goes ahead whatever became of this one; its caller is notified by `done`.
  const tail = done.then(
    () => undefined,
    () => undefined,
  );
  rows.set(row, tail);
  void tail.then(() => rows.get(row) === tail && rows.delete(row));
  return done;
}
