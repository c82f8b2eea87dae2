import type { Deployment, Stage } from "../client/index.ts";
import { rootClass } from "./ui/root-class.ts";

const fills: Readonly<Record<Stage, string>> = {
  pending: "sw:bg-accent",
  cloning: "sw:bg-accent",
  building: "sw:bg-accent",
  awaiting_approval: "sw:bg-warning",
  deploying: "sw:bg-accent",
  success: "sw:bg-success",
  failed: "sw:bg-danger",
  cancelled: "sw:bg-muted",
  superseded: "sw:bg-muted",
};

/** How far a deployment is, in percent and in words. */
export function Progress({ deployment, className }: { deployment: Deployment; className?: string }) {
  const { progress, message, stage } = deployment;
  return (
    <div className={rootClass(className)}>
      <p className="sw:mb-1.5 sw:flex sw:justify-between sw:gap-4 sw:text-sm">
        <span className="sw:min-w-0 sw:break-words sw:text-text">{message}</span>
        <span className="sw:shrink-0 sw:text-muted sw:tabular-nums">{progress} %</span>
      </p>
      <div
        role="progressbar"
        aria-label="Progress of the deployment"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={progress}
        aria-valuetext={`${progress} %, ${message}`}
        className="sw:h-1.5 sw:overflow-hidden sw:rounded-full sw:bg-raised"
      >
        <div
          className={`sw:h-full sw:origin-left sw:rounded-full sw:motion-safe:transition-[width] sw:motion-safe:duration-500 ${fills[stage]}`}
          style={{ width: `${progress}%` }}
        />
      </div>
    </div>
  );
}
