import { setTimeout as pause } from "node:timers/promises";
import { apiAt } from "../../test/support/api.ts";
import type { Installation } from "./installation.ts";
import type { Complain } from "./report.ts";

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks reads what the wire carries, and says what it must be.
  readonly body: any;
  /** How often it was asked without knowing whether it was carried out. */
  readonly lost: number;
}

/** A program that calls the API and does not give up: over restarts, 429 and 5xx. */
export interface Caller {
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** How many answers were 5xx. */
  serverErrors(): number;
}

const attempts = 600;
const betweenMs = 500;

/** `token`: as whom it calls; without one, as whoever calls from this machine. */
export function createCaller(installation: Installation, complain: Complain, token?: string): Caller {
  let serverErrors = 0;
  /** `null`: nobody answered. */
  const once = async (url: string, ...call: Parameters<Caller["ask"]>) => {
    try {
      return await apiAt(url, token).call(...call);
    } catch (error) {
      // Anything else is an answer that is not described.
      if (!isBroken(error)) complain("an answer is not as described", String(error));
      return null;
    }
  };
  return {
    serverErrors: () => serverErrors,
    ask: async (method, path, body, headers) => {
      let lost = 0;
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const answer = await once(await installation.up(), method, path, body, headers);
        if (answer !== null && answer.status < 500 && answer.status !== 429)
          return { status: answer.status, body: answer.body, lost };
        if (answer !== null && answer.status >= 500) serverErrors++;
        if (answer?.status !== 429) lost++;
        await pause(betweenMs);
      }
      throw new Error(`${method} ${path} was not answered in ${attempts} attempts.`);
    },
  };
}

/** What fetch throws when the connection breaks. */
const isBroken = (error: unknown): boolean => error instanceof TypeError;
