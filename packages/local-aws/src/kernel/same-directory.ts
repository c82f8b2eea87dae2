import { statSync } from "node:fs";
import { join } from "node:path";

/** What the stores keep open for as long as they run. */
const KEPT = [".", "format", "state.sqlite", "dynamodb", "fauxqs"];

function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    // Whatever hides it: who opens it by its name does not find it.
    return null;
  }
}

/**
 * Answers, whenever it is asked, whether a data directory still is the one that the stores have open. Whoever deletes it, moves
 * it away or puts another in its place is not noticed by them: they go on writing to files that nobody will find again.
 */
export function followDirectory(dir: string): () => boolean {
  const known = new Map<string, string>();
  return () =>
    KEPT.every((name) => {
      const found = identityOf(join(dir, name));
      const before = known.get(name);
      if (before === undefined && found !== null) known.set(name, found);
      return before === undefined || found === before;
    });
}
