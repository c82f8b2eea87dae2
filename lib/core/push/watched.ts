import { compileGlob, OutOfWork, spend, type Work } from "@slipway/text/glob";
import { GlobSyntaxError } from "@slipway/text/glob-syntax";
import type { Settings } from "../app.ts";

type Watching = Pick<Settings, "watch_paths" | "root_dir" | "dockerfile">;

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
 * directory counts, and its Dockerfile. `changed` `null`: who knows, so yes. `"unknown"`: its patterns cannot be read, or took all of `work`.
 */
export function isWatched(
  { watch_paths, root_dir, dockerfile }: Watching,
  changed: readonly string[] | null,
  work: Work = { left: workForOnePush },
): boolean | "unknown" {
  if (changed === null) return true;
  try {
    const isOurs = watch_paths.length > 0 ? byGlobs(watch_paths, work) : below(root_dir, dockerfile);
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

/** The Dockerfile may lie outside of the root directory, and its own `.dockerignore` beside it. */
function below(rootDir: string, dockerfile: string): (path: string) => boolean {
  const prefix = partsOf(rootDir)
    .map((part) => `${part}/`)
    .join("");
  const file = partsOf(`${rootDir}/${dockerfile}`).join("/");
  return (path) => path.startsWith(prefix) || path === file || path === `${file}.dockerignore`;
}

/** A path's parts from the repository's root, without `.` and `..`. */
function partsOf(path: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
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
