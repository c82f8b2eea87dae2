import { type Deployment, isRollback } from "../deployment/deployment.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import type { Lane } from "../lane/lane.ts";
import { appWasDeleted } from "./deleted-app.ts";
import { requestPush } from "./deploy-push.ts";
import type { WorkerDeps } from "./deps.ts";

/** A Git host that does not answer in this time is not asked again: the numbers decide. */
const headDeadlineMs = 20_000;

/**
 * Webhooks of two pushes may arrive in any order, and numbers are given as they arrive. What the branch contains decides:
 * where a push does not go on from the newest of those there are, the host is asked whether one of them is its head.
 * Answers what has happened then; `null`: the numbers are right, or nobody can say.
 */
export async function outdatedByBranch(deps: WorkerDeps, row: Deployment, lane: Lane): Promise<DeploymentEvent | null> {
  const others = await othersOf(deps, row, lane);
  const [newest] = others;
  if (newest === undefined || isInOrder(row, newest)) return null;
  const { app_id, branch, settings } = row;
  const repository = { app_id, url: settings.repo_url, git_token: settings.git_token, branch, commit: "" };
  const head = await deps.heads.resolve(repository, headDeadlineMs);
  if (head.outcome !== "resolved") return null;
  if (row.id < newest.id) return head.commit === row.commit_hash ? askAgain(deps, row) : null;
  const atHead = others.find(({ commit_hash }) => commit_hash === head.commit);
  if (atHead === undefined) return null;
  await passOver(deps, row, head.commit);
  return { type: "superseded", by: atHead.id };
}

/**
 * Other commits of the same branch that run, wait, are live or entered last, newest first. The newest alone would not do:
 * somebody may have asked for an older commit while the head is under way. None after a rollback, which wants out of them.
 */
async function othersOf(deps: WorkerDeps, row: Deployment, lane: Lane): Promise<readonly Deployment[]> {
  const { highest, waiting, running } = lane;
  if (highest === 0 || [highest, waiting, running].includes(row.id)) return [];
  const newest = await deps.deployments.get(highest);
  if (newest === null || isRollback(newest)) return [];
  // Read after the lane: whoever has left it as the one that is live was noted as that before.
  const live = (await deps.apps.get(row.app_id))?.live_deployment_id ?? null;
  const ids = new Set([waiting, running, live].filter((id) => id !== null));
  ids.delete(highest);
  const older = await Promise.all([...ids].map((id) => deps.deployments.get(id)));
  return [newest, ...older]
    .flatMap((other) => (other !== null && isOtherCommit(other, row) ? [other] : []))
    .toSorted((one, other) => other.id - one.id);
}

const isOtherCommit = (other: Deployment, row: Deployment): boolean =>
  !isRollback(other) &&
  other.branch === row.branch &&
  other.commit_hash !== "" &&
  other.commit_hash !== row.commit_hash;

/** The other has to be a push: a person may have asked for an older commit while a newer one is under way. */
const isInOrder = (row: Deployment, other: Deployment): boolean =>
  other.trigger === "webhook" && row.id > other.id && row.pushed_from === other.commit_hash;

/** So that nobody takes the head for a missed push when the branch is polled. */
async function passOver(deps: WorkerDeps, { app_id, settings, branch, commit_hash }: Deployment, head: string) {
  const { repo_url } = settings;
  await deps.marks.passed({ app_id, repo_url, branch, commit: head, before: commit_hash });
}

/** Its number is lower than that of an older push: it is asked for again under a number of its own, once. */
async function askAgain(deps: WorkerDeps, row: Deployment): Promise<DeploymentEvent> {
  const app = await deps.apps.get(row.app_id);
  if (app === null || app.deleted_at !== null) return appWasDeleted;
  const nowSeconds = Math.floor(Date.parse(deps.now()) / 1000);
  const fresh = await deps.counters.next("deployments");
  const id = await deps.pushes.claimForDelivery(`again#${row.id}`, row.app_id, fresh, nowSeconds);
  const { branch, commit_hash: commit, commit_message: message, actor, reason } = row;
  await requestPush(deps, app, { branch, before: row.pushed_from ?? "", commit, message, actor, reason }, id);
  return { type: "superseded", by: id };
}
