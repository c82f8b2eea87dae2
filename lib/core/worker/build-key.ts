import { parseIgnore } from "@slipway/text/docker-ignore";
import { OutOfWork } from "@slipway/text/glob";
import { GlobSyntaxError } from "@slipway/text/glob-syntax";
import type { Settings } from "../app.ts";
import type { Source, SourceEntry } from "../ports/git.ts";

/** Everything that an image is made of, as far as it can be known without a build. */
export interface BuildKey {
  /** The same for the same input of a build. */
  readonly key: string;
  /** Whether the same base images are used for ever: all are named by their digests. */
  readonly isPinned: boolean;
}

/** Raised when the same input has to give another key. */
const format = 1;
/** About a second of one processor: what an app's `.dockerignore` may cost. */
const ignoring = 50_000_000;

const submodule = "160000";

/** Settings that change what is built. Those of builds begin with `build_`; whether they use a cache changes nothing. */
const isOfBuilds = (name: string): boolean =>
  ["repo_url", "root_dir", "dockerfile", "architecture"].includes(name) ||
  (name.startsWith("build_") && name !== "build_cache");

/**
 * The key of a build: of the files in the root directory that `.dockerignore` leaves, the Dockerfile, and the settings of
 * builds. `null`: it cannot be known. `hash` is SHA-256 in hex.
 */
export async function buildKey(
  source: Source,
  settings: Settings,
  hash: (text: string) => string,
): Promise<BuildKey | null> {
  // What has no version may have another value than before.
  if (settings.build_secrets.some((name) => !Object.hasOwn(settings.build_secret_versions, name))) return null;
  const root = normalized(settings.root_dir);
  const dockerfile = root === null ? null : normalized(`${root}/${settings.dockerfile}`);
  if (root === null || dockerfile === null) return null;
  const found = entryAt(source, dockerfile);
  const text = found === undefined ? null : await source.read(found);
  if (found === undefined || text === null) return null;
  const ignore = entryAt(source, `${dockerfile}.dockerignore`) ?? entryAt(source, joined(root, ".dockerignore"));
  const ignoreText = ignore === undefined ? "" : await source.read(ignore);
  if (ignoreText === null) return null;
  const context = contextOf(source.entries, root, ignoreText);
  if (context === null) return null;
  const modules = source.entries.some(({ mode }) => mode === submodule) ? entryAt(source, ".gitmodules") : undefined;
  const parts = [
    format,
    Object.entries(settings)
      .filter(([name]) => isOfBuilds(name))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
    found.hash,
    ignore?.hash ?? null,
    modules?.hash ?? null,
    context.map(({ path, mode, hash: of }) => [path, mode, of]),
  ];
  return { key: hash(JSON.stringify(parts)), isPinned: baseImages(text).every((image) => image.includes("@sha256:")) };
}

const entryAt = ({ entries }: Source, path: string): SourceEntry | undefined =>
  entries.find((entry) => entry.path === path && entry.mode !== submodule);

const joined = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`);

/** Without `.` and `..`; `null`: it leads out of the repository. */
function normalized(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}

/** What docker is sent, with paths from the root directory; `null`: its `.dockerignore` takes too long to apply. */
function contextOf(entries: readonly SourceEntry[], root: string, ignoreText: string): readonly SourceEntry[] | null {
  const prefix = root === "" ? "" : `${root}/`;
  try {
    const ignore = parseIgnore(ignoreText, { left: ignoring });
    return entries
      .filter(({ path }) => path.startsWith(prefix))
      .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }))
      .filter(({ path }) => !ignore.excludes(path));
  } catch (error) {
    if (error instanceof OutOfWork || error instanceof GlobSyntaxError) return null;
    throw error;
  }
}

const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i;
const copiesFrom = /(?:--from=|\bfrom=)([^\s,]+)/g;

/** The images that a Dockerfile is built on, as they stand in it. Whatever might be one counts as one. */
export function baseImages(dockerfile: string): readonly string[] {
  const stages: string[] = [];
  const images = new Set<string>();
  const use = (name: string): void => {
    const isStage = /^\d+$/.test(name) || stages.includes(name.toLowerCase());
    if (name !== "scratch" && !isStage) images.add(name);
  };
  for (const line of dockerfile.split("\n")) {
    if (/^\s*#/.test(line)) continue;
    const [, image, stage] = from.exec(line) ?? [];
    if (image !== undefined) use(image);
    if (stage !== undefined) stages.push(stage.toLowerCase());
    for (const [, name = ""] of line.matchAll(copiesFrom)) use(name);
  }
  return [...images];
}
