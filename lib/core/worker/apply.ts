import { decide } from "../deployment/decide.ts";
import type { Deployment, ListedDeployment } from "../deployment/deployment.ts";
import { effectKey } from "../deployment/effect.ts";
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
  /** Whether this very event made the transition. `false`: it was illegal, outdated or repeated, or another event won the race. */
  readonly changed: boolean;
  readonly row: Deployment;
}

/**
 * Lets an event happen to a deployment. Answers the row as it is afterwards, changed or not, or `null` if there is none.
 * What it newly enqueues is in its outbox.
 */
export async function apply(deps: ApplyDeps, id: number, event: DeploymentEvent): Promise<Deployment | null> {
  return (await applyOnce(deps, id, event))?.row ?? null;
}

/**
 * The same, and whether it was this event that changed the row: one transition, one conditional write; a lost race is
 * decided again on the newer row, where the event may no longer be allowed. `null`: there is no such deployment.
 */
export function applyOnce(deps: ApplyDeps, id: number, event: DeploymentEvent): Promise<Applied | null> {
  return retryOnConflict(deps, `the row of deployment ${id}`, async () => {
    const row = await deps.deployments.get(id);
    if (row === null) {
      deps.logger.info("There is no such deployment any more", { deployment_id: id, event: event.type });
      return null;
    }
    const decision = decide(row, event, deps.now());
    if ("ignored" in decision) {
      deps.logger.info(`Ignored: ${decision.ignored}`, { deployment_id: id, app_id: row.app_id, event: event.type });
      return { changed: false, row };
    }
    const next = withStoredText(decision.next);
    if (!(await deps.deployments.replace(next))) return conflict;
    deps.logger.info(`${event.type}: ${row.stage} → ${next.stage}`, {
      ...contextOf(next),
      effects: decision.effects.map(effectKey),
    });
    await schedulePoll(deps, row, next);
    return { changed: true, row: next };
  });
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
