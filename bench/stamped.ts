import { healthyApp } from "../test/support/apps.ts";
import { type Line, linesOf, type WatchedFrame } from "./watch.ts";

/** An app whose build prints so many lines, some at a time, each with the time at which it does and its number. */
export function stampedApp({
  lines,
  atOnce,
  everyMs,
}: {
  readonly lines: number;
  readonly atOnce: number;
  readonly everyMs: number;
}): Record<string, string> {
  const script = `
let printed = 0;
const timer = setInterval(() => {
  let text = "";
  for (let n = 0; n < ${atOnce} && printed < ${lines}; n++) text += "stamp " + Date.now() + " " + ++printed + "\\n";
  process.stdout.write(text);
  if (printed >= ${lines}) clearInterval(timer);
}, ${everyMs});
`;
  return { ...healthyApp("stamped", ["node chatter.mjs"]), "chatter.mjs": script };
}

const stamp = /^stamp (\d+) (\d+)$/;

/** What somebody saw of a stamped build. */
export interface Seen {
  /** From printed to there, in milliseconds, one a line. */
  readonly delays: readonly number[];
  /** Lines that are missing, came twice or out of order. */
  readonly wrong: number;
}

/** Takes down the delay of each stamped line, and whether each came once and in order. */
export function stampReader(lines: number): { note(frame: WatchedFrame, at: number): void; seen(): Seen } {
  const delays: number[] = [];
  let next = 1;
  let wrong = 0;
  const take = ({ line }: Line, at: number): void => {
    const [, printedAt, number] = stamp.exec(line.trim()) ?? [];
    if (printedAt === undefined) return;
    delays.push(at - Number(printedAt));
    if (Number(number) === next) next += 1;
    else wrong += 1;
  };
  return {
    note: (frame, at) => {
      for (const line of linesOf(frame)) take(line, at);
    },
    seen: () => ({ delays, wrong: wrong + Math.max(0, lines - (next - 1)) }),
  };
}
