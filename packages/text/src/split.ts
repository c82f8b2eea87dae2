/** Cuts `text` into pieces of at most `limit` (≥ 4) bytes of UTF-8, never within a character. No text: one empty piece. */
export function splitLong(text: string, limit: number): string[] {
  // A UTF-16 unit is three bytes at most: what is short enough by that measure need not be encoded.
  if (text.length * 3 <= limit) return [text];
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  let from = 0;
  while (bytes.length - from > limit) {
    let to = from + limit;
    while (((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.toString("utf8", from, to));
    from = to;
  }
  return [...pieces, bytes.toString("utf8", from)];
}
