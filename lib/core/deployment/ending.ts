import type { Ending } from "./deployment.ts";
import { type Draft, end } from "./draft.ts";

/** Ends a deployment as failed in the stage that it is in. `message` says what to do. */
export function fail(draft: Draft, code: string, message: string, now: string, exitCode: number | null = null): Draft {
  return end(
    draft,
    { stage: "failed", message, error_code: code, exit_code: exitCode, failed_stage: draft.stage },
    now,
  );
}

/** An end that is nobody's failure. */
export function endingWithoutError(stage: Ending["stage"], message: string): Ending {
  return { stage, message, error_code: null, exit_code: null, failed_stage: null };
}

/** A sentence with another one behind it, if there is one. */
export const joined = (message: string, more: string | null): string =>
  more === null ? message : `${message} ${more}`;
