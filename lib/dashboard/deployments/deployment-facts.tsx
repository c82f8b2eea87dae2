import { type Deployment, formatDuration, isTerminal, origin, shortHash } from "@slipway/monitor/client";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Copyable } from "../ui/copyable.tsx";
import { Ago, Elapsed } from "../ui/time.tsx";

/** What a deployment is of, where it comes from and what came of it. */
export function DeploymentFacts({ deployment }: { deployment: Deployment }) {
  const {
    id,
    app_id,
    commit_hash,
    commit_message,
    branch,
    reason,
    image_digest,
    rollback_of,
    from_deployment,
    configuration,
    created_at,
  } = deployment;
  return (
    <dl className="grid gap-3">
      <Fact name="Commit">
        {commit_hash === "" ? (
          <span className="text-muted">Pending</span>
        ) : (
          <Copyable text={commit_hash} shown={shortHash(commit_hash)} what="the commit's hash" />
        )}
        <MessageBody message={commit_message} />
      </Fact>
      <Fact name="Branch">
        <bdi>{branch}</bdi>
      </Fact>
      <Fact name="Triggered by">
        <bdi>{origin(deployment)}</bdi>
      </Fact>
      {reason !== null && reason !== "" && <Fact name="Reason">{reason}</Fact>}
      {rollback_of !== null && (
        <Fact name="Rolls back to">
          <Link to={`/deployments/${rollback_of}`} className="text-accent hover:underline">
            Release #{rollback_of}
          </Link>
        </Fact>
      )}
      {from_deployment !== null && (
        <Fact name="Promoted from">
          <Link to={`/deployments/${from_deployment}`} className="text-accent hover:underline">
            #{from_deployment}
          </Link>
        </Fact>
      )}
      {configuration !== null && <Fact name="Configuration">{configuration}</Fact>}
      <Fact name="Created">
        <Ago at={created_at} />
      </Fact>
      <Duration deployment={deployment} />
      {image_digest !== null && (
        <Fact name="Output">
          <Link to={`/apps/${app_id}/logs?release=${id}`} className="text-accent hover:underline">
            Logs of this release
          </Link>
        </Fact>
      )}
      {image_digest !== null && (
        <Fact name="Image">
          <Copyable text={image_digest} shown={`${image_digest.slice(0, 19)}…`} what="the image's digest" />
        </Fact>
      )}
    </dl>
  );
}

/** What the commit's message says after its first line, which is the page's heading. */
function MessageBody({ message }: { message: string }) {
  const body = message.trim().split("\n").slice(1).join("\n").trim();
  if (body === "") return null;
  return (
    <details className="mt-1">
      <summary className="text-muted">Full message</summary>
      <p dir="auto" className="max-h-64 overflow-y-auto whitespace-pre-line">
        {body}
      </p>
    </details>
  );
}

/** Of a success the heading of its outcome says it. */
function Duration({ deployment: { stage, started_at, duration } }: { deployment: Deployment }) {
  if (started_at === null || stage === "success") return null;
  const isOver = isTerminal(stage) && duration !== null;
  return <Fact name="Duration">{isOver ? formatDuration(duration) : <Elapsed since={started_at} />}</Fact>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-2">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}
