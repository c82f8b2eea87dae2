import type { Claim } from "../../contract/build.ts";
import type { ControlPlane } from "./control-plane.ts";
import { backoff, pause, type Surroundings } from "./surroundings.ts";

/** How long to try before the build's own deadline is known. */
const CLAIM_MS = 60 * 60_000;

/** Learns what to build. `undefined` when the control plane refused, did not answer within an hour, or `signal` aborted first. */
export async function claimBuild(
  plane: ControlPlane,
  { now, after, random, complain }: Surroundings,
  signal: AbortSignal,
): Promise<Claim | undefined> {
  const giveUpAt = now() + CLAIM_MS;
  for (let failures = 1; !signal.aborted; failures += 1) {
    const answer = await plane.claim(signal);
    if (answer.kind === "claimed") return answer.claim;
    if (answer.kind === "refused") {
      complain(
        `The control plane refused this build (HTTP ${answer.status}): it is no longer active, or its ticket was used.`,
      );
      return undefined;
    }
    if (signal.aborted) return undefined;
    if (failures === 1) complain(`The control plane does not answer the claim: ${answer.reason}. Trying again.`);
    const pauseMs = Math.max(backoff(failures, random()), answer.afterMs);
    if (now() + pauseMs >= giveUpAt) {
      complain("The control plane did not answer the claim within an hour.");
      return undefined;
    }
    await pause(pauseMs, after, signal);
  }
  return undefined;
}
