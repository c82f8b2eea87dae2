import type { BranchMarks, Pushes } from "../../lib/core/ports/git.ts";
import type { Counters } from "../../lib/core/ports/infrastructure.ts";
import type { BranchMark } from "../../lib/core/push/branch-mark.ts";
import type { PushOutcome } from "../../lib/core/push/push.ts";

/** Pushes and deliveries in maps that forget nothing. */
export function memoryPushes(): Pushes {
  const claims = new Map<string, number>();
  const outcomes = new Map<string, PushOutcome>();
  const first = <T>(map: Map<string, T>, key: string, value: T): T => {
    const stands = map.get(key) ?? value;
    map.set(key, stands);
    return stands;
  };
  return {
    claimForDelivery: async (delivery, appId, deploymentId) =>
      first(claims, JSON.stringify([delivery, appId]), deploymentId),
    claim: async ({ app_id, branch, before, commit, since }, deploymentId, _nowSeconds, delivery = null) => {
      const step = JSON.stringify([app_id, branch, before, commit]);
      const wished = delivery === null ? deploymentId : first(claims, JSON.stringify([delivery, app_id]), deploymentId);
      if (since === null) return first(claims, step, wished);
      const id = first(claims, JSON.stringify([step, since]), wished);
      first(claims, step, id);
      return id;
    },
    outcomeOf: async (delivery) => outcomes.get(delivery) ?? null,
    conclude: async (delivery, outcome) => first(outcomes, delivery, outcome),
  };
}

/** Marks by app, in a map that a test may fill and look into. */
export function memoryMarks(kept = new Map<number, BranchMark>()): BranchMarks {
  return {
    get: async (appId) => kept.get(appId) ?? null,
    list: async () => [...kept.values()].sort((a, b) => a.app_id - b.app_id),
    asked: async ({ deployment_id, ...at }) => {
      const asked = kept.get(at.app_id)?.asked ?? null;
      if (asked !== null && asked.deployment_id >= deployment_id) return;
      kept.set(at.app_id, { ...at, asked: { commit: at.commit, deployment_id }, etag: null });
    },
    passed: async ({ before, ...at }) => {
      const mark = kept.get(at.app_id);
      const isHere = mark?.branch === at.branch && mark.repo_url === at.repo_url;
      if (before !== null && isHere && mark.commit !== before) return;
      kept.set(at.app_id, { ...at, asked: mark?.asked ?? null, etag: null });
    },
    recordEtag: async (appId, commit, etag) => {
      const mark = kept.get(appId);
      if (mark?.commit === commit) kept.set(appId, { ...mark, etag });
    },
    remove: async (appId) => void kept.delete(appId),
  };
}

export function memoryCounters(): Counters {
  const last = new Map<string, number>();
  return {
    next: async (name) => {
      const next = (last.get(name) ?? 0) + 1;
      last.set(name, next);
      return next;
    },
  };
}
