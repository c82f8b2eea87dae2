import truncatedWidth from "fast-string-truncated-width";

/** How many columns of a terminal a text takes: East Asian characters and emoji take two, colours none. */
export const widthOf = (text: string): number => truncatedWidth(text).width;

/** A text in at most so many columns; what is cut off is told by `…`. Colours are cut off too. */
export function fitted(text: string, columns: number): string {
  const { index, truncated } = truncatedWidth(text, { limit: columns, ellipsis: "…" });
  return truncated ? `${text.slice(0, index)}…`.slice(0, Math.max(0, columns)) : text;
}

/** A text and the blanks that fill its columns up; in front of it for what is aligned to the right. */
export function padded(text: string, columns: number, align: "left" | "right" = "left"): string {
  const blanks = " ".repeat(Math.max(0, columns - widthOf(text)));
  return align === "left" ? text + blanks : blanks + text;
}
