import { Ban, Check, LoaderCircle, Minus, X } from "lucide";
import { type Deployment, formatDuration, isTerminal, stageFacts } from "../client/index.ts";
import { type Step, type StepState, slowestOf, stepsOf } from "./stages.ts";
import { Icon } from "./ui/icon.tsx";
import { rootClass } from "./ui/root-class.ts";
import { useNow } from "./use-now.ts";

const inWords: Readonly<Record<StepState, string>> = {
  done: "done",
  current: "in progress",
  upcoming: "to come",
  skipped: "not needed",
  failed: "failed",
  stopped: "stopped",
};

const dots: Readonly<Record<StepState, string>> = {
  done: "sw:border-success sw:bg-success sw:text-ground",
  current: "sw:border-accent sw:bg-ground sw:text-accent",
  upcoming: "sw:border-line sw:bg-ground sw:text-muted",
  skipped: "sw:border-line sw:bg-raised sw:text-muted",
  failed: "sw:border-danger sw:bg-danger sw:text-ground",
  stopped: "sw:border-muted sw:bg-muted sw:text-ground",
};

const labels: Readonly<Record<StepState, string>> = {
  done: "sw:text-text",
  current: "sw:font-semibold sw:text-text",
  upcoming: "sw:text-muted",
  skipped: "sw:text-muted sw:line-through",
  failed: "sw:font-semibold sw:text-danger",
  stopped: "sw:font-semibold sw:text-muted",
};

/** The way of a deployment through its stages, with the seconds of each. */
export function StageTrack({ deployment, className }: { deployment: Deployment; className?: string }) {
  const now = useNow(!isTerminal(deployment.stage));
  const steps = stepsOf(deployment);
  const slowest = isTerminal(deployment.stage) ? slowestOf(steps) : null;
  return (
    <div className={rootClass(className)}>
      <ol className="sw:isolate sw:grid sw:auto-cols-fr sw:grid-flow-col" aria-label="Stages">
        {steps.map((step, index) => (
          <StepItem key={step.stage} step={step} now={now} isFirst={index === 0} isSlowest={step === slowest} />
        ))}
      </ol>
    </div>
  );
}

function StepItem({ step, now, isFirst, isSlowest }: StepItemProps) {
  const { stage, state } = step;
  const wasReached = state !== "upcoming";
  const seconds = secondsOf(step, now);
  return (
    <li
      className="sw:relative sw:flex sw:min-w-0 sw:flex-col sw:items-center sw:text-center"
      aria-current={state === "current" ? "step" : undefined}
      data-state={state}
    >
      {!isFirst && (
        <span
          className={`sw:absolute sw:top-3 sw:right-1/2 sw:left-[-50%] sw:h-px ${wasReached ? "sw:bg-success" : "sw:bg-line"}`}
          aria-hidden
        />
      )}
      <span
        className={`sw:relative sw:z-1 sw:flex sw:size-6 sw:items-center sw:justify-center sw:rounded-full sw:border-2 ${dots[state]}`}
      >
        <Sign state={state} />
      </span>
      <span className={`sw:mt-1.5 sw:max-w-full sw:truncate sw:text-xs sw:@md:text-sm ${labels[state]}`}>
        {stageFacts[stage].step}
      </span>
      <span className="sw:sr-only">: {inWords[state]}</span>
      <span
        className={`sw:min-h-4 sw:max-w-full sw:text-xs sw:tabular-nums ${isSlowest ? "sw:font-semibold sw:text-text" : "sw:text-muted"}`}
        title={isSlowest ? "The slowest step" : undefined}
      >
        {seconds === null || stage === "success" ? null : formatDuration(seconds)}
        {isSlowest && <span className="sw:sr-only">, the slowest step</span>}
      </span>
    </li>
  );
}

interface StepItemProps {
  readonly step: Step;
  readonly now: number | null;
  readonly isFirst: boolean;
  readonly isSlowest: boolean;
}

/** A clock that goes before or after the server's must not make negative seconds. */
function secondsOf({ state, since, seconds }: Step, now: number | null): number | null {
  if (seconds !== null || state !== "current" || since === null || now === null) return seconds;
  return Math.max(0, (now - Date.parse(since)) / 1000);
}

function Sign({ state }: { state: StepState }) {
  const size = "sw:size-3.5";
  if (state === "done") return <Icon icon={Check} className={size} strokeWidth={3} />;
  if (state === "failed") return <Icon icon={X} className={size} strokeWidth={3} />;
  if (state === "stopped") return <Icon icon={Ban} className={size} strokeWidth={2.5} />;
  if (state === "skipped") return <Icon icon={Minus} className={size} />;
  if (state === "current") return <Icon icon={LoaderCircle} className={`${size} sw:motion-safe:animate-turn`} />;
  return <span className="sw:size-1.5 sw:rounded-full sw:bg-line" aria-hidden />;
}
