import { type GitHubRepository, repositoryOf } from "../../github/repository.ts";
import type { Claim } from "../../notice/delivery.ts";
import { claimReport, type GitHubReport, type GitHubReportKey } from "../../notice/github-report.ts";
import {
  commitState,
  deploymentState,
  isWorthReporting,
  type StatusUpdate,
  statusUpdateOf,
} from "../../notice/github-status.ts";
import type { OneNotice } from "../../notice/message.ts";
import { linkTo, type NoticedDeployment } from "../../notice/notice.ts";
import type { CommitStatus, GitHubAnswer } from "../../ports/github.ts";
import { attempt, type Sent } from "../sending/attempt.ts";
import type { Channel } from "../sending/channel.ts";
import type { NoticesDeps } from "../sending/deps.ts";
import type { DeliveryOutcome } from "../sending/outcome.ts";

/** GitHub's place among the endpoints of an app; the others have ids that are made up. */
export const gitHubId = "github";

/** Whether GitHub works is kept by the repository. */
export const gitHubEndpoint = (repoUrl: string) => ({ id: gitHubId, addressed_at: repoUrl });

/** Calls that make something: GitHub allows 80 a minute, and a deployment has three updates at most. */
const gitHub: Channel<ReturnType<typeof gitHubEndpoint>> = {
  pace: { burst: 10, perMinute: 25 },
  bucket: () => gitHubId,
};

/** Others deliver an earlier update for as long as a few calls take. */
const heldSeconds = 3;

/** Whether a deployment's new stage is GitHub's business. */
export async function concernsGitHub({ gitHub }: NoticesDeps, deployment: NoticedDeployment): Promise<boolean> {
  const isThere = statusUpdateOf(deployment) !== null && repositoryOf(deployment.repo_url, gitHub.url) !== null;
  return isThere && (await gitHub.isConnected());
}

/** Reports a deployment's status to GitHub: later updates overtake earlier ones, and never the other way round. */
export async function reportToGitHub(deps: NoticesDeps, message: OneNotice): Promise<void> {
  const { deployment } = message;
  const { reports, url } = deps.gitHub;
  const update = statusUpdateOf(deployment);
  const repository = repositoryOf(deployment.repo_url, url);
  if (update === null || repository === null) return;
  const key = { app_id: deployment.app_id, deployment_id: deployment.id };
  const stored = await reports.get(key);
  await attempt<ReturnType<typeof gitHubEndpoint>, GitHubReport>(deps, message, {
    recipient: gitHubEndpoint(deployment.repo_url),
    channel: gitHub,
    heldSeconds,
    claim: async () => claimUpdate(stored, key, update, message.attempt, deps.now()),
    replace: (row) => reports.replace(row, deps.now()),
    send: (claimed) => send(deps, deployment, { update, repository, claimed, isFirst: stored === null }),
    conclude: (row, settled) => ({
      ...row,
      reported: settled === "sent" ? update.course : row.reported,
      lease_until: null,
      settled: settled !== null,
      version: row.version + 1,
    }),
  });
}

function claimUpdate(
  stored: GitHubReport | null,
  key: GitHubReportKey,
  update: StatusUpdate,
  number: number,
  now: string,
): Claim<GitHubReport> {
  const claimed = claimReport(stored, key, { rank: update.rank, attempt: number }, now);
  if (claimed.outcome !== "claimed" || isWorthReporting(update, claimed.next.reported)) return claimed;
  return { outcome: "unneeded", next: { ...claimed.next, lease_until: null, settled: true } };
}

interface GitHubDelivery {
  readonly update: StatusUpdate;
  readonly repository: GitHubRepository;
  readonly claimed: GitHubReport;
  /** Nothing of this deployment was reported to GitHub before. */
  readonly isFirst: boolean;
}

/** The deployment and its status first, then the commit's: whoever follows the commit's link finds the rest there. */
async function send(
  deps: NoticesDeps,
  deployment: NoticedDeployment,
  delivery: GitHubDelivery,
): Promise<Sent<GitHubReport>> {
  const { api, reports } = deps.gitHub;
  const { update, repository } = delivery;
  const page = linkTo(deps.publicUrl, deployment.id);
  const log = page === null ? null : `${page}#log`;
  const made = await deploymentAt(deps, deployment, delivery);
  if (made.outcome !== "answered") return { outcome: outcomeOf(made), row: delivery.claimed };
  const report = await recordDeployment(deps, delivery.claimed, made.value);
  const status = { state: deploymentState[update.course], description: update.description, log_url: log };
  const environment_url = update.course === "success" ? deployment.url : null;
  const set = await api.setDeploymentStatus(repository, made.value, { ...status, environment_url });
  if (set.outcome !== "answered") return { outcome: outcomeOf(set), row: report };
  const { app_id, app_name, commit_hash } = deployment;
  if (!(await reports.takeCommit(app_id, commit_hash, deployment.id, deps.now())))
    return { outcome: { outcome: "sent", answer: "The commit's status is a later deployment's." }, row: report };
  const commit: CommitStatus = {
    state: commitState[update.course],
    context: `slipway/${app_name}`,
    description: update.description,
    target_url: log,
  };
  return { outcome: outcomeOf(await api.setStatus(repository, commit_hash, commit)), row: report };
}

/** The GitHub Deployment of a deployment, made unless an attempt before this one has made it. */
async function deploymentAt(
  { gitHub: { api } }: NoticesDeps,
  deployment: NoticedDeployment,
  { claimed, repository, isFirst, update }: GitHubDelivery,
): Promise<GitHubAnswer<number>> {
  if (claimed.github_deployment_id !== null) return { outcome: "answered", value: claimed.github_deployment_id };
  const { id, app_name: environment, commit_hash: commit } = deployment;
  const sought = { commit, environment, deployment_id: id };
  if (!isFirst) {
    const found = await api.findDeployment(repository, sought);
    if (found.outcome !== "answered") return found;
    if (found.value !== null) return { outcome: "answered", value: found.value };
  }
  const task = deployment.trigger === "rollback" ? "deploy:rollback" : "deploy";
  return api.createDeployment(repository, { ...sought, task, description: update.description });
}

async function recordDeployment(
  deps: NoticesDeps,
  claimed: GitHubReport,
  github_deployment_id: number,
): Promise<GitHubReport> {
  if (claimed.github_deployment_id !== null) return claimed;
  const next = { ...claimed, github_deployment_id, version: claimed.version + 1 };
  await deps.gitHub.reports.replace(next, deps.now());
  return next;
}

function outcomeOf(answer: GitHubAnswer<unknown>): DeliveryOutcome {
  switch (answer.outcome) {
    case "answered":
      return { outcome: "sent", answer: "GitHub accepted it." };
    case "not_installed":
      // Nobody promised that the app is installed on each repository.
      return { outcome: "not_wanted", answer: "The GitHub App is not installed on this repository." };
    case "rate_limited":
      return { outcome: "rate_limited", answer: answer.message, seconds: answer.seconds };
    case "unreachable":
      return { outcome: "retryable", answer: answer.message };
    case "refused":
      return { outcome: "permanent", answer: answer.message };
  }
}
