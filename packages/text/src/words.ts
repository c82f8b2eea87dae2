/** The words of a command line, with what is in quotes as one word and a backslash before what stands for itself. */
export function wordsOf(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g,
      (_all, escaped?: string, double?: string, single?: string) =>
        escaped ?? single ?? (double ?? "").replaceAll(/\\(["\\])/g, "$1"),
    ),
  );
}

/** The command line of which {@link wordsOf} makes these words. */
export const commandLine = (words: readonly string[]): string => words.map(quoted).join(" ");

function quoted(word: string): string {
  if (word !== "" && !/[\s"'\\]/.test(word)) return word;
  return word.includes("'") ? `"${word.replaceAll(/["\\]/g, "\\$&")}"` : `'${word}'`;
}
