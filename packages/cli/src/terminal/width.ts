import truncatedWidth from "fast-string-truncated-width";

/** How many columns of a terminal a text takes: East Asian characters and emoji take two, colours none. */
export const widthOf = (text: string): number => truncatedWidth(text).width;

/** A text in at most so many columns; a cut is marked by `…`. It has no colours. */
export function fitted(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  let kept = "";
  // The first one of a program takes 20 ms, and most commands cut nothing.
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A text and the blanks that fill its columns up; in front of it for what is aligned to the right. */
export function padded(text: string, columns: number, align: "left" | "right" = "left"): string {
  const blanks = " ".repeat(Math.max(0, columns - widthOf(text)));
  return align === "left" ? text + blanks : blanks + text;
}

/** A text in lines of at most so many columns, broken between words; all lines but the first begin with `indent` blanks, and each with those of the text. */
export function wrapped(text: string, columns: number, indent = 0): string {
  const own = /^ +/.exec(text)?.[0] ?? "";
  if (own !== "")
    return own + wrapped(text.slice(own.length), columns - own.length, indent).replaceAll("\n", `\n${own}`);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    const room = columns - (lines.length === 0 ? 0 : indent);
    if (line === "" || widthOf(longer) <= room) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
