import { secondsBetween } from "../time.ts";
import type { DeploymentOutcome } from "./outcome.ts";

/** A deployment that was to bring something new, and what became of it. A rollback brings nothing new: it is none. */
export interface Change {
  readonly outcome: DeploymentOutcome;
  /** It reached the app: `deploying` was entered. A build that failed changed nothing for anybody. */
  readonly reached: boolean;
  /** It failed in `deploying`, or went live and was put back by a later rollback. */
  readonly failed: boolean;
  /** Seconds until a release that works served again; `null`: it did not fail, or nothing has restored it yet. */
  readonly restored_after: number | null;
}

/** The changes among outcomes of any apps, repeated and in any order. */
export function changesIn(outcomes: readonly DeploymentOutcome[]): readonly Change[] {
  const known = new Map(outcomes.map((outcome) => [outcome.deployment_id, outcome]));
  const apps = Map.groupBy(known.values(), ({ app_id }) => app_id);
  return [...apps.values()].flatMap((ofApp) => {
    const inOrder = ofApp.toSorted(byEnd);
    return inOrder.flatMap((outcome, at) => {
      if (isRollback(outcome)) return [];
      const next = inOrder.slice(at + 1).find(({ stage }) => stage === "success");
      return [changeOf(outcome, next)];
    });
  });
}

/** An app releases one at a time, so that they went live in the order in which they ended. */
const byEnd = (one: DeploymentOutcome, other: DeploymentOutcome): number =>
  one.finished_at.localeCompare(other.finished_at) || one.deployment_id - other.deployment_id;

const isRollback = ({ rollback_of }: DeploymentOutcome): boolean => rollback_of !== null;

/** `next`: the release of the same app that went live after it. */
function changeOf(outcome: DeploymentOutcome, next: DeploymentOutcome | undefined): Change {
  const reached = outcome.seconds.deploying !== undefined;
  const common = { outcome, reached };
  if (outcome.stage === "success") {
    const putBack = next !== undefined && isRollback(next) && next.rollback_of !== outcome.deployment_id;
    return { ...common, failed: putBack, restored_after: putBack ? untilEnd(outcome, next) : null };
  }
  if (outcome.failed_stage !== "deploying") return { ...common, failed: false, restored_after: null };
  const itself = outcome.rolled_back ? (outcome.seconds.deploying ?? null) : null;
  return { ...common, failed: true, restored_after: itself ?? (next === undefined ? null : untilEnd(outcome, next)) };
}

const untilEnd = (from: DeploymentOutcome, to: DeploymentOutcome): number =>
  secondsBetween(from.finished_at, to.finished_at);
