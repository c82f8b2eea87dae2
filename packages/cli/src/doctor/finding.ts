/** What was looked at, and how it is. */
export interface Finding {
  readonly check: string;
  /** `skipped`: it does not apply, or could not be looked at. */
  readonly outcome: "well" | "wrong" | "skipped";
  readonly says: string;
  /** What to do; `null`: nothing. */
  readonly advice: string | null;
}

export const well = (check: string, says: string, advice: string | null = null): Finding => ({
  check,
  outcome: "well",
  says,
  advice,
});
export const wrong = (check: string, says: string, advice: string): Finding => ({
  check,
  outcome: "wrong",
  says,
  advice,
});
export const skipped = (check: string, says: string): Finding => ({ check, outcome: "skipped", says, advice: null });
