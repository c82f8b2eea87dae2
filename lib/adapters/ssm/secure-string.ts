import { setTimeout as pause } from "node:timers/promises";
import { ParameterAlreadyExists, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Overwrite } from "../../core/ports/apps.ts";

/**
 * Parameter Store takes about three writes a second, and the SDK gives up after three attempts. An answer of the API must not
 * take longer than GitHub or a person waits.
 */
const retryMs = 9_000;
const firstPauseMs = 100;
const longestPauseMs = 1_000;

/** How long a request goes on trying what Parameter Store throttles. */
export interface Retries {
  /** Whether there is time to try once more, after a pause. */
  again(): Promise<boolean>;
}

export function retries(limitMs = retryMs): Retries {
  const begun = performance.now();
  let attempts = 0;
  return {
    again: async () => {
      if (performance.now() - begun > limitMs) return false;
      // Full jitter: those who were refused together must not come again together.
      await pause(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** attempts));
      attempts += 1;
      return true;
    },
  };
}

/**
 * Puts a SecureString; with `missing`, one that is there already stays as it is. Tries again while Parameter Store throttles, as
 * long as `until` says, and then throws its `ThrottlingException`. Answers whether it was written.
 */
export async function putSecureString(
  client: SSMClient,
  Name: string,
  Value: string,
  which: Overwrite,
  until: Retries = retries(),
): Promise<boolean> {
  for (;;) {
    try {
      await client.send(new PutParameterCommand({ Name, Value, Type: "SecureString", Overwrite: which === "all" }));
      return true;
    } catch (error) {
      if (which === "missing" && error instanceof ParameterAlreadyExists) return false;
      if (!isThrottled(error) || !(await until.again())) throw error;
    }
  }
}

/** SSM's model has no class for it. */
export const isThrottled = (error: unknown): boolean =>
  error instanceof Error && (error.name === "ThrottlingException" || error.name === "TooManyUpdates");
