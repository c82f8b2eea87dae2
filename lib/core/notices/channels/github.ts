import { type GitHubRepository, repositoryOf } from "../../github/repository.ts";
import type { CommitStatus, GitHubAnswer } from "../../ports/github.ts";
import { plusSeconds } from "../../time.ts";
import type { NoticesDeps } from "../deps.ts";
import type { GitHubMessage } from "../message.ts";
import { linkTo, type NoticedDeployment } from "../notice.ts";
import { type DeliveryOutcome, delayAfter } from "../outcome.ts";
import { claimReport, type GitHubReport } from "./github-report.ts";
import { commitState, deploymentState, isWorthReporting, type StatusUpdate, statusUpdateOf } from "./github-status.ts";

/** GitHub's place among the endpoints of an app: whether it works is kept by the repository. */
export const gitHubEndpoint = (repoUrl: string) => ({ id: "github", addressed_at: repoUrl });

/** Calls that make something: GitHub allows 80 a minute, and a deployment has three updates at most. */
const pace = { burst: 10, perMinute: 25 };
/** Others deliver an earlier update for as long as a few calls take. */
const heldSeconds = 3;

/** Whether a deployment's new stage is GitHub's business. */
export async function concernsGitHub({ gitHub }: NoticesDeps, deployment: NoticedDeployment): Promise<boolean> {
  const isThere = statusUpdateOf(deployment) !== null && repositoryOf(deployment.repo_url, gitHub.url) !== null;
  return isThere && (await gitHub.isConnected());
}

/** Reports a deployment's status to GitHub: later updates overtake earlier ones, and never the other way round. */
export async function notifyGitHub(deps: NoticesDeps, message: GitHubMessage): Promise<void> {
  const { deployment, attempt } = message;
  const { reports, url } = deps.gitHub;
  const update = statusUpdateOf(deployment);
  const repository = repositoryOf(deployment.repo_url, url);
  if (update === null || repository === null) return;
  const key = { app_id: deployment.app_id, deployment_id: deployment.id };
  const stored = await reports.get(key);
  const claimed = claimReport(stored, key, { rank: update.rank, attempt }, deps.now());
  if (claimed.outcome === "outdated")
    return deps.logger.info("A status update for GitHub is outdated", contextOf(message));
  if (claimed.outcome === "held") return deps.queue.send(message, heldSeconds);
  const isDue = isWorthReporting(update, claimed.next.reported);
  const seconds = isDue ? await secondsUntilTurn(deps, deployment) : 0;
  if (seconds > 0) return deps.queue.send(message, Math.min(seconds, 900));
  const next: GitHubReport = isDue ? claimed.next : { ...claimed.next, lease_until: null, settled: true };
  if (!(await reports.replace(next, deps.now()))) return deps.queue.send(message, heldSeconds);
  if (isDue) await deliver(deps, message, { update, repository, claimed: next, isFirst: stored === null });
}

async function secondsUntilTurn(deps: NoticesDeps, { app_id, repo_url }: NoticedDeployment): Promise<number> {
  const now = deps.now();
  const { id, addressed_at } = gitHubEndpoint(repo_url);
  const healths = await deps.healths.list(app_id);
  const quiet = healths.find((one) => one.endpoint_id === id && one.addressed_at === addressed_at)?.quiet_until ?? null;
  if (quiet !== null && quiet > now) return Math.ceil((Date.parse(quiet) - Date.parse(now)) / 1000);
  const taken = await deps.requests.take("notices#github", pace, Date.parse(now));
  return taken.allowed ? 0 : taken.retryAfter;
}

interface GitHubDelivery {
  readonly update: StatusUpdate;
  readonly repository: GitHubRepository;
  readonly claimed: GitHubReport;
  /** Nothing of this deployment was reported to GitHub before. */
  readonly isFirst: boolean;
}

/** One attempt. The next one is on the queue before this one is over. */
async function deliver(deps: NoticesDeps, message: GitHubMessage, delivery: GitHubDelivery): Promise<void> {
  const { deployment, attempt } = message;
  const { outcome, report } = await send(deps, deployment, delivery);
  await noteHealth(deps, deployment, outcome);
  const delay = delayAfter(attempt, outcome);
  if (delay !== null) await deps.queue.send({ ...message, attempt: attempt + 1 }, delay);
  const isDone = outcome.outcome === "sent";
  const course = isDone ? delivery.update.course : report.reported;
  const concluded = { ...report, reported: course, lease_until: null, settled: delay === null };
  await deps.gitHub.reports.replace({ ...concluded, version: report.version + 1 }, deps.now());
  const words = isDone
    ? "GitHub was notified"
    : delay === null
      ? "Notifying GitHub was given up"
      : "Notifying GitHub is retried";
  const level = isDone ? "info" : "warn";
  deps.logger[level](words, { ...contextOf(message), course: delivery.update.course, answer: outcome.answer });
}

/** The deployment and its status first, then the commit's: whoever follows the commit's link finds the rest there. */
async function send(
  deps: NoticesDeps,
  deployment: NoticedDeployment,
  delivery: GitHubDelivery,
): Promise<{ readonly outcome: DeliveryOutcome; readonly report: GitHubReport }> {
  const { api, reports } = deps.gitHub;
  const { update, repository } = delivery;
  const page = linkTo(deps.publicUrl, deployment.id);
  const log = page === null ? null : `${page}#log`;
  const made = await deploymentAt(deps, deployment, delivery);
  if (made.outcome !== "answered") return { outcome: outcomeOf(made), report: delivery.claimed };
  const report = await recordDeployment(deps, delivery.claimed, made.value);
  const status = { state: deploymentState[update.course], description: update.description, log_url: log };
  const environment_url = update.course === "success" ? deployment.url : null;
  const set = await api.setDeploymentStatus(repository, made.value, { ...status, environment_url });
  if (set.outcome !== "answered") return { outcome: outcomeOf(set), report };
  const { app_id, app_name, commit_hash } = deployment;
  if (!(await reports.takeCommit(app_id, commit_hash, deployment.id, deps.now())))
    return { outcome: { outcome: "sent", answer: "The commit's status is a later deployment's." }, report };
  const commit: CommitStatus = {
    state: commitState[update.course],
    context: `slipway/${app_name}`,
    description: update.description,
    target_url: log,
  };
  return { outcome: outcomeOf(await api.setStatus(repository, commit_hash, commit)), report };
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
      return { outcome: "sent", answer: "GitHub took it." };
    case "not_installed":
      return { outcome: "permanent", answer: notInstalled };
    case "rate_limited":
      return { outcome: "rate_limited", answer: answer.message, seconds: answer.seconds };
    case "unreachable":
      return { outcome: "retryable", answer: answer.message };
    case "refused":
      return { outcome: "permanent", answer: answer.message };
  }
}

/** No failure: nobody promised that the app is installed on each repository. */
const notInstalled = "The GitHub App is not installed on this repository.";

async function noteHealth(deps: NoticesDeps, deployment: NoticedDeployment, outcome: DeliveryOutcome): Promise<void> {
  if (outcome.answer === notInstalled) return;
  const { app_id, repo_url } = deployment;
  const now = deps.now();
  const record = (attempted: Parameters<NoticesDeps["healths"]["record"]>[2]) =>
    deps.healths.record(app_id, gitHubEndpoint(repo_url), attempted, now);
  if (outcome.outcome === "sent") await record({ outcome: "sent" });
  else if (outcome.outcome !== "rate_limited") await record({ outcome: "failed", error: outcome.answer });
  else if (outcome.seconds !== null) await record({ outcome: "postponed", until: plusSeconds(now, outcome.seconds) });
}

const contextOf = ({ attempt, deployment }: GitHubMessage) => ({
  deployment_id: deployment.id,
  app_id: deployment.app_id,
  stage: deployment.stage,
  attempt,
});
