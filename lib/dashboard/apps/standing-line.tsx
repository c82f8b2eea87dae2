import { type App, type Deployment, shortHash } from "@slipway/monitor/client";
import {
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleX,
  GitCommitHorizontal,
  type LucideIcon,
  Pause,
  TriangleAlert,
} from "lucide-react";
import { Link } from "react-router";
import { Ago } from "../ui/time.tsx";
import type { Standing } from "./standing.ts";

const linkClass = "relative z-10 underline-offset-2 hover:underline";

const healths = {
  live: { Icon: CircleCheck, colour: "text-success", words: "Live on" },
  degraded: { Icon: TriangleAlert, colour: "text-warning", words: "Degraded on" },
  down: { Icon: CircleX, colour: "text-danger", words: "Down on" },
} as const;

/** Which release serves, how it is, since when it serves and of which commit. */
export function ServingLine({ serving, health }: Pick<Standing, "serving"> & Pick<App, "health">) {
  if (serving === null) {
    return (
      <p className="flex items-center gap-1.5 text-muted">
        <CircleDashed size={15} aria-hidden className="shrink-0" />
        Not live yet
      </p>
    );
  }
  const { id, deployment } = serving;
  const { Icon, colour, words } = healths[health === null || health === "none" ? "live" : health];
  return (
    <p className="flex min-w-0 flex-wrap items-center gap-x-2">
      <span className={`inline-flex items-center gap-1.5 font-medium ${colour}`}>
        <Icon size={15} aria-hidden className="shrink-0" />
        <span>
          {words}{" "}
          <Link to={`/deployments/${id}`} className={linkClass}>
            #{id}
          </Link>
        </span>
      </span>
      {deployment !== undefined && (
        <span className="inline-flex flex-wrap items-center gap-x-2 text-muted">
          <Commit deployment={deployment} />
          <span>
            released <Ago at={deployment.finished_at ?? deployment.created_at} />
          </span>
        </span>
      )}
    </p>
  );
}

function Commit({ deployment: { commit_hash } }: { deployment: Deployment }) {
  if (commit_hash === "") return null;
  return (
    <span className="inline-flex items-center gap-1 font-mono text-[0.8125rem]">
      <GitCommitHorizontal size={14} aria-hidden />
      {shortHash(commit_hash)}
    </span>
  );
}

type Last = NonNullable<Standing["last"]>;

const looks: Readonly<Record<Last["tone"], { readonly Icon: LucideIcon; readonly colour: string }>> = {
  danger: { Icon: CircleX, colour: "text-danger" },
  working: { Icon: CircleDot, colour: "text-accent" },
  waiting: { Icon: Pause, colour: "text-warning" },
  neutral: { Icon: CircleDashed, colour: "text-muted" },
};

/** How the last deployment went, or goes. */
export function LastDeploymentLine({ last }: { last: Last }) {
  const { deployment, outcome, tone } = last;
  const { Icon, colour } = looks[tone];
  return (
    <p className="flex min-w-0 flex-wrap items-center gap-x-2">
      <span className={`inline-flex items-center gap-1.5 ${colour}`}>
        <Icon size={15} aria-hidden className="shrink-0" />
        <span>
          <Link to={`/deployments/${deployment.id}`} className={linkClass}>
            #{deployment.id}
          </Link>{" "}
          {outcome}
        </span>
      </span>
      <span className="text-muted">
        <Ago at={deployment.finished_at ?? deployment.created_at} />
      </span>
    </p>
  );
}
