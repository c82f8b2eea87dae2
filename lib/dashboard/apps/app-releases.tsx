import { type App, type Release, shortHash } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { GitCommitHorizontal } from "lucide-react";
import { Link } from "react-router";
import { releasesQuery } from "../api/queries.ts";
import { LiveMark } from "../deployments/deployment-row.tsx";
import { RollbackButton } from "../deployments/rollback-button.tsx";
import { useMay } from "../session/session.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { Ago } from "../ui/time.tsx";
import { useShownApp } from "./app-page.tsx";

/** The tab with the releases whose images are kept. */
export function AppReleases() {
  const app = useShownApp();
  const { data: releases, error, refetch } = useQuery(releasesQuery(app.id));
  return (
    <section aria-labelledby="releases" className="grid grid-cols-1 gap-4">
      <div>
        <h2 id="releases" className="font-semibold">
          Releases
        </h2>
        <p className="text-muted">
          The images of the last {app.keep_releases} releases are kept. Rolling back starts one of them again, without a
          build.
        </p>
      </div>
      {releases === undefined && error === null && <Skeleton rows={3} className="h-16" />}
      {releases === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {releases?.length === 0 && (
        <Empty title="No releases yet">Your first successful deployment creates a release.</Empty>
      )}
      {releases !== undefined && releases.length > 0 && (
        <ol aria-label="Releases" className="divide-y rounded-box border">
          {releases.map((release) => (
            <ReleaseRow key={release.deployment_id} release={release} app={app} />
          ))}
        </ol>
      )}
    </section>
  );
}

function ReleaseRow({ release, app }: { release: Release; app: App }) {
  const mayRollBack = useMay("deployer") && !release.live;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="grid min-w-0 gap-0.5">
        <p className="flex flex-wrap items-center gap-x-3">
          <Link to={`/deployments/${release.deployment_id}`} className="font-medium hover:underline">
            Deployment #{release.deployment_id}
          </Link>
          <span className="inline-flex items-center gap-1 font-mono text-[0.8125rem] text-muted">
            <GitCommitHorizontal size={14} aria-hidden />
            {shortHash(release.commit_hash)}
          </span>
          {release.live && <LiveMark />}
        </p>
        <p className="flex flex-wrap items-center gap-x-3 text-muted">
          <Ago at={release.released_at} />
          <Copyable text={release.image_digest} shown={`${release.image_digest.slice(0, 19)}…`} what="the digest" />
        </p>
      </div>
      {mayRollBack && <RollbackButton app={app} deploymentId={release.deployment_id} />}
    </li>
  );
}
