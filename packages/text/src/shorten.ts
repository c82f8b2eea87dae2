/** At most `longest` UTF-16 units, the last of them `…` where something is left out. No character is cut in half. */
export function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
