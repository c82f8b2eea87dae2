import type { Deployment } from "../deployment/deployment.ts";
import { type Effect, effectKey, isQuiet } from "../deployment/effect.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import { isHeld, LeaseLostError, leaseSeconds, nobody } from "../deployment/lease.ts";
import { plusSeconds } from "../time.ts";
import { apply, applyAndThen, contextOf } from "./apply.ts";
import { carryOut } from "./carry-out.ts";
import type { WorkerDeps } from "./deps.ts";

/** Lets events happen to the deployment whose outbox is carried out next, as `apply` does. */
export type Happen = (at: number | Deployment, ...events: readonly DeploymentEvent[]) => Promise<Deployment | null>;

/** One go at a deployment's outbox. */
interface Go {
  readonly deps: WorkerDeps;
  /** The name under which it holds leases. */
  readonly holder: string;
  /** The effects that it has tried. */
  readonly tried: Set<string>;
}

/**
 * ECS has no token for `UpdateService`: two at the same moment would replace each other's release. A pause ends once, and
 * a stop that does not wait for a start under way finds nothing to stop. What is live is noted in the order of the releases.
 */
const exclusive: ReadonlySet<Effect["type"]> = new Set([
  "start_release",
  "check_release",
  "resume_release",
  "start_processes",
  "stop_processes",
  "stop_release",
  "stop_orphaned_release",
  "confirm_stopped",
  "record_release",
]);

/**
 * Tries each effect in the outbox of a deployment once, those included that an earlier one brought about. `first`: what happens
 * to the deployment before; answers its row.
 */
export async function carryOutbox(
  deps: WorkerDeps,
  first: (happen: Happen) => Promise<Deployment | null>,
): Promise<void> {
  const go: Go = { deps, holder: deps.holder(), tried: new Set() };
  const happen: Happen = (at, ...events) => applyAndThen(deps, at, events, (next) => leasesAfter(go, next));
  /** What was carried out and is not written down yet: it goes with the next write. */
  let done: readonly DeploymentEvent[] = [];
  let row = await first(happen);
  while (row !== null) {
    const effect = nextOf(go, row);
    if (effect === undefined && done.length === 0) return;
    if (effect !== undefined && exclusive.has(effect.type) && !holds(go, row, effect)) {
      row = await happen(row, ...done);
      done = [];
      // Somebody else has it.
      if (row !== null && nextOf(go, row) === effect && !holds(go, row, effect)) go.tried.add(effectKey(effect));
      continue;
    }
    const events: readonly DeploymentEvent[] | null = effect === undefined ? [] : await tryOnce(go, row, effect, done);
    if (events === null) row = await deps.deployments.get(row.id);
    else if (effect !== undefined && isQuiet[effect.type]) done = [...done, ...events];
    else {
      row = await happen(row, ...done, ...events);
      done = [];
    }
  }
}

/** Whoever holds an effect carries out what comes before it, too. */
function nextOf({ deps, holder, tried }: Go, { outbox, lease }: Deployment): Effect | undefined {
  const isTheirs = lease !== null && ![holder, nobody].includes(lease.holder) && isHeld(lease, deps.now());
  const theirs = isTheirs ? outbox.findIndex((effect) => effectKey(effect) === lease.key) : -1;
  return outbox.slice(theirs + 1).find((effect) => !tried.has(effectKey(effect)));
}

const holds = ({ holder }: Go, { lease }: Deployment, effect: Effect): boolean =>
  lease?.holder === holder && lease.key === effectKey(effect);

/**
 * What goes into the same write as what led to this row: the lease of what was tried and is not done is given back, and that of
 * the effect that only one may carry out is taken where such a one comes next. What is quiet may come before it.
 */
function leasesAfter({ deps, holder, tried }: Go, { outbox, lease }: Deployment): readonly DeploymentEvent[] {
  const isOver = lease?.holder === holder && tried.has(lease.key);
  const back: readonly DeploymentEvent[] = isOver ? [{ type: "effect_put_off", holder }] : [];
  const next = outbox.find((effect) => !tried.has(effectKey(effect)) && !isQuiet[effect.type]);
  if (next === undefined || !exclusive.has(next.type)) return back;
  const now = deps.now();
  if (!isOver && isHeld(lease, now)) return back;
  return [...back, { type: "effect_begun", key: effectKey(next), holder, until: plusSeconds(now, leaseSeconds) }];
}

/** What has happened then; `null`: nothing, since somebody else may be at it by now. */
async function tryOnce(
  go: Go,
  row: Deployment,
  effect: Effect,
  done: readonly DeploymentEvent[],
): Promise<readonly DeploymentEvent[] | null> {
  const { deps, holder, tried } = go;
  tried.add(effectKey(effect));
  const confirm = exclusive.has(effect.type) ? () => confirmLease(go, row.id, effect) : async () => undefined;
  try {
    return await carryOut(deps, row, effect, confirm);
  } catch (error) {
    if (error instanceof LeaseLostError) {
      deps.logger.warn(error.message, contextOf(row));
      return null;
    }
    // What was done before is written down all the same, and what it holds and has not begun is left to others.
    const isBegun = row.lease?.holder !== holder || tried.has(row.lease.key);
    const back: readonly DeploymentEvent[] = isBegun ? [] : [{ type: "effect_put_off", holder }];
    if (done.length + back.length > 0) await apply(deps, row, ...done, ...back);
    throw error;
  }
}

/** A worker that was held up past its lease must not act: it reads the row again right before. */
async function confirmLease({ deps, holder }: Go, id: number, effect: Effect): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row?.lease?.holder !== holder || !isHeld(row.lease, deps.now())) throw new LeaseLostError(effectKey(effect));
}
