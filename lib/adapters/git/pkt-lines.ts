/** A line, or the mark of an end: of a section (`0001`), or of all (`0000`, `0002`). */
export type PktLine = Buffer | "section" | "end";

const marks: Readonly<Record<number, PktLine>> = { 0: "end", 1: "section", 2: "end" };

/** Reads what Git's protocols are made of: https://git-scm.com/docs/protocol-common#_pkt_line_format. Throws where it is something else. */
export function readPktLines(bytes: Buffer): readonly PktLine[] {
  const lines: PktLine[] = [];
  for (let at = 0; at < bytes.length; ) {
    const digits = bytes.toString("latin1", at, at + 4);
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    const mark = marks[length];
    if (mark === undefined && !(length >= 4 && at + length <= bytes.length))
      throw new Error("it does not answer in Git's protocol");
    lines.push(mark ?? bytes.subarray(at + 4, at + length));
    at += mark === undefined ? length : 4;
  }
  return lines;
}

const written: Readonly<Record<string, string>> = { section: "0001", end: "0000" };

/** `"section"` and `"end"` are marks, everything else is a line. */
export const writePktLines = (lines: readonly string[]): Buffer =>
  Buffer.from(
    lines.map((line) => written[line] ?? `${(line.length + 4).toString(16).padStart(4, "0")}${line}`).join(""),
  );
