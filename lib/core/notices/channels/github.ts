import { type GitHubRepository, repositoryOf } from "../../github/repository.ts";
import type { CommitStatus, GitHubAnswer } from "../../ports/github.ts";
import { plusSeconds } from "../../time.ts";
import type { GitHubMessage } from "../message.ts";
import { linkTo, type NoticedDeployment } from "../notice.ts";
import { delayAfter, type Outcome } from "../outcome.ts";
import type { NoticesWorld } from "../world.ts";
import { commitState, deploymentState, isWorthTelling, type News, newsOf } from "./github-news.ts";
import { claimReport, type Report } from "./github-report.ts";

/** GitHub's place among the endpoints of an app: whether it works is kept by the repository. */
export const gitHubEndpoint = (repoUrl: string) => ({ id: "github", addressed_at: repoUrl });

/** Calls that make something: GitHub allows 80 a minute, and news are three at most. */
const pace = { burst: 10, perMinute: 25 };
/** Others are about earlier news for as long as a few calls take. */
const heldSeconds = 3;

/** Whether a deployment's new stage is GitHub's business. */
export async function concernsGitHub({ gitHub }: NoticesWorld, deployment: NoticedDeployment): Promise<boolean> {
  const isThere = newsOf(deployment) !== null && repositoryOf(deployment.repo_url, gitHub.url) !== null;
  return isThere && (await gitHub.isConnected());
}

/** Tells GitHub how a deployment fares: later news overtake earlier ones, and never the other way round. */
export async function tellGitHub(world: NoticesWorld, message: GitHubMessage): Promise<void> {
  const { deployment, attempt } = message;
  const { reports, url } = world.gitHub;
  const news = newsOf(deployment);
  const repository = repositoryOf(deployment.repo_url, url);
  if (news === null || repository === null) return;
  const key = { app_id: deployment.app_id, deployment_id: deployment.id };
  const stored = await reports.get(key);
  const claimed = claimReport(stored, key, { rank: news.rank, attempt }, world.now());
  if (claimed.outcome === "outdated") return world.note("News for GitHub are outdated", contextOf(message));
  if (claimed.outcome === "held") return world.queue.send(message, heldSeconds);
  const isTold = isWorthTelling(news, claimed.next.told);
  const seconds = isTold ? await secondsUntilTurn(world, deployment) : 0;
  if (seconds > 0) return world.queue.send(message, Math.min(seconds, 900));
  const next: Report = isTold ? claimed.next : { ...claimed.next, lease_until: null, settled: true };
  if (!(await reports.replace(next, world.now()))) return world.queue.send(message, heldSeconds);
  if (isTold) await tell(world, message, { news, repository, claimed: next, isFirst: stored === null });
}

async function secondsUntilTurn(world: NoticesWorld, { app_id, repo_url }: NoticedDeployment): Promise<number> {
  const now = world.now();
  const { id, addressed_at } = gitHubEndpoint(repo_url);
  const healths = await world.healths.list(app_id);
  const quiet = healths.find((one) => one.endpoint_id === id && one.addressed_at === addressed_at)?.quiet_until ?? null;
  if (quiet !== null && quiet > now) return Math.ceil((Date.parse(quiet) - Date.parse(now)) / 1000);
  const taken = await world.requests.take("notices#github", pace, Date.parse(now));
  return taken.allowed ? 0 : taken.retryAfter;
}

interface Told {
  readonly news: News;
  readonly repository: GitHubRepository;
  readonly claimed: Report;
  /** Nobody has told GitHub anything of this deployment before. */
  readonly isFirst: boolean;
}

/** One attempt. The next one is on the queue before this one is over. */
async function tell(world: NoticesWorld, message: GitHubMessage, told: Told): Promise<void> {
  const { deployment, attempt } = message;
  const { outcome, report } = await send(world, deployment, told);
  await noteHealth(world, deployment, outcome);
  const delay = delayAfter(attempt, outcome);
  if (delay !== null) await world.queue.send({ ...message, attempt: attempt + 1 }, delay);
  const isDone = outcome.outcome === "sent";
  const course = isDone ? told.news.course : report.told;
  const concluded = { ...report, told: course, lease_until: null, settled: delay === null };
  await world.gitHub.reports.replace({ ...concluded, version: report.version + 1 }, world.now());
  const words = isDone ? "GitHub was told" : delay === null ? "GitHub is not told any more" : "GitHub is told again";
  world.note(words, { ...contextOf(message), course: told.news.course, answer: outcome.answer });
}

/** The deployment and its status first, then the commit's: whoever follows the commit's link finds the rest there. */
async function send(
  world: NoticesWorld,
  deployment: NoticedDeployment,
  told: Told,
): Promise<{ readonly outcome: Outcome; readonly report: Report }> {
  const { api, reports } = world.gitHub;
  const { news, repository } = told;
  const page = linkTo(world.publicUrl, deployment.id);
  const log = page === null ? null : `${page}#log`;
  const made = await deploymentAt(world, deployment, told);
  if (made.outcome !== "answered") return { outcome: outcomeOf(made), report: told.claimed };
  const report = await remember(world, told.claimed, made.value);
  const status = { state: deploymentState[news.course], description: news.description, log_url: log };
  const environment_url = news.course === "success" ? deployment.url : null;
  const set = await api.setDeploymentStatus(repository, made.value, { ...status, environment_url });
  if (set.outcome !== "answered") return { outcome: outcomeOf(set), report };
  const { app_id, app_name, commit_hash } = deployment;
  if (!(await reports.takeCommit(app_id, commit_hash, deployment.id, world.now())))
    return { outcome: { outcome: "sent", answer: "The commit's status is a later deployment's." }, report };
  const commit: CommitStatus = {
    state: commitState[news.course],
    context: `slipway/${app_name}`,
    description: news.description,
    target_url: log,
  };
  return { outcome: outcomeOf(await api.setStatus(repository, commit_hash, commit)), report };
}

/** The GitHub Deployment of a deployment, made unless an attempt before this one has made it. */
async function deploymentAt(
  { gitHub: { api } }: NoticesWorld,
  deployment: NoticedDeployment,
  { claimed, repository, isFirst, news }: Told,
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
  return api.createDeployment(repository, { ...sought, task, description: news.description });
}

async function remember(world: NoticesWorld, claimed: Report, github_deployment_id: number): Promise<Report> {
  if (claimed.github_deployment_id !== null) return claimed;
  const next = { ...claimed, github_deployment_id, version: claimed.version + 1 };
  await world.gitHub.reports.replace(next, world.now());
  return next;
}

function outcomeOf(answer: GitHubAnswer<unknown>): Outcome {
  switch (answer.outcome) {
    case "answered":
      return { outcome: "sent", answer: "GitHub took it." };
    case "not_installed":
      return { outcome: "never", answer: notInstalled };
    case "slower":
      return { outcome: "slower", answer: answer.message, seconds: answer.seconds };
    case "unreachable":
      return { outcome: "later", answer: answer.message };
    case "refused":
      return { outcome: "never", answer: answer.message };
  }
}

/** No failure: nobody promised that the app is installed on each repository. */
const notInstalled = "The GitHub App is not installed on this repository.";

async function noteHealth(world: NoticesWorld, deployment: NoticedDeployment, outcome: Outcome): Promise<void> {
  if (outcome.answer === notInstalled) return;
  const { app_id, repo_url } = deployment;
  const now = world.now();
  const note = (attempted: Parameters<NoticesWorld["healths"]["note"]>[2]) =>
    world.healths.note(app_id, gitHubEndpoint(repo_url), attempted, now);
  if (outcome.outcome === "sent") await note({ outcome: "sent" });
  else if (outcome.outcome !== "slower") await note({ outcome: "failed", error: outcome.answer });
  else if (outcome.seconds !== null) await note({ outcome: "postponed", until: plusSeconds(now, outcome.seconds) });
}

const contextOf = ({ attempt, deployment }: GitHubMessage) => ({
  deployment_id: deployment.id,
  app_id: deployment.app_id,
  stage: deployment.stage,
  attempt,
});
