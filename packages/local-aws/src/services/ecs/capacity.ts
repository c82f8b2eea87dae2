import type { Scheduler } from "./scheduler.ts";
import type { Store } from "./store.ts";

/** How many tasks services run, for whoever scales them. They are named `service/<cluster>/<name>`. */
export interface Capacity {
  /** `undefined`: there is no such service. */
  of(resourceId: string): { readonly desired: number; readonly isDeploying: boolean } | undefined;
  set(resourceId: string, desired: number): void;
}

export function createCapacity(store: Store, scheduler: Pick<Scheduler, "wake">): Capacity {
  const find = (resourceId: string) => {
    const service = store.services.get(store.arn(resourceId));
    return service?.status === "ACTIVE" ? service : undefined;
  };
  return {
    of: (resourceId) => {
      const service = find(resourceId);
      return service && { desired: service.desiredCount, isDeploying: service.deployment !== null };
    },
    set: (resourceId, desiredCount) => {
      const service = find(resourceId);
      if (service === undefined) return;
      store.change(service, { desiredCount });
      scheduler.wake(service.arn);
    },
  };
}
