import { type App, type Deployment, headline, shortHash } from "@slipway/monitor/client";
import { StageBadge } from "@slipway/monitor/react";
import { GitCommitHorizontal, Pin, Rocket } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useDeployAndWatch } from "../../deployments/use-deploy-and-watch.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/button.tsx";
import { ExternalLink } from "../../ui/external-link.tsx";
import { Ago } from "../../ui/time.tsx";
import { useReleasesOf } from "./use-releases-of.ts";

/** An app at a glance: what happened last, what serves, where. */
export function AppCard({ app }: { app: App }) {
  const { latest, live } = useReleasesOf(app);
  const deploy = useDeployAndWatch();
  const mayDeploy = useMay("deployer");
  return (
    <li className="relative grid content-start gap-3 rounded-box border p-4 transition-colors hover:border-muted/60">
      <div className="flex items-center justify-between gap-3">
        <h2 className="flex min-w-0 items-center gap-2 text-base font-semibold">
          <Link
            to={`/apps/${app.id}`}
            className="truncate after:absolute after:inset-0 after:rounded-box focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent"
          >
            {app.name}
          </Link>
          {app.pinned && <Pin size={14} role="img" aria-label="Pinned" className="shrink-0 text-warning" />}
        </h2>
        {mayDeploy && (
          <Button
            className="z-10"
            aria-label={`Deploy ${app.name}`}
            disabled={deploy.isPending}
            onClick={() => deploy.start(app)}
          >
            <Rocket size={14} aria-hidden />
            Deploy
          </Button>
        )}
      </div>
      <Latest deployment={latest} />
      <dl className="grid gap-1 border-t pt-3">
        <Line name="Live">
          <LiveRelease deployment={live} />
        </Line>
        <Line name="Address">
          {app.url !== null && app.live_deployment_id !== null ? (
            <ExternalLink href={app.url} />
          ) : (
            <span className="text-muted">After the first release</span>
          )}
        </Line>
      </dl>
    </li>
  );
}

/** `undefined`: not known yet; `null`: there is none. */
interface Known {
  readonly deployment: Deployment | null | undefined;
}

function Latest({ deployment }: Known) {
  if (deployment === undefined) return <div className="h-11 motion-safe:animate-pulse rounded-md bg-surface" />;
  if (deployment === null) return <p className="h-11 text-muted">Not deployed yet</p>;
  return (
    <div className="grid gap-1">
      <p className="flex items-center gap-2">
        <StageBadge stage={deployment.stage} />
        <span className="text-muted">
          <Ago at={deployment.finished_at ?? deployment.created_at} />
        </span>
      </p>
      <p className="truncate">{headline(deployment)}</p>
    </div>
  );
}

function LiveRelease({ deployment }: Known) {
  if (deployment === undefined) return "…";
  if (deployment === null) return <span className="text-muted">No deployments yet</span>;
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <span className="inline-flex items-center gap-1 font-mono text-[0.8125rem]">
        <GitCommitHorizontal size={14} aria-hidden />
        {shortHash(deployment.commit_hash)}
      </span>
      <span className="text-muted">
        #{deployment.id}, <Ago at={deployment.finished_at ?? deployment.created_at} />
      </span>
    </span>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[4rem_minmax(0,1fr)] gap-2">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}
