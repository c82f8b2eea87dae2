/** The words of a command line, with what is in quotes as one word and a backslash before what stands for itself. */
export function wordsOf(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, (_all, escaped, double, single) =>
      escaped ?? single ?? String(double).replaceAll(/\\(["\\])/g, "$1"),
    ),
  );
}
