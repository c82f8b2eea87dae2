import type { Clock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/service.ts";

/**
 * Parameter Store takes about three writes a second of an account in a region, after a short burst. AWS documents neither: the
 * rate is what its support says (https://github.com/github-aws-runners/terraform-aws-github-runner/issues/2944).
 */
const writes = { burst: 10, perSecond: 3 };

/** Throws `ThrottlingException` where a write comes too soon. */
export function writeThrottle(clock: Pick<Clock, "elapsed">): () => void {
  let left = writes.burst;
  let at = clock.elapsed();
  return () => {
    const now = clock.elapsed();
    left = Math.min(writes.burst, left + ((now - at) / 1000) * writes.perSecond);
    at = now;
    if (left < 1) throw new AwsError("ThrottlingException", "Rate exceeded");
    left -= 1;
  };
}
