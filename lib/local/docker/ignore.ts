/** A shell pattern as Go's `filepath.Match` reads it, and `**` for any number of directories, without anchors. */
function source(pattern: string): string {
  return pattern.replace(
    /\\(.)|\*\*\/|\*\*|\*|\?|\[([^\]]*)\]|[.+^${}()|[\]\\]/g,
    (found, escaped?: string, set?: string) => {
      if (escaped !== undefined) return `\\u{${escaped.codePointAt(0)?.toString(16) ?? "5c"}}`;
      if (set !== undefined) return `[${set.replace(/\\(?=$)/, "\\\\")}]`;
      const fixed: Record<string, string> = { "**/": "(?:[\\s\\S]*/)?", "**": "[\\s\\S]*", "*": "[^/]*", "?": "[^/]" };
      return fixed[found] ?? `\\${found}`;
    },
  );
}

/** Matches whole names: one part of a path, in which `*` and `?` stand for anything but `/`. */
export function namePattern(pattern: string): RegExp {
  return new RegExp(`^${source(pattern)}$`, "u");
}

export interface Ignore {
  /** Whether a path relative to the context is left out of it, by itself or because a directory above it is. */
  excludes(path: string): boolean;
  /** Whether some pattern brings back what another excluded, so that excluded directories must be looked into. */
  readonly hasExceptions: boolean;
}

/** Reads a `.dockerignore`: the last pattern that matches decides, `!` brings back. */
export function parseIgnore(text: string): Ignore {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ back: line.startsWith("!"), pattern: line.replace(/^!\s*/, "") }))
    .map(({ back, pattern }) => ({
      back,
      pattern: pattern
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/"),
    }))
    .filter(({ pattern }) => pattern !== "")
    .map(({ back, pattern }) => ({ back, match: new RegExp(`^${source(pattern)}(?:/[\\s\\S]*)?$`, "u") }));
  return {
    excludes: (path) => rules.findLast(({ match }) => match.test(path))?.back === false,
    hasExceptions: rules.some(({ back }) => back),
  };
}
