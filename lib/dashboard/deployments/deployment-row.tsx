import { type Deployment, formatDuration, headline, isTerminal, origin, shortHash } from "@slipway/monitor/client";
import { StageBadge } from "@slipway/monitor/react";
import { GitBranch, GitCommitHorizontal } from "lucide-react";
import { Link } from "react-router";
import { Ago, Elapsed } from "../ui/time.tsx";

interface RowProps {
  readonly deployment: Deployment;
  /** Where the list is of more than one app. */
  readonly appName?: string | undefined;
  readonly isLive: boolean;
}

/** A deployment in a list; all of the row leads to its page. */
export function DeploymentRow({ deployment, appName, isLive }: RowProps) {
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 px-4 py-3 hover:bg-surface sm:grid-cols-[10rem_minmax(0,1fr)_auto] sm:items-center">
      <div className="flex items-center gap-2 sm:block">
        <StageBadge stage={deployment.stage} />
        <Progressing deployment={deployment} />
      </div>
      <div className="order-last col-span-2 min-w-0 sm:order-none sm:col-span-1">
        <div className="flex min-w-0 items-center gap-2">
          <Link
            to={`/deployments/${deployment.id}`}
            dir="auto"
            className="truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {headline(deployment)}
          </Link>
          {isLive && <LiveMark />}
        </div>
        <p className="flex flex-wrap gap-x-3 text-muted">
          <span className="inline-flex max-w-full min-w-0 gap-1">
            {appName !== undefined && <span className="truncate">{appName}</span>}#{deployment.id}
          </span>
          <Commit deployment={deployment} />
          <bdi className="truncate">{origin(deployment)}</bdi>
        </p>
      </div>
      <p className="flex items-center gap-x-3 text-muted sm:block sm:text-right">
        <Ago at={deployment.created_at} />
        <span className="sm:block">{deployment.duration !== null && formatDuration(deployment.duration)}</span>
      </p>
    </li>
  );
}

/** What marks the release that serves. */
export function LiveMark() {
  return (
    <span className="shrink-0 rounded-full bg-success-soft px-2 py-0.5 text-xs font-medium text-success">Live</span>
  );
}

function Progressing({ deployment: { stage, progress, started_at } }: { deployment: Deployment }) {
  if (isTerminal(stage) || started_at === null) return null;
  return (
    <p className="text-xs text-muted tabular-nums sm:mt-1">
      {progress}% · <Elapsed since={started_at} />
    </p>
  );
}

function Commit({ deployment: { commit_hash, branch } }: { deployment: Deployment }) {
  return (
    <>
      {commit_hash !== "" && (
        <span className="inline-flex items-center gap-1 font-mono text-[0.8125rem]">
          <GitCommitHorizontal size={14} aria-hidden />
          {shortHash(commit_hash)}
        </span>
      )}
      <span className="inline-flex min-w-0 items-center gap-1">
        <GitBranch size={13} aria-hidden className="shrink-0" />
        <bdi className="truncate">{branch}</bdi>
      </span>
    </>
  );
}
