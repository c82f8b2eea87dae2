/** How a runtime says that it gave up. */
interface Crash {
  /** The line that says that it happened. */
  readonly begins: RegExp;
  /** Of what follows, the indexes of the lines that say why and where, `at` itself included if it does. */
  readonly select: (lines: readonly string[], at: number) => readonly number[];
}

const following = (
  lines: readonly string[],
  at: number,
  matches: (line: string) => boolean,
  within = Number.POSITIVE_INFINITY,
): number[] => {
  const found = lines.findIndex((line, index) => index > at && index <= at + within && matches(line));
  return found < 0 ? [] : [found];
};

/** Frames of the app itself, not of Node's own modules or of a library. */
const isOwnFrame = (line: string): boolean =>
  /^\s+at .*:\d+:\d+\)?$/.test(line) && !/node:|node_modules|<anonymous>:/.test(line);
const isBlank = (line: string): boolean => line.trim() === "";

/** Of a Java trace the deepest cause, which is named last. */
function lastCause(lines: readonly string[], at: number): number[] {
  const end = lines.findIndex((line, index) => index > at && !/^\s+(?:at |\.\.\. \d+ )|^Caused by: /.test(line));
  const causes = lines.flatMap((line, index) =>
    index > at && (end < 0 || index < end) && line.startsWith("Caused by: ") ? [index] : [],
  );
  return causes.slice(-1);
}

/** Python names the error after its frames, the last of which is where it was raised: before a line at `at`. */
function frameBefore(lines: readonly string[], at: number): number[] {
  const frame = lines.findLastIndex((line, index) => index < at && /^ {2}File "/.test(line));
  return frame >= 0 && lines.slice(frame, at).every((line) => /^\s/.test(line)) ? [frame] : [];
}

/** The end of a trace of Python, whatever the error is called. */
const endOfTraceback = (lines: readonly string[], at: number): number[] =>
  following(lines, at, (line) => !/^\s/.test(line) && !isBlank(line)).flatMap((error) => [
    ...frameBefore(lines, error),
    error,
  ]);

/** A table rather than a chain: a new runtime is a row. */
const CRASHES: readonly Crash[] = [
  // Python.
  { begins: /^Traceback \(most recent call last\):/, select: endOfTraceback },
  // Go.
  {
    begins: /^(?:panic|fatal error): /,
    select: (lines, at) => [
      at,
      ...following(lines, at, (line) => /^\t\S+\.go:\d+/.test(line) && !line.includes("/runtime/"), 30),
    ],
  },
  // Rust: the message stands on the line after, and in older versions on the same.
  {
    begins: /^thread '.*'(?: \(\d+\))? panicked at /,
    select: (lines, at) =>
      /panicked at '/.test(lines[at] ?? "") ? [at] : [at, ...following(lines, at, (l) => !isBlank(l), 1)],
  },
  // Java and its kin.
  {
    begins: /^Exception in thread "|^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)(?::|$)/,
    select: (lines, at) => [...frameBefore(lines, at), at, ...lastCause(lines, at)],
  },
  // Spring Boot.
  {
    begins: /^APPLICATION FAILED TO START$/,
    select: (lines, at) => {
      const [title = at] = following(lines, at, (line) => line.startsWith("Description:"));
      return following(lines, title, (line) => !isBlank(line));
    },
  },
  // Ruby.
  { begins: /^\S+:\d+:in .+: .*\((?:[A-Z]\w*)(?:::[A-Z]\w*)*\)$/, select: (_lines, at) => [at] },
  // .NET, PHP, Elixir.
  { begins: /^Unhandled exception\. |^(?:PHP )?Fatal error: |^\*\* \(\w+/, select: (_lines, at) => [at] },
  // Node, Deno and Bun; a Rust `main` that answers an error.
  {
    begins:
      /^(?:Uncaught |error: Uncaught )?\(?(?:[A-Z]\w*)?(?:Error|Exception)\b(?: \[[A-Z0-9_]+\])?: |^\[UnhandledPromiseRejection: /,
    select: (lines, at) => [...frameBefore(lines, at), at, ...following(lines, at, isOwnFrame, 20)],
  },
];

/** What is neither a program's words nor of help: what package managers add after the script that they ran has failed. */
const NOISE =
  /^npm (?:error|ERR!|notice)|^error Command failed|^info Visit |^ ?ELIFECYCLE|^Node\.js v\d|^exit status \d+$|^note: run with/;

/**
 * The lines of a program's output, oldest first, that say best why it ended: the message of its last crash and where that was, in
 * the words of Node, Python, Go, Java, Ruby, Rust and others; else its last words. At most `most`, without blank ones.
 */
export function relevantLines(lines: readonly string[], most: number): string[] {
  for (let at = lines.length - 1; at >= 0; at--) {
    const crash = CRASHES.find(({ begins }) => begins.test(lines[at] ?? ""));
    const selected = crash?.select(lines, at) ?? [];
    if (selected.length > 0) return pick(lines, selected, most);
  }
  const said = lines.filter((line) => !isBlank(line) && !NOISE.test(line));
  return (said.length > 0 ? said : lines.filter((line) => !isBlank(line))).slice(-most);
}

const pick = (lines: readonly string[], indexes: readonly number[], most: number): string[] =>
  indexes.slice(0, most).map((index) => (lines[index] ?? "").trim());
