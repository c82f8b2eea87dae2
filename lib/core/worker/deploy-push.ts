import type { App } from "../app.ts";
import { requestDeployment } from "../deployment/request.ts";
import type { Logger } from "../logger.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { BranchMarks, Pushes } from "../ports/git.ts";
import type { Counters, WorkQueue } from "../ports/infrastructure.ts";
import { subjectOf } from "../push/subject.ts";

/** What it takes to deploy a push. */
export interface PushDeps {
  readonly counters: Counters;
  readonly deployments: Pick<Deployments, "create">;
  readonly pushes: Pushes;
  readonly marks: BranchMarks;
  readonly queue: WorkQueue;
  readonly now: () => string;
  readonly logger: Logger;
}

/** A push that an app is concerned by. */
export interface PushedCommit {
  readonly branch: string;
  /** `""`: not known. */
  readonly before: string;
  readonly commit: string;
  /** The commit's whole message. */
  readonly message: string;
  readonly actor: string;
  /** Who that is; `null` or absent: nobody with an identity here. */
  readonly actor_id?: string | null;
  readonly reason: string | null;
  /** The delivery that reported it; `null`: it has no name, or there was none. */
  readonly delivery: string | null;
}

/**
 * Asks for the deployment of a push, and answers its number when the row, its message and the app's mark are durable.
 * Again for the same push, by whatever way it comes, it is the same number; what a crash left out is done then.
 */
export async function deployPush(deps: PushDeps, app: App, push: PushedCommit): Promise<number> {
  const { branch, commit } = push;
  const { repo_url } = app.settings;
  const [stored, fresh] = await Promise.all([deps.marks.get(app.id), deps.counters.next("deployments")]);
  const mark = stored?.repo_url === repo_url && stored.branch === branch ? stored : null;
  if (mark?.commit === commit && mark.asked?.commit === commit) return mark.asked.deployment_id;

  const before = push.before === "" ? (mark?.commit ?? "") : push.before;
  const goesOn = mark === null || before === mark.commit;
  const since = goesOn ? (mark?.asked?.deployment_id ?? 0) : null;
  const nowSeconds = Math.floor(Date.parse(deps.now()) / 1000);
  const pushed = { app_id: app.id, branch, before, commit, since };
  const id = await deps.pushes.claim(pushed, fresh, nowSeconds, push.delivery);
  await requestPush(deps, app, push, id);
  return id;
}

/** The row, its message and the app's mark for a push under a number that was claimed for it. What is there already stays. */
export async function requestPush(
  deps: PushDeps,
  app: App,
  push: Omit<PushedCommit, "delivery">,
  id: number,
): Promise<void> {
  const { branch, commit } = push;
  const { repo_url } = app.settings;
  await requestOnce(deps, app, push, id);
  await deps.queue.send({ type: "deployment", deployment_id: id, event: { type: "woken" } });
  await deps.marks.asked({ app_id: app.id, repo_url, branch, commit, deployment_id: id });
}

async function requestOnce(deps: PushDeps, app: App, push: Omit<PushedCommit, "delivery">, id: number): Promise<void> {
  const row = requestDeployment(
    {
      id,
      app,
      trigger: "webhook",
      actor: push.actor,
      actor_id: push.actor_id ?? null,
      reason: push.reason,
      branch: push.branch,
      commit: { hash: push.commit, message: subjectOf(push.message) },
      image_digest: null,
      rollback_of: null,
      pushed_from: push.before,
    },
    deps.now(),
  );
  if (!(await deps.deployments.create(row))) return;
  deps.logger.info("A deployment was requested", {
    deployment_id: id,
    app_id: app.id,
    commit_hash: row.commit_hash,
    trigger: row.trigger,
  });
}
