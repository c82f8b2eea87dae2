/**
 * Makes text from elsewhere something that can only be read. It is done once where text is stored, and again where it is shown,
 * since what was stored before was not. Whoever shows text takes it from here: nobody has a list of their own.
 */

/**
 * What a terminal obeys: control sequences (CSI, with its parameters in group 1 and its last byte in group 2), strings to the
 * terminal (OSC sets titles, links and the clipboard; DCS, SOS, PM, APC), which end with their line if not before, and other
 * escapes. Each branch takes whatever it began with, so that nothing is gone through twice.
 */
const sequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /(?:\u001b\[|\u009b)([0-?]*[ -/]*)([@-~])?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/gu;

/** Control characters but tab and newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/**
 * What nobody sees: format characters (they turn the direction of writing, join, or have no width), the line ends that only
 * Unicode has, and what Unicode calls ignorable by default: letters without a shape, and code points that are kept for more of
 * them. Variation selectors stay: they choose between shapes of the character before them.
 */
const invisible = /(?!\p{Variation_Selector})[\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/** A joiner that writing needs: in emoji of several, and within words of scripts that join. */
const joiner = new RegExp(
  [
    String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
    String.raw`(?<=[\p{L}\p{M}])(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\u200c\u200d](?=[\p{L}\p{M}])(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])`,
  ].join("|"),
  "uy",
);

const unseen = new RegExp([sequence, control, invisible].map(({ source }) => source).join("|"), "gu");

/** Most text has none of all this. */
const suspicious =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /(?!\p{Variation_Selector})[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}]/u;

/** A text of one line or several that can only be read: no control characters but tab and newline, nothing invisible. */
export function plainText(text: string): string {
  return suspicious.test(text) ? between(text, () => "") : text;
}

/** The same, but with its colours (SGR), each as `ESC [ … m`. */
export function colouredText(text: string): string {
  const colour = (parameters: string, last: string | undefined): string =>
    last === "m" && /^[0-9;:]*$/.test(parameters) ? `\u001b[${parameters}m` : "";
  return suspicious.test(text) ? between(text, colour) : text;
}

/** What is seen between the sequences, each by itself, so that it is the same with colours and without. */
function between(text: string, instead: (parameters: string, last: string | undefined) => string): string {
  let kept = "";
  let from = 0;
  for (const found of text.matchAll(sequence)) {
    const [all, parameters = "", last] = found;
    kept += visible(text.slice(from, found.index)) + instead(parameters, last);
    from = found.index + all.length;
  }
  return kept + visible(text.slice(from));
}

/** What is seen of a text, in pieces, each with its place in it. Tabs and newlines are seen. */
export function pieces(text: string): { readonly text: string; readonly at: number }[] {
  if (!suspicious.test(text)) return [{ text, at: 0 }];
  const seen: { text: string; at: number }[] = [];
  let from = 0;
  for (const { 0: all, index } of text.matchAll(unseen)) {
    if (index > from) seen.push({ text: text.slice(from, index), at: from });
    from = index + all.length;
  }
  if (from < text.length) seen.push({ text: text.slice(from), at: from });
  return seen;
}

/** A text as part of a line: line ends and tabs are blanks in it. */
export const inlineText = (text: string): string => plainText(text.replace(/[\t\n\r\u2028\u2029]+/g, " ")).trim();

function visible(text: string): string {
  if (!suspicious.test(text)) return text;
  const printed = text.toWellFormed().replace(control, "");
  return printed.replace(invisible, (character, at: number) => {
    joiner.lastIndex = at;
    return joiner.test(printed) ? character : "";
  });
}
