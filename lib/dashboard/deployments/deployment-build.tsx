import { type Build, formatDuration } from "@slipway/monitor/client";
import { cacheSentence, formatStep, type Step, sizeSentence, slowestSteps } from "./build-facts.ts";

/** How the image came about: what took longest, and what missed the cache. */
export function DeploymentBuild({ build }: { build: Build }) {
  const slowest = slowestSteps(build.steps);
  const most = Math.max(0.1, ...slowest.map(({ seconds }) => seconds));
  return (
    <div className="grid gap-3">
      <p className="wrap-anywhere">{cacheSentence(build)}</p>
      {slowest.length > 0 && (
        <ol aria-label="Slowest steps" className="grid gap-3">
          {slowest.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two steps may have the same name, and the list never changes.
            <StepRow key={index} step={step} part={step.seconds / most} />
          ))}
        </ol>
      )}
      {build.image_bytes !== null && <p className="text-muted">{sizeSentence(build)}</p>}
    </div>
  );
}

function StepRow({ step, part }: { step: Step; part: number }) {
  return (
    <li>
      <div className="flex items-baseline justify-between gap-3">
        <code className="min-w-0 truncate font-mono" title={step.name}>
          {step.name}
        </code>
        <span className="shrink-0 text-muted tabular-nums">{formatStep(step.seconds, formatDuration)}</span>
      </div>
      <div className="mt-1 h-1.5 rounded-full bg-raised" aria-hidden>
        <div className="h-full min-w-1 rounded-full bg-accent" style={{ width: `${part * 100}%` }} />
      </div>
    </li>
  );
}
