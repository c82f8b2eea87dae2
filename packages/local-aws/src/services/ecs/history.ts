import { isFinished, type Service } from "./model.ts";
import type { Store } from "./store.ts";

/** Service deployments, and task definitions that are inactive, of each service. AWS shows those of the last 90 days. */
const KEPT = 50;
/** How long a stopped task can be described, as on AWS. */
export const STOPPED_SHOWN_MS = 60 * 60 * 1000;

/** Forgets what of a service's past nobody asks for any more, so that its thousandth deployment costs what its first did. */
export function forgetHistory(store: Store, service: Service): void {
  const deployments = store.deploymentsOf(service.arn);
  const old = deployments.slice(KEPT).filter(isFinished);
  if (old.length === 0) return;
  for (const { arn } of old) store.deployments.delete(arn);
  const kept = deployments.filter((one) => !old.includes(one));
  const named = new Set([service.steady, ...kept.flatMap((one) => [one.target, one.rollback?.serviceRevisionArn])]);
  const revisions = store.revisions.where("service", service.arn);
  for (const { arn } of revisions) if (!named.has(arn)) store.revisions.delete(arn);
  const used = new Set(revisions.filter(({ arn }) => named.has(arn)).map(({ taskDefinition }) => taskDefinition));
  const { family } = store.taskDefinition(service.taskDefinition);
  const definitions = store.taskDefinitions.where("family", family).sort((a, b) => b.revision - a.revision);
  for (const { arn, status } of definitions.slice(KEPT)) {
    if (status !== "ACTIVE" && !used.has(arn)) store.taskDefinitions.delete(arn);
  }
}
