import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { digestOf } from "./digest.ts";

/** What can be made from files of the checkout. */
export interface Derivation {
  /** Files and folders, relative to the checkout: all that it is made from. */
  readonly inputs: readonly string[];
  /** Holds one folder for each state of the inputs. */
  readonly outDir: string;
  /** Puts everything into an empty folder. Whatever it throws is passed on, and nothing is kept. */
  readonly make: (directory: string) => Promise<void>;
}

/** Folders kept beside the present one: another process of the checkout may still read from them. */
const KEPT = 4;

/** Puts a finished folder in its place; when someone else was quicker, theirs is as good. */
function publish(temporary: string, directory: string): void {
  try {
    renameSync(temporary, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
}

/** Removes all but the newest folders, and what killed makers left. */
function prune(outDir: string): void {
  const dated = readdirSync(outDir).flatMap((name) => {
    const stats = statSync(join(outDir, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, at: stats.mtimeMs }];
  });
  const old = dated.sort((a, b) => b.at - a.at).slice(KEPT);
  for (const { name } of old) rmSync(join(outDir, name), { recursive: true, force: true });
}

/** A folder made from the checkout `root`, unless it lies there already for the very same inputs. Two processes may ask at once. */
export async function derived(root: string, derivation: Derivation): Promise<string> {
  const { inputs, outDir, make } = derivation;
  const digest = digestOf(root, inputs);
  const directory = resolve(outDir, digest);
  if (existsSync(directory)) return directory;
  mkdirSync(outDir, { recursive: true });
  const temporary = mkdtempSync(resolve(outDir, "unfinished-"));
  try {
    await make(temporary);
    // Something was saved meanwhile: nobody can say which of the two this was made from.
    if (digestOf(root, inputs) !== digest) return await derived(root, derivation);
    publish(temporary, directory);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  prune(outDir);
  return directory;
}
