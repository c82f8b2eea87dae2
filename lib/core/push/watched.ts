import { compileGlob, OutOfWork, spend, type Work } from "@slipway/text/glob";
import { GlobSyntaxError } from "@slipway/text/glob-syntax";
import type { Settings } from "../app.ts";

type Watching = Pick<Settings, "watch_paths" | "root_dir">;

/**
 * What judging one push may cost, for all apps together: about a second of one processor. Ten thousand changed files, five
 * hundred apps and three usual patterns each take less than half of it.
 */
const workForOnePush = 50_000_000;

/** What it costs to compile a pattern, for each of its characters. */
const compiling = 10;

/**
 * Whether something changed that an app is made of. Its watch paths are globs from the repository's root; of several
 * that fit a file the last one decides, and one that begins with `!` says no. Without any, what lies below its root
 * directory counts. `changed` `null`: who knows, so yes. `"unknown"`: its patterns cannot be read, or took all of `work`.
 */
export function isWatched(
  { watch_paths, root_dir }: Watching,
  changed: readonly string[] | null,
  work: Work = { left: workForOnePush },
): boolean | "unknown" {
  if (changed === null) return true;
  try {
    const isOurs = watch_paths.length > 0 ? byGlobs(watch_paths, work) : below(root_dir);
    return changed.some((path) => {
      spend(work, 1);
      return isOurs(path);
    });
  } catch (error) {
    if (error instanceof GlobSyntaxError || error instanceof OutOfWork) return "unknown";
    throw error;
  }
}

/**
 * Asks it of several apps about the same files. Each gets its share of what is left, so that one whose patterns are costly
 * takes nothing from the others, and what cheap ones leave over is for those after them.
 */
export function whoWatches(
  apps: readonly Watching[],
  changed: readonly string[] | null,
  total: number = workForOnePush,
): readonly (boolean | "unknown")[] {
  let left = total;
  return apps.map((app, index) => {
    const share = left / (apps.length - index);
    const work = { left: share };
    const answer = isWatched(app, changed, work);
    left -= share - Math.max(0, work.left);
    return answer;
  });
}

function byGlobs(globs: readonly string[], work: Work): (path: string) => boolean {
  const rules = globs.map((glob) => {
    const watches = !glob.startsWith("!");
    spend(work, compiling * glob.length);
    return { watches, glob: compileGlob(watches ? glob : glob.slice(1)) };
  });
  const otherwise = rules[0]?.watches === false;
  return (path) => rules.findLast(({ glob }) => glob.matches(path, work))?.watches ?? otherwise;
}

function below(rootDir: string): (path: string) => boolean {
  const parts = rootDir.split("/").filter((part) => part !== "" && part !== ".");
  const prefix = parts.map((part) => `${part}/`).join("");
  return (path) => path.startsWith(prefix);
}

/** Why a watch path cannot be judged; `null`: it can. Completes "must be …". */
export function objectionToWatchPath(glob: string): string | null {
  try {
    const bare = glob.startsWith("!") ? glob.slice(1) : glob;
    if (bare === "") return "must be a glob, such as web/** or !docs/**";
    compileGlob(bare);
    return null;
  } catch (error) {
    if (error instanceof GlobSyntaxError) return `must be a glob: ${error.message}`;
    throw error;
  }
}
