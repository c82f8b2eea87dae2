import type { ListedDeployment } from "../../core/deployment/deployment.ts";

/** Newest first over several lists; a row that eventual consistency shows in two of them is taken in its newer version. */
export function mergeNewest(lists: readonly (readonly ListedDeployment[])[]): ListedDeployment[] {
  const newest = new Map<number, ListedDeployment>();
  for (const deployment of lists.flat()) {
    const known = newest.get(deployment.id);
    if (known === undefined || known.version < deployment.version) newest.set(deployment.id, deployment);
  }
  return [...newest.values()].sort((a, b) => b.id - a.id);
}
