import { type Changes, shortHash } from "@slipway/monitor/client";
import { differenceLines } from "@slipway/text/differences";
import { shorten } from "@slipway/text/shorten";
import { useQuery } from "@tanstack/react-query";
import { type AppChangesOf, appChangesQuery, deploymentChangesQuery } from "../api/queries.ts";
import { settingName } from "./setting-name.ts";

const mostCommits = 20;

/** What a release that nobody has asked for yet would change. */
export function AppChanges({ appId, of }: { appId: number; of: AppChangesOf }) {
  const { data, error } = useQuery(appChangesQuery(appId, of));
  return <Shown changes={data} failed={error !== null} />;
}

/** What a deployment changes against the release that it replaces. */
export function DeploymentChanges({ deploymentId }: { deploymentId: number }) {
  const { data, error } = useQuery(deploymentChangesQuery(deploymentId));
  return <Shown changes={data} failed={error !== null} />;
}

function Shown({ changes, failed }: { changes: Changes | undefined; failed: boolean }) {
  if (failed) return <p className="text-muted">Changes can't be shown right now.</p>;
  if (changes === undefined) return <p className="text-muted">Loading changes…</p>;
  if (changes.compared_with === null) return <p className="text-muted">Nothing was live before.</p>;
  return (
    <section aria-label="Changes" className="grid min-w-0 grid-cols-1 gap-2">
      <h3 className="font-medium">Changes since #{changes.compared_with}</h3>
      <Commits changes={changes} replaced={changes.compared_with} />
      <SettingDifferences settings={changes.settings} />
    </section>
  );
}

/** What is new, and what goes with the replaced release: the point of a rollback. */
function Commits({ changes, replaced }: { changes: Changes; replaced: number }) {
  const { commits, commits_complete, removed_commits, removed_commits_complete } = changes;
  if (commits.length === 0 && removed_commits.length === 0) {
    const isKnown = commits_complete && removed_commits_complete;
    return <p className="text-muted">{isKnown ? "The same commits." : "Commits are not known."}</p>;
  }
  return (
    <>
      {commits.length > 0 && <CommitList commits={commits} isComplete={commits_complete} />}
      {removed_commits.length > 0 && (
        <>
          <p>Removes what only #{replaced} has:</p>
          <CommitList commits={removed_commits} isComplete={removed_commits_complete} />
        </>
      )}
    </>
  );
}

function CommitList({ commits, isComplete }: { commits: Changes["commits"]; isComplete: boolean }) {
  const more = commits.length - mostCommits;
  return (
    <>
      <ul className="grid min-w-0 grid-cols-1 gap-1">
        {commits.slice(0, mostCommits).map(({ hash, message, author }) => (
          <li key={hash} className="flex min-w-0 gap-2">
            <code className="shrink-0 text-muted">{shortHash(hash)}</code>
            <bdi className="min-w-0 truncate" title={`${message} (${author})`}>
              {message}
            </bdi>
          </li>
        ))}
      </ul>
      {(more > 0 || !isComplete) && <p className="text-muted">And {more > 0 ? `${more} more` : "more"} commits.</p>}
    </>
  );
}

/** A value of 4 KB would hide what comes after it. */
const shown = (value: string | null): string => (value === null ? "none" : shorten(value, 160));

/** Settings that differ, with both values; of a secret only its name. */
function SettingDifferences({ settings }: Pick<Changes, "settings">) {
  if (settings.length === 0) return <p className="text-muted">No changed settings.</p>;
  return (
    <ul className="grid min-w-0 grid-cols-1 gap-1">
      {settings.flatMap(differenceLines).map(({ name, before, after, isSecret }) => (
        <li key={name} className="min-w-0 wrap-anywhere">
          <span className="font-medium">{isSecret ? `secret ${name}` : settingName(name)}</span>{" "}
          {isSecret ? (
            <span className="text-muted">changed</span>
          ) : (
            <>
              <del className="text-muted" title={before ?? undefined}>
                {shown(before)}
              </del>{" "}
              <span title={after ?? undefined}>→ {shown(after)}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
