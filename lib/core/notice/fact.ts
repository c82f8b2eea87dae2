export interface Fact {
  readonly label: string;
  readonly value: string;
  /** An address of Slipway's own making, as against what people wrote. */
  readonly isLink: boolean;
}

/** Seconds as people say them. */
export function inWords(seconds: number): string {
  const rest = `${seconds % 60} s`;
  return seconds < 60 ? rest : `${Math.floor(seconds / 60)} min ${rest}`;
}
