import { Ban, Check, CircleDashed, type IconNode, LoaderCircle, Pause, Replace, X } from "lucide";
import { type Stage, stageFacts } from "../client/index.ts";
import { Icon } from "./ui/icon.tsx";
import { rootClass } from "./ui/root-class.ts";

const working = { icon: LoaderCircle, colours: "sw:text-accent", turning: "sw:motion-safe:animate-turn" };

const looks: Readonly<Record<Stage, { icon: IconNode; colours: string; turning?: string }>> = {
  pending: { icon: CircleDashed, colours: "sw:text-muted" },
  cloning: working,
  building: working,
  awaiting_approval: { icon: Pause, colours: "sw:text-warning sw:bg-warning-soft" },
  deploying: working,
  success: { icon: Check, colours: "sw:text-success sw:bg-success-soft" },
  failed: { icon: X, colours: "sw:text-danger sw:bg-danger-soft" },
  cancelled: { icon: Ban, colours: "sw:text-muted" },
  superseded: { icon: Replace, colours: "sw:text-muted" },
};

/** A stage at a glance: a sign and its word, never only a colour. */
export function StageBadge({ stage, className }: { stage: Stage; className?: string }) {
  const { icon, colours, turning } = looks[stage];
  return (
    <span className={rootClass(className)} data-stage={stage}>
      <span
        className={`sw:inline-flex sw:items-center sw:gap-1.5 sw:rounded-full sw:border sw:border-current/25 sw:px-2 sw:py-0.5 sw:text-xs sw:font-medium sw:whitespace-nowrap ${colours}`}
      >
        <Icon icon={icon} className={`sw:size-3.5 ${turning ?? ""}`} />
        {stageFacts[stage].label}
      </span>
    </span>
  );
}
