import { inlineText } from "@slipway/text/inert";
import type { App } from "../app.ts";
import { type Freeze, frozenSentence } from "../freeze.ts";
import { branchName } from "./branch-name.ts";
import type { Push } from "./push.ts";
import { knownRepository, repositoryKey } from "./repository.ts";
import { skipMarkerIn } from "./skip-marker.ts";
import { whoWatches } from "./watched.ts";

/** What a push comes to. */
export interface Verdict {
  /** The branch, without `refs/heads/`; `""`: it was none. */
  readonly branch: string;
  /** All apps of its repository. */
  readonly there: readonly App[];
  /** To be deployed. */
  readonly concerned: readonly App[];
  /** They follow the branch, and nothing in this push is for them, or their automatic deploys are paused or frozen. */
  readonly passed: readonly App[];
  /** Those of the concerned whose watch paths could not be judged: nobody knows, so they are deployed. */
  readonly unjudged: readonly App[];
  /** Why nothing is deployed, as a sentence; `null`: something is. */
  readonly ignored: string | null;
}

const heads = "refs/heads/";
const tags = "refs/tags/";

/**
 * Which apps a push is for: those of its repository that follow its branch and watch what it changed. During a freeze it
 * is for none.
 */
export function judge(push: Push, apps: readonly App[], freeze: Freeze | null = null): Verdict {
  const branch = push.ref.startsWith(heads) ? push.ref.slice(heads.length) : "";
  const there = appsOf(push, apps);
  const nothing = (ignored: string, passed: readonly App[] = []): Verdict => ({
    branch,
    there,
    concerned: [],
    passed,
    unjudged: [],
    // A pushed name may hold anything.
    ignored: inlineText(ignored),
  });
  const { name } = push;
  if (push.ref.startsWith(tags))
    return nothing(`Tag ${push.ref.slice(tags.length)} of ${name}: tags are not deployed.`);
  if (branch === "") return nothing(`${push.ref} of ${name} is no branch: only branches are deployed.`);
  if (!branchName.test(branch)) return nothing(`${push.ref} of ${name} is not a name that Git allows for a branch.`);
  if (push.deleted) return nothing(`Branch ${branch} of ${name} was deleted: there is nothing to deploy.`);
  if (there.length === 0)
    return nothing(
      `No app deploys the repository ${name}. If it was renamed or transferred, change the repository in the app's settings.`,
    );
  const followers = there.filter(({ settings }) => settings.branch === branch);
  if (followers.length === 0) return nothing(`No app of ${name} deploys branch ${branch}.`);
  const marker = skipMarkerIn(push.message);
  if (marker !== null) return nothing(`The commit message contains ${marker}.`, followers);
  const watching = whoWatches(
    followers.map(({ settings }) => settings),
    push.changed,
  );
  const watchers = followers.filter((_, index) => watching[index] !== false);
  const automatic = watchers.filter(({ settings }) => settings.auto_deploy);
  const concerned = freeze === null ? automatic : [];
  const passed = followers.filter((app) => !concerned.includes(app));
  const unjudged = concerned.filter((app) => watching[followers.indexOf(app)] === "unknown");
  if (concerned.length > 0) return { branch, there, concerned, passed, unjudged, ignored: null };
  if (freeze !== null && automatic.length > 0) return nothing(frozenSentence(freeze), passed);
  if (watchers.length > 0) return nothing(`Automatic deploys are paused for ${namesOf(watchers)}.`, passed);
  return nothing(`The push changes no watched paths of ${namesOf(passed)}.`, passed);
}

const namesOf = (apps: readonly App[]): string => apps.map(({ settings }) => settings.name).join(", ");

/** By the repository's id, which stays where it is renamed or transferred, and by its addresses. */
function appsOf(push: Push, apps: readonly App[]): readonly App[] {
  const keys = new Set(push.repositories.map(repositoryKey).filter((key) => key !== null));
  return apps.filter((app) => {
    if (app.deleted_at !== null) return false;
    const id = knownRepository(app);
    const key = repositoryKey(app.settings.repo_url);
    return (id !== null && id === push.repository_id) || (key !== null && keys.has(key));
  });
}
