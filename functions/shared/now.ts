import { toTimestamp } from "../../lib/core/time.ts";

/** The one place where the functions read the clock. */
export const now = (): string => toTimestamp(Date.now());
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);
