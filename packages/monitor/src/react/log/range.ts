/** Lines of a log that a link names, from 1, both included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** What `#L12` and `#L12-L20` name; `null`: no line. */
export function rangeIn(hash: string): LineRange | null {
  const [, from, to = from] = /^#L([1-9]\d{0,8})(?:-L([1-9]\d{0,8}))?$/.exec(hash) ?? [];
  return from === undefined ? null : between(Number(from), Number(to));
}

/** The hash that names some lines. */
export const hashOf = (from: number, to = from): string => (to === from ? `#L${from}` : `#L${from}-L${to}`);

/** From one line to another, in whichever order they were chosen. */
export const between = (one: number, other: number): LineRange => ({
  from: Math.min(one, other),
  to: Math.max(one, other),
});
