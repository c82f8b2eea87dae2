import picomatch from "picomatch";
import type { Settings } from "../app.ts";

/** Files beginning with a dot are files. Patterns come from people who may deploy; what they mean is as in a workflow of GitHub. */
const options = { dot: true, nonegate: true };

/**
 * Whether something changed that an app is made of. Its watch paths are globs from the repository's root; of several
 * that fit a file the last one decides, and one that begins with `!` says no. Without any, what lies below its root
 * directory counts. `changed` `null`: who knows, so yes.
 */
export function isWatched(
  { watch_paths, root_dir }: Pick<Settings, "watch_paths" | "root_dir">,
  changed: readonly string[] | null,
): boolean {
  if (changed === null) return true;
  const isOurs = watch_paths.length > 0 ? byGlobs(watch_paths) : below(root_dir);
  return changed.some(isOurs);
}

function byGlobs(globs: readonly string[]): (path: string) => boolean {
  const rules = globs.map((glob) => {
    const watches = !glob.startsWith("!");
    return { watches, fits: picomatch(watches ? glob : glob.slice(1), options) };
  });
  const otherwise = rules[0]?.watches === false;
  return (path) => rules.findLast(({ fits }) => fits(path))?.watches ?? otherwise;
}

function below(rootDir: string): (path: string) => boolean {
  const parts = rootDir.split("/").filter((part) => part !== "" && part !== ".");
  const prefix = parts.map((part) => `${part}/`).join("");
  return (path) => path.startsWith(prefix);
}
