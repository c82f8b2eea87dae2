import { gzipSync } from "node:zlib";
import type { Tail, Tails } from "../../lib/core/ports/app-logs.ts";

/** The newest lines of apps' logs in memory. */
export function memoryTails(): Tails {
  const tails = new Map<number, Tail>();
  const claims = new Map<number, number>();
  return {
    get: async (appId) => tails.get(appId) ?? null,
    claim: async (appId, nowMs, before) => {
      if ((claims.get(appId) ?? Number.NEGATIVE_INFINITY) >= before) return false;
      claims.set(appId, nowMs);
      return true;
    },
    put: async (appId, tail) => {
      if (gzipSync(JSON.stringify(tail.events)).length > 350_000) return false;
      tails.set(appId, tail);
      return true;
    },
  };
}
