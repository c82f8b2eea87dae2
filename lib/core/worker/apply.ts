import { decide } from "../deployment/decide.ts";
import type { Deployment, ListedDeployment } from "../deployment/deployment.ts";
import { type Effect, effectKey } from "../deployment/effect.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import { withStoredText } from "../deployment/stored-text.ts";
import type { Logger } from "../logger.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { WorkQueue } from "../ports/infrastructure.ts";
import { conflict, type RetryDeps, retryOnConflict } from "../retry-on-conflict.ts";
import { secondsBetween } from "../time.ts";

/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

/** What it takes to let something happen to a deployment. */
export interface ApplyDeps extends RetryDeps {
  readonly deployments: Deployments;
  readonly queue: WorkQueue;
  readonly now: () => string;
  readonly logger: Logger;
}

/** What an event did to a deployment. `row` is the deployment afterwards. */
export interface Applied {
  /** Whether one of these very events made the transition. `false`: they were illegal, outdated or repeated, or others won the race. */
  readonly changed: boolean;
  readonly row: Deployment;
}

/**
 * Lets events happen to a deployment, one after the other and in one write. Answers the row as it is afterwards, changed or
 * not, or `null` if there is none. What they newly enqueue is in its outbox.
 */
export async function apply(
  deps: ApplyDeps,
  at: number | Deployment,
  ...events: readonly DeploymentEvent[]
): Promise<Deployment | null> {
  return (await applyOnce(deps, at, ...events))?.row ?? null;
}

/**
 * The same, and whether it was these events that changed the row: one conditional write; a lost race is decided again on the
 * newer row, where they may no longer be allowed. `at`: the deployment by its id, or as it was read or written since the events
 * were known of, or by whoever brought them about: that spares a read. `null`: there is no such deployment.
 */
export function applyOnce(
  deps: ApplyDeps,
  at: number | Deployment,
  ...events: readonly DeploymentEvent[]
): Promise<Applied | null> {
  return transition(deps, at, events, () => []);
}

/** The same, with what follows for whoever applies them: `then` says which events the row that they lead to brings about. */
export async function applyAndThen(
  deps: ApplyDeps,
  at: number | Deployment,
  events: readonly DeploymentEvent[],
  then: (next: Deployment) => readonly DeploymentEvent[],
): Promise<Deployment | null> {
  return (await transition(deps, at, events, then))?.row ?? null;
}

function transition(
  deps: ApplyDeps,
  at: number | Deployment,
  first: readonly DeploymentEvent[],
  then: (next: Deployment) => readonly DeploymentEvent[],
): Promise<Applied | null> {
  const id = typeof at === "number" ? at : at.id;
  let known = typeof at === "number" ? null : at;
  return retryOnConflict(deps, `the row of deployment ${id}`, async () => {
    const row = known ?? (await deps.deployments.get(id));
    known = null;
    if (row === null) {
      deps.logger.info("There is no such deployment any more", { deployment_id: id, event: namesOf(first) });
      return null;
    }
    const now = deps.now();
    const events = [...first, ...then(decideAll(row, first, now).next)];
    const { next, effects, ignored } = decideAll(row, events, now);
    for (const [event, why] of ignored)
      deps.logger.info(`Ignored: ${why}`, { deployment_id: id, app_id: row.app_id, event: event.type });
    if (next === row) return { changed: false, row };
    const stored = withStoredText(next);
    if (!(await deps.deployments.replace(stored))) return conflict;
    deps.logger.info(`${namesOf(events)}: ${row.stage} → ${stored.stage}`, {
      ...contextOf(stored),
      effects: effects.map(effectKey),
    });
    await schedulePoll(deps, row, stored);
    return { changed: true, row: stored };
  });
}

const namesOf = (events: readonly DeploymentEvent[]): string => events.map(({ type }) => type).join(", ");

interface Decided {
  /** The next version of the row, whatever number of events it is made of; the very row where all were ignored. */
  readonly next: Deployment;
  readonly effects: readonly Effect[];
  readonly ignored: readonly (readonly [event: DeploymentEvent, why: string])[];
}

/** What events do to a row one after the other. */
function decideAll(row: Deployment, events: readonly DeploymentEvent[], now: string): Decided {
  let next = row;
  const effects: Effect[] = [];
  const ignored: (readonly [DeploymentEvent, string])[] = [];
  for (const event of events) {
    const decision = decide({ ...next, version: row.version }, event, now);
    if ("ignored" in decision) ignored.push([event, decision.ignored]);
    else {
      next = decision.next;
      effects.push(...decision.effects);
    }
  }
  return { next, effects, ignored };
}

/** What a log line about a deployment carries. */
export const contextOf = (row: ListedDeployment) => ({
  deployment_id: row.id,
  app_id: row.app_id,
  commit_hash: row.commit_hash,
  stage: row.stage,
  version: row.version,
  ...(row.stage === "failed"
    ? { error_code: row.error_code, error_message: row.error_message, exit_code: row.exit_code }
    : {}),
});

async function schedulePoll(deps: ApplyDeps, before: Deployment, after: Deployment): Promise<void> {
  const due = after.next_poll_at;
  if (due === null || due === before.next_poll_at) return;
  const delay = Math.min(longestDelaySeconds, Math.max(0, secondsBetween(deps.now(), due) + 1));
  await deps.queue.send({ type: "poll", deployment_id: after.id, due }, delay);
}
