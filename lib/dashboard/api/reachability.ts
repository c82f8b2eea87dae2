import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let reachable = true;

/** Reported by each request to the control plane: did anybody answer? */
export function reportReachable(answered: boolean): void {
  if (answered === reachable) return;
  reachable = answered;
  for (const listener of listeners) listener();
}

/** Whether the control plane answered when it was last asked. */
export const useReachable = (): boolean => useSyncExternalStore(subscribe, () => reachable);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
