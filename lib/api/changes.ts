import type { ShownChanges } from "../contract/answers/deployments.ts";
import { changesSchema } from "../contract/requests.ts";
import type { App, Settings } from "../core/app.ts";
import { releasedSettings, withSettingsOf } from "../core/configuration/configuration.ts";
import { differences } from "../core/configuration/differences.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import type { CommitRange } from "../core/ports/git.ts";
import { readableApp } from "./apps.ts";
import { readableDeployment } from "./deployments.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { parse } from "./parse.ts";

/** People wait for it, and see the settings also where the Git server does not answer. */
const deadlineMs = 5_000;

/** What is to be compared with what is live: which commit of which app's repository, and its settings. */
interface Candidate {
  readonly repository: Pick<Deployment, "app_id" | "settings">;
  /** `""`: it is not known. */
  readonly commit: string;
  readonly settings: Settings;
}

/** What a deployment changes against the release that was live before it, or is live now if it has not begun. */
export async function showDeploymentChanges(deps: ApiDeps, call: Call): Promise<Answer> {
  const row = await readableDeployment(deps, call, call.id);
  const app = await deps.apps.get(row.app_id);
  const isFixed = row.configuration !== null || row.keeps_configuration || app === null;
  const before = row.configuration === null ? (app?.live_deployment_id ?? null) : row.live_before;
  const settings = isFixed ? row.settings : withSettingsOf(app.settings, row.settings, "build");
  return data(await changesOf(deps, await live(deps, before), { repository: row, commit: row.commit_hash, settings }));
}

/** What a release that nobody has asked for yet would change. */
export async function showAppChanges(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { of, deploymentId, configuration } = parse(changesSchema, call.query);
  const before = await live(deps, app.live_deployment_id);
  if (deploymentId !== undefined) {
    const target = await readableDeployment(deps, call, deploymentId);
    const kinds = target.app_id === app.id && configuration === "as_released" ? (["build", "release"] as const) : [];
    const { architecture } = target.settings;
    const settings = { ...withSettingsOf(app.settings, target.settings, ...kinds), architecture };
    return data(await changesOf(deps, before, { repository: target, commit: target.commit_hash, settings }));
  }
  const repository = { app_id: app.id, settings: app.settings };
  const commit = of === "live" ? (before?.commit_hash ?? "") : await headOf(deps, app);
  return data(await changesOf(deps, before, { repository, commit, settings: app.settings }));
}

const live = async (deps: ApiDeps, id: number | null): Promise<Deployment | null> =>
  id === null ? null : deps.deployments.get(id);

async function headOf(deps: ApiDeps, { id, settings }: App): Promise<string> {
  const { repo_url: url, git_token, branch } = settings;
  const head = await deps.heads.resolve({ app_id: id, url, git_token, branch, commit: "" }, deadlineMs);
  return head.outcome === "resolved" ? head.commit : "";
}

async function changesOf(deps: ApiDeps, before: Deployment | null, next: Candidate): Promise<ShownChanges> {
  if (before === null) {
    const nothing = { commits: [], commits_complete: true, removed_commits: [], removed_commits_complete: true };
    return { compared_with: null, ...nothing, settings: [] };
  }
  const { app_id, settings } = next.repository;
  const { repo_url: url, git_token } = settings;
  const between = async (base: string, head: string): Promise<CommitRange> =>
    base === "" || head === ""
      ? { commits: [], complete: false }
      : deps.histories.between({ app_id, url, git_token, base, head }, deadlineMs);
  const [added, removed] = await Promise.all([
    between(before.commit_hash, next.commit),
    between(next.commit, before.commit_hash),
  ]);
  return {
    compared_with: before.id,
    commits: added.commits,
    commits_complete: added.complete,
    removed_commits: removed.commits,
    removed_commits_complete: removed.complete,
    settings: differences(releasedSettings(before.settings), releasedSettings(next.settings)),
  };
}
