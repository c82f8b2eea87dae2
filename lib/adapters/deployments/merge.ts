import type { Deployment } from "../../core/deployment.ts";

/** Newest first over several lists; a row that eventual consistency shows in two of them is taken in its newer version. */
export function mergeNewest(lists: readonly (readonly Deployment[])[]): Deployment[] {
  const newest = new Map<number, Deployment>();
  for (const deployment of lists.flat()) {
    const known = newest.get(deployment.id);
    if (known === undefined || known.version < deployment.version) newest.set(deployment.id, deployment);
  }
  return [...newest.values()].sort((a, b) => b.id - a.id);
}
