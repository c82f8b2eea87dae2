import { secondsBetween } from "../time.ts";

/** For so long after its start ECS may not show what was started yet, in seconds: what it answers is eventually consistent. */
const unseenSeconds = 60;

/** Whether ECS may not show yet what was started then. `null`: it was not started. */
export const mayBeUnseen = (startedAt: string | null, now: string): boolean =>
  startedAt !== null && Math.abs(secondsBetween(startedAt, now)) < unseenSeconds;
