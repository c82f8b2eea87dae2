/** One command of a shell script: its words without quotes, `NAME=value` before them left out. */
export interface ShellCommand {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether it runs in any case, and not only where a condition holds. */
  readonly isCertain: boolean;
}

interface Token {
  readonly kind: "word" | "operator";
  readonly text: string;
}

/** Longest first. */
const OPERATORS = ["&&", "||", ";;", "|&", ";", "|", "&", "\n", "(", ")"];
const REDIRECTION = /^(?:\d*|&)(?:>>|>\||>&|>|<<<|<<-|<<|<&|<>|<)/;
const BLANK = /[ \t\r]/;

/** The index after the bracket that closes the one before `start`, or the end. */
function afterBracket(text: string, start: number): number {
  for (let at = start, depth = 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "(") depth++;
    else if (text[at] === ")") depth--;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** The index after the quoted piece that begins at `start`, and what it stands for. */
function quoted(text: string, start: number): [value: string, end: number] {
  const quote = text[start] ?? "";
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === quote) return [value, at + 1];
    if (quote === '"' && text[at] === "\\") at++;
    value += text[at] ?? "";
  }
  return [value, text.length];
}

/** The word that begins at `start`. What is substituted stays as it is written. */
function wordAt(text: string, start: number): [value: string, end: number] {
  let value = "";
  let at = start;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === "'" || char === '"' || char === "`") {
      const [piece, end] = quoted(text, at);
      value += char === "`" ? "`" : piece;
      at = end;
    } else if (text.startsWith("$(", at)) {
      const end = afterBracket(text, at + 2);
      value += text.slice(at, end);
      at = end;
    } else if (char === "\\") {
      value += text[at + 1] === "\n" ? "" : (text[at + 1] ?? "");
      at += 2;
    } else if (BLANK.test(char) || "\n;|&()<>".includes(char)) break;
    else {
      value += char;
      at += 1;
    }
  }
  return [value, at];
}

/** The index after the lines of a document that is opened here with this name. */
function afterDocument(text: string, start: number, name: string): number {
  const body = text.indexOf("\n", start);
  if (body < 0) return text.length;
  const lines = text.slice(body + 1).split("\n");
  const end = lines.findIndex((line) => line.replace(/^\t+/, "") === name);
  return end < 0 ? text.length : body + lines.slice(0, end + 1).join("\n").length + 1;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  /** Where the documents end that were opened on the line being read. */
  let resume = 0;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const redirection = REDIRECTION.exec(rest)?.[0];
    const operator = OPERATORS.find((one) => rest.startsWith(one));
    if (BLANK.test(rest[0] ?? "")) at += 1;
    else if (rest.startsWith("\\\n")) at += 2;
    else if (rest.startsWith("#")) at = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
    else if (redirection !== undefined) {
      const begin = at + redirection.length;
      const skipped = /^[ \t]*/.exec(text.slice(begin))?.[0].length ?? 0;
      const [target, end] = wordAt(text, begin + skipped);
      if (/<<-?$/.test(redirection)) resume = Math.max(resume, afterDocument(text, Math.max(end, resume), target));
      at = Math.max(end, begin + 1);
    } else if (operator === "\n") {
      tokens.push({ kind: "operator", text: operator });
      at = Math.max(at + 1, resume);
    } else if (operator !== undefined) {
      tokens.push({ kind: "operator", text: operator });
      at += operator.length;
    } else {
      const [word, end] = wordAt(text, at);
      tokens.push({ kind: "word", text: word });
      at = Math.max(end, at + 1);
    }
  }
  return tokens;
}

const OPENS = ["if", "for", "while", "until", "case", "select", "function"];
const CLOSES = ["fi", "done", "esac"];
const INSIDE = ["then", "else", "elif", "do", "!", "{", "}", "time", "in"];
/** They ask something; what follows them by `&&` depends on the answer. */
const ASK = ["[", "[[", "test", "command", "which", "type", "hash", "grep", "false"];
/** They run what is named after their options. */
const WRAPPERS = ["sudo", "exec", "env", "command", "nice", "nohup", "xargs", "time", "stdbuf", "timeout"];
const SHELLS = ["sh", "bash", "ash", "dash", "zsh"];
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;

export const baseName = (path: string): string => path.replace(/^\/(?:usr\/)?(?:local\/)?s?bin\//, "");

/** The words from the program on that a command runs in the end. */
function unwrapped(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !ASSIGNMENT.test(word));
  const [name = "", ...rest] = start < 0 ? [] : words.slice(start);
  if (!WRAPPERS.includes(baseName(name))) return name === "" ? [] : [name, ...rest];
  if (rest[0] === "-v" || rest[0] === "-V") return [name, ...rest];
  const wrapped = rest.findIndex(
    (word) => !word.startsWith("-") && !ASSIGNMENT.test(word) && !/^\d+[smh]?$/.test(word),
  );
  return wrapped < 0 ? [name] : unwrapped(rest.slice(wrapped));
}

/** The script that `sh -c` gets; `undefined`: this is no such command. */
export function scriptOf([name = "", ...args]: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => /^-[abd-z]*c[a-z]*$/.test(arg));
  return SHELLS.includes(baseName(name)) && at >= 0 ? args[at + 1] : undefined;
}

/**
 * The commands that a POSIX shell would run for this script, in order. What a script computes (`$(…)`, `eval`, variables as commands)
 * is not followed.
 */
export function shellCommands(script: string): ShellCommand[] {
  const found: ShellCommand[] = [];
  let words: string[] = [];
  let depth = 0;
  /** Whether an earlier command of the same list decides. */
  let isConditional = false;
  const end = (operator: string): void => {
    const called = unwrapped(words);
    words = [];
    const isCertain = depth === 0 && !isConditional;
    const inner = scriptOf(called);
    const [name = "", ...args] = called;
    if (inner !== undefined) {
      found.push(...shellCommands(inner).map((one) => ({ ...one, isCertain: one.isCertain && isCertain })));
    } else if (name !== "") found.push({ name: baseName(name), args, isCertain });
    if (operator === "||" || (operator === "&&" && ASK.includes(name))) isConditional = true;
    else if (operator === ";" || operator === "\n" || operator === "&") isConditional = false;
  };
  for (const { kind, text } of tokensOf(script)) {
    if (kind === "operator") {
      end(text);
    } else if (words.length === 0 && OPENS.includes(text)) {
      depth += 1;
      if (text !== "if" && text !== "while" && text !== "until") words = [":"];
    } else if (words.length === 0 && CLOSES.includes(text)) {
      depth = Math.max(0, depth - 1);
    } else if (words.length === 0 && INSIDE.includes(text)) {
      // What follows is a command.
    } else words.push(text);
  }
  end("\n");
  return found.filter(({ name }) => name !== ":");
}
