/**
 * What a terminal would obey: control sequences (CSI, with its parameters in group 1 and its last byte in group 2), strings
 * to the terminal (OSC sets titles and the clipboard; DCS, SOS, PM, APC), other escapes, single control characters but tab
 * and newline, and characters that turn the direction of writing.
 */
const obeyed =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /(?:\u001b\[|\u009b)([0-?]*[ -/]*)([@-~])?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\u202a-\u202e\u2066-\u2069]/g;

const reset = "\u001b[0m";

/** A text from elsewhere, of one line or several, that can only be read: a terminal obeys nothing in it. */
export const plainText = (text: string): string => text.replace(obeyed, "");

/** The same, but with its colours, which end with each line. */
export function colouredText(text: string): string {
  const kept = text.replace(obeyed, (_all, parameters: string | undefined, last: string | undefined) =>
    last === "m" && /^[0-9;:]*$/.test(parameters ?? "") ? `\u001b[${parameters}m` : "",
  );
  return kept.includes("\u001b") ? kept.replace(/(?=\n)|(?<!\n)$/g, reset) : kept;
}

/** A text from elsewhere as part of a line: line breaks and tabs are blanks in it. */
export const inlineText = (text: string): string => plainText(text.replace(/[\t\n\r]+/g, " ")).trim();
