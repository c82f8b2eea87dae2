import { type App, type Deployment, formatDuration, isTerminal, origin, shortHash } from "@slipway/monitor/client";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Copyable } from "../ui/copyable.tsx";
import { ExternalLink } from "../ui/external-link.tsx";
import { Ago, Elapsed } from "../ui/time.tsx";

/** What a deployment is of, where it comes from and what came of it. */
export function DeploymentFacts({ deployment, app }: { deployment: Deployment; app: App | undefined }) {
  const { commit_hash, commit_message, branch, reason, image_digest, rollback_of, created_at } = deployment;
  // Where the app answers now; the address may have changed since.
  const url = deployment.url === null ? null : (app?.url ?? null);
  return (
    <dl className="grid gap-3">
      <Fact name="App">
        <Link to={`/apps/${deployment.app_id}`} className="text-accent hover:underline">
          {app?.name ?? `App ${deployment.app_id}`}
        </Link>
      </Fact>
      {url !== null && (
        <Fact name="Address">
          <ExternalLink href={url} />
        </Fact>
      )}
      <Fact name="Commit">
        {commit_hash === "" ? (
          <span className="text-muted">Pending</span>
        ) : (
          <Copyable text={commit_hash} shown={shortHash(commit_hash)} what="the commit's hash" />
        )}
        {commit_message !== "" && <p className="wrap-anywhere whitespace-pre-line">{commit_message.trim()}</p>}
      </Fact>
      <Fact name="Branch">{branch}</Fact>
      <Fact name="Triggered by">{origin(deployment)}</Fact>
      {reason !== null && reason !== "" && <Fact name="Reason">{reason}</Fact>}
      {rollback_of !== null && (
        <Fact name="Rolls back to">
          <Link to={`/deployments/${rollback_of}`} className="text-accent hover:underline">
            Release #{rollback_of}
          </Link>
        </Fact>
      )}
      <Fact name="Created">
        <Ago at={created_at} />
      </Fact>
      <Duration deployment={deployment} />
      {image_digest !== null && (
        <Fact name="Image">
          <Copyable text={image_digest} shown={`${image_digest.slice(0, 19)}…`} what="the image's digest" />
        </Fact>
      )}
    </dl>
  );
}

function Duration({ deployment: { stage, started_at, duration } }: { deployment: Deployment }) {
  if (started_at === null) return null;
  const isOver = isTerminal(stage) && duration !== null;
  return <Fact name="Duration">{isOver ? formatDuration(duration) : <Elapsed since={started_at} />}</Fact>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-2">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}
