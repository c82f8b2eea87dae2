import { type BuildSlots, freeSlots, nextInLine, type Slot, takeSlot } from "../build-slots.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { awaitedBuilds, occupiedBuilds } from "../deployment/draft.ts";
import { conflict, retryOnConflict } from "../retry-on-conflict.ts";
import type { WorkerDeps } from "./deps.ts";

/** Asks for one of the installation's slots. `null`: it has one, or there is no limit; otherwise why it waits. */
export async function enterBuilds(deps: WorkerDeps, slot: Slot): Promise<string | null> {
  const limit = deps.maxConcurrentBuilds;
  if (limit === 0) return null;
  return retryOnConflict(deps, "the slots of the builds", async () => {
    const stored = await deps.buildSlots.get();
    const { outcome, slots } = takeSlot(stored, slot, limit);
    if (slots !== stored && !(await deps.buildSlots.replace(slots))) return conflict;
    if (outcome === "granted") return null;
    return `Waiting for another build to finish: ${slots.running.length} of ${limit} are running`;
  });
}

/** Makes room, and notifies those whose turn it is to ask again. */
export async function leaveBuilds(deps: WorkerDeps, gone: readonly Slot[]): Promise<void> {
  const limit = deps.maxConcurrentBuilds;
  if (limit === 0) return;
  const left = await retryOnConflict(deps, "the slots of the builds", async () => {
    const stored = await deps.buildSlots.get();
    const slots = freeSlots(stored, gone);
    if (slots !== stored && !(await deps.buildSlots.replace(slots))) return conflict;
    return slots;
  });
  await wake(deps, nextInLine(left, limit));
}

async function wake(deps: WorkerDeps, slots: readonly Slot[]): Promise<void> {
  for (const { deployment_id } of slots) {
    await deps.queue.send({ type: "deployment", deployment_id, event: { type: "woken" } });
  }
}

/**
 * The rows of the deployments are the truth: a slot whose build is neither wanted nor runs is free, whoever died before
 * giving it back. An attempt never comes back, so what was found gone stays gone whatever happens meanwhile.
 */
export async function tidyBuilds(deps: WorkerDeps): Promise<void> {
  const { running, waiting } = await deps.buildSlots.get();
  const gone = [...(await without(deps, running, occupiedBuilds)), ...(await without(deps, waiting, awaitedBuilds))];
  if (running.length + waiting.length === 0) return;
  if (gone.length > 0) deps.logger.info("Slots of builds that are over were freed", { gone });
  await leaveBuilds(deps, gone);
}

async function without(
  deps: WorkerDeps,
  slots: BuildSlots["running"],
  attemptsOf: (row: Deployment) => readonly number[],
): Promise<readonly Slot[]> {
  const gone: Slot[] = [];
  for (const slot of slots) {
    const row = await deps.deployments.get(slot.deployment_id);
    if (row === null || !attemptsOf(row).includes(slot.attempt)) gone.push(slot);
  }
  return gone;
}
