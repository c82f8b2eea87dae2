import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Git } from "./git.ts";

/** A pointer is some 130 bytes. */
const largestPointer = 1024;
const version = "version https://git-lfs.github.com/spec/";
const namedFiles = 3;

/** The files of a checkout that are pointers of Git LFS, as a sentence for the log; `null`: there are none. */
export async function lfsSentence(git: Git, directory: string): Promise<string | null> {
  const { stdout } = await git("ls-files", "-z", "--", ":(attr:filter=lfs)");
  const listed = stdout.split("\0").filter(Boolean);
  const pointers: string[] = [];
  for (const path of listed) if (await isPointer(join(directory, path))) pointers.push(path);
  if (pointers.length === 0) return null;
  const more = pointers.length > namedFiles ? ` and ${pointers.length - namedFiles} more` : "";
  return `Git LFS objects are not fetched: ${pointers.slice(0, namedFiles).join(", ")}${more} are pointers in this build, not the files. Commit the files without LFS, or download them in the Dockerfile.`;
}

async function isPointer(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => null);
  if (found === null || !found.isFile() || found.size > largestPointer) return false;
  return (await readFile(file, "utf8")).startsWith(version);
}
