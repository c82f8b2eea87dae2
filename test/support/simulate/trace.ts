/** What happened, a line each. Nothing is formatted while nobody wants to read it. */
export interface Trace {
  readonly lines: readonly string[];
  add(time: number, who: string, what: string | (() => string)): void;
}

export function traceOf(isWanted: boolean): Trace {
  const lines: string[] = [];
  return {
    lines,
    add: (time, who, what) => {
      if (!isWanted) return;
      lines.push(
        `${(time / 1000).toFixed(3).padStart(9)}  ${who.padEnd(12)} ${typeof what === "string" ? what : what()}`,
      );
    },
  };
}
