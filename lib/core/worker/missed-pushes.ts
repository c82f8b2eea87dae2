import type { App } from "../app.ts";
import { freezeAt } from "../freeze.ts";
import type { HeadPoll } from "../ports/git.ts";
import type { BranchMark } from "../push/branch-mark.ts";
import { skipMarkerIn } from "../push/skip-marker.ts";
import { deployPush } from "./deploy-push.ts";
import type { WorkerDeps } from "./deps.ts";

/** A Git host that does not answer in this time is asked again at the next round. */
const pollDeadlineMs = 20_000;
/** A push that is seen before its webhook has reported it is not missed yet. Webhooks come within seconds. */
const onItsWaySeconds = 15;
/** Where a deployment of the same commit is looked for. */
const newest = 100;

const actor = "Slipway (found by polling)";
const reason = "No webhook reported this push; it was found by polling the branch.";

/** Has each app looked after that pushes come to by webhook. Apps that never got one are deployed when somebody asks. */
export async function pollHeads(deps: WorkerDeps): Promise<void> {
  for (const { app_id } of await deps.marks.list()) {
    await deps.queue.send({ type: "head", app_id, suspect: null });
  }
}

/** Compares the head of an app's branch with what was asked for, and deploys a push that no webhook reported. */
export async function pollHead(deps: WorkerDeps, appId: number, suspect: string | null): Promise<void> {
  const [app, mark] = [await deps.apps.get(appId), await deps.marks.get(appId)];
  if (app === null || app.deleted_at !== null || mark === null || !isOf(mark, app)) return;
  const { repo_url: url, git_token, branch } = app.settings;
  const head = await deps.heads.poll({ app_id: appId, url, git_token, branch }, mark.etag, pollDeadlineMs);
  switch (head.outcome) {
    case "unchanged":
      return;
    case "refused":
    case "unreachable":
      return deps.logger.warn(`The head of the branch is not known: ${head.message}`, { app_id: appId });
    case "resolved":
      return compare(deps, { app, mark, head, suspect });
  }
}

/** A mark that was left at another repository or branch says nothing; the next push moves it. */
const isOf = (mark: BranchMark, { settings }: App): boolean =>
  mark.repo_url === settings.repo_url && mark.branch === settings.branch;

interface Comparison {
  readonly app: App;
  readonly mark: BranchMark;
  readonly head: Extract<HeadPoll, { outcome: "resolved" }>;
  readonly suspect: string | null;
}

async function compare(deps: WorkerDeps, { app, mark, head, suspect }: Comparison): Promise<void> {
  const { commit, message, etag } = head;
  const { repo_url, branch, auto_deploy } = app.settings;
  const isHeld =
    skipMarkerIn(message) !== null || !auto_deploy || freezeAt(await deps.freezes.get(), deps.now()) !== null;
  if (commit !== mark.commit) {
    if (isHeld || (await wasAskedFor(deps, mark, commit))) {
      await deps.marks.passed({ app_id: app.id, repo_url, branch, commit, before: mark.commit });
    } else if (suspect !== commit) {
      return deps.queue.send({ type: "head", app_id: app.id, suspect: commit }, onItsWaySeconds);
    } else {
      const push = { branch, before: mark.commit, commit, message, actor, reason, delivery: null };
      const id = await deployPush(deps, app, push);
      deps.logger.warn("A push was missed, and found by polling", {
        app_id: app.id,
        deployment_id: id,
        commit_hash: commit,
      });
    }
  }
  if (etag !== mark.etag) await deps.marks.recordEtag(app.id, commit, etag);
}

/** By anybody, since the last push that was dealt with: an older deployment of it may have been left on purpose. */
async function wasAskedFor(deps: WorkerDeps, { app_id, asked }: BranchMark, commit: string): Promise<boolean> {
  const since = asked?.deployment_id ?? 0;
  const { deployments } = await deps.deployments.list({ apps: [app_id], stage: null, limit: newest, before: null });
  return deployments.some((row) => row.app_id === app_id && row.commit_hash === commit && row.id >= since);
}
