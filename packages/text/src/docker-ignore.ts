import { compileNodes, type Glob, type Work } from "./glob.ts";
import { type Node, setOf } from "./glob-syntax.ts";

/** The patterns and the names are of the same build, whose steps have a deadline; matching is linear in both. */
const boundless = { left: Number.POSITIVE_INFINITY };

const tokens = /\\([\s\S])|\*\*\/|\*\*|\*|\?|\[([^\]]*)\]|[\s\S]/gu;

/** A shell pattern as Go's `filepath.Match` reads it, and `**` for any number of directories. */
function parts(pattern: string): Node[] {
  // After the last closing bracket, an opening one is unmatched, so the search for its end is skipped.
  const last = pattern.lastIndexOf("]") + 1;
  const rest = [...pattern.slice(last).matchAll(/\\([\s\S])|\*\*\/|\*\*|\*|\?|[\s\S]/gu)];
  return [...pattern.slice(0, last).matchAll(tokens), ...rest].map(([found, escaped, set]): Node => {
    if (escaped !== undefined) return { kind: "literal", text: escaped };
    if (set !== undefined) return { kind: "set", has: setOf([...set.replace(/^!/, "\\!")]) };
    switch (found) {
      case "**/":
        return { kind: "folders" };
      case "**":
        return { kind: "anything" };
      case "*":
        return { kind: "name" };
      case "?":
        return { kind: "one" };
      default:
        return { kind: "literal", text: found };
    }
  });
}

/** Matches whole names: one part of a path, in which `*` and `?` stand for anything but `/`. */
export function namePattern(pattern: string): (name: string) => boolean {
  const glob = compileNodes(parts(pattern));
  return (name) => glob.matches(name, boundless);
}

export interface Ignore {
  /** Whether a path relative to the context is left out of it, by itself or because a directory above it is. */
  excludes(path: string): boolean;
  /** Whether some pattern brings back what another excluded, so that excluded directories must be read. */
  readonly hasExceptions: boolean;
}

interface Rule {
  readonly back: boolean;
  readonly glob: Glob;
}

/**
 * Reads a `.dockerignore`: the last pattern that matches decides, `!` brings back. Where `work` bounds it, whoever asks
 * for more gets `OutOfWork`.
 */
export function parseIgnore(text: string, work: Work = boundless): Ignore {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap(ruleOf);
  return {
    excludes: (path) => rules.findLast(({ glob }) => glob.matches(path, work))?.back === false,
    hasExceptions: rules.some(({ back }) => back),
  };
}

function ruleOf(line: string): Rule[] {
  const back = line.startsWith("!");
  const pattern = (back ? line.slice(1).trimStart() : line)
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
  return pattern === "" ? [] : [{ back, glob: compileNodes([...parts(pattern), { kind: "below" }]) }];
}
