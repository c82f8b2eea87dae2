import { GitBranch, GitCommitHorizontal, User } from "lucide";
import type { ReactNode } from "react";
import { type Deployment, shortHash } from "../client/index.ts";
import { StageBadge } from "./stage-badge.tsx";
import { Icon } from "./ui/icon.tsx";

interface Props {
  id: number;
  deployment: Deployment | null;
  badge: ReactNode;
  actions: ReactNode;
  /** The page around it says the rest. */
  isBrief: boolean;
}

/** Which deployment this is, whose, and how it stands. */
export function MonitorHead({ id, deployment, badge, actions, isBrief }: Props) {
  return (
    <header className="sw:flex sw:flex-wrap sw:items-start sw:justify-between sw:gap-3">
      <div className="sw:min-w-0 sw:flex-1 sw:basis-64 sw:space-y-1.5">
        <div className="sw:flex sw:min-h-7 sw:flex-wrap sw:items-center sw:gap-x-3 sw:gap-y-1">
          <h2 className={isBrief ? "sw:sr-only" : "sw:text-base sw:font-semibold sw:text-text"}>Deployment #{id}</h2>
          {deployment !== null && <StageBadge stage={deployment.stage} />}
          {badge}
        </div>
        {deployment !== null && !isBrief && <Origin deployment={deployment} />}
      </div>
      {actions !== undefined && <div className="slipway-handed-in">{actions}</div>}
    </header>
  );
}

/** What is deployed, and by whom. */
function Origin({ deployment }: { deployment: Deployment }) {
  const { commit_hash, commit_message, branch, actor } = deployment;
  const [subject = ""] = commit_message.split("\n");
  const item = "sw:inline-flex sw:min-w-0 sw:items-center sw:gap-1";
  return (
    <p className="sw:flex sw:flex-wrap sw:gap-x-4 sw:gap-y-1 sw:text-xs sw:text-muted">
      {commit_hash !== "" && (
        <span className={item}>
          <Icon icon={GitCommitHorizontal} className="sw:size-3.5" />
          <code className="sw:font-mono">{shortHash(commit_hash)}</code>
          <span className="sw:truncate sw:text-text">{subject}</span>
        </span>
      )}
      <span className={item}>
        <Icon icon={GitBranch} className="sw:size-3.5" />
        <span className="sw:truncate">{branch}</span>
      </span>
      <span className={item}>
        <Icon icon={User} className="sw:size-3.5" />
        <span className="sw:truncate">{actor}</span>
      </span>
    </p>
  );
}
