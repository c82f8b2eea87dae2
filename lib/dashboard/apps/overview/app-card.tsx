import { type App, headline } from "@slipway/monitor/client";
import { CirclePause, type LucideIcon, Pin } from "lucide-react";
import { Link } from "react-router";
import { AppAddress } from "../../ui/app-address.tsx";
import { DeployButton } from "../deploy-button.tsx";
import { type Standing, standingOf } from "../standing.ts";
import { LastDeploymentLine, ServingLine } from "../standing-line.tsx";
import { useReleasesOf } from "../use-releases-of.ts";

/** An app at a glance: what serves, where, and how its last deployment went. */
export function AppCard({ app }: { app: App }) {
  const { latest, live } = useReleasesOf(app);
  const standing = standingOf(app, live, latest);
  return (
    <li className="relative grid content-start gap-3 rounded-box border p-4 transition-colors hover:border-muted/60">
      <div className="flex items-center justify-between gap-3">
        <h2 className="flex min-w-0 text-base font-semibold">
          <Link
            to={`/apps/${app.id}`}
            title={app.name}
            className="truncate after:absolute after:inset-0 after:rounded-box focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent"
          >
            {app.name}
          </Link>
        </h2>
        <DeployButton app={app} label={`Deploy ${app.name}`} className="z-10" />
      </div>
      <div className="grid gap-1">
        <ServingLine serving={standing.serving} health={app.health} />
        {app.live_deployment_id !== null && <AppAddress app={app} />}
        {!app.auto_deploy && <Held Icon={CirclePause}>Automatic deploys are paused</Held>}
        {app.pinned && <Held Icon={Pin}>Pinned: pushes are skipped</Held>}
      </div>
      <Last standing={standing} />
    </li>
  );
}

/** Why pushes are not deployed. */
function Held({ Icon, children }: { Icon: LucideIcon; children: string }) {
  return (
    <p className="flex items-center gap-1.5 text-warning">
      <Icon size={14} aria-hidden className="shrink-0" />
      {children}
    </p>
  );
}

function Last({ standing: { serving, last } }: { standing: Standing }) {
  if (last === undefined) return <div className="h-11 motion-safe:animate-pulse rounded-md bg-surface" />;
  if (last === null) return serving?.deployment === undefined ? null : <Headline of={serving.deployment} />;
  return (
    <div className="grid gap-1 border-t pt-3">
      <LastDeploymentLine last={last} />
      <Headline of={last.deployment} />
    </div>
  );
}

function Headline({ of }: { of: Parameters<typeof headline>[0] }) {
  return (
    <p className="truncate text-muted" dir="auto">
      {headline(of)}
    </p>
  );
}
