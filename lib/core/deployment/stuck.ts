import { plusSeconds } from "../time.ts";
import { isOpen, type OpenDeployment } from "./deployment.ts";

/** A message that a worker died with comes again after six minutes; only after that something is wrong. */
const stuckAfterSeconds = 10 * 60;

/** Whether it should be over for longer than a retry takes: its deadline has passed and it goes on, or it has ended and something is left to be done. */
export function isStuck(deployment: OpenDeployment, now: string): boolean {
  const over = deployment.finished_at ?? deployment.deadline_at;
  return isOpen(deployment) && (over === null || plusSeconds(over, stuckAfterSeconds) < now);
}
