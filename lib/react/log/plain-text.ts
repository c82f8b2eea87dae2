import type { LogLine } from "../../client/index.ts";

const esc = "\u001b";
/** Operating system commands (titles, hyperlinks), control sequences, other escapes, and what is left of control characters. */
const sequences = new RegExp(
  [
    `${esc}\\][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)?`,
    `${esc}\\[[0-?]*[ -/]*[@-~]?`,
    `${esc}[ -/]*[0-~]?`,
    "[\\u0000-\\u0008\\u000a-\\u001a\\u001c-\\u001f\\u007f]",
  ].join("|"),
  "g",
);
const colour = new RegExp(`^${esc}\\[[\\d;]*m$`);
const colours = new RegExp(`${esc}\\[[\\d;]*m`, "g");

/** A line without its end and without what a terminal would not print, except for colours. */
export function colouredText({ line }: LogLine): string {
  const text = line.endsWith("\n") ? line.slice(0, -1) : line;
  return text.replace(sequences, (sequence) => (colour.test(sequence) ? sequence : ""));
}

const known = new WeakMap<LogLine, string>();

/** What a person reads of a line. A line's text is worked out once: a search asks for all of them with each letter. */
export function plainText(line: LogLine): string {
  let text = known.get(line);
  if (text === undefined) {
    text = colouredText(line).replace(colours, "");
    known.set(line, text);
  }
  return text;
}

/** The whole log as one text, as it is copied and downloaded. */
export const logText = (lines: readonly LogLine[]): string => lines.map(plainText).join("\n");
