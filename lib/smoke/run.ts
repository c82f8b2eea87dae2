import { failedCallOf } from "../operator/failed-call.ts";
import { answerWords } from "../operator/refused.ts";
import type { StepResult } from "./state.ts";
import { abortable, type Need, type Phase, type SmokeStep, type StepDeps, tracks } from "./steps/step.ts";

const minuteMs = 60_000;

/** Minutes of a run: what is tried out ends after so many, and cleaning up fits into the rest. */
export const longestMinutes = { steps: 27, run: 40 } as const;

export interface SmokeRun {
  readonly steps: readonly SmokeStep[];
  readonly deps: Omit<StepDeps, "signal">;
  /** What this run has. */
  readonly has: ReadonlySet<Need>;
  /** How many times as long as they say steps may take: a server that is there may be a slow machine, and costs nothing. */
  readonly pace: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly now: () => number;
  /** Ends what is tried out, but not what cleans up. */
  readonly interrupted: AbortSignal;
  readonly say: (text: string) => void;
  /** The results of before, by the steps' names. */
  readonly results: ReadonlyMap<string, StepResult>;
  /** Keeps a result. */
  readonly keep: (name: string, result: StepResult) => void;
}

/** Somebody wants it to end. */
export class Interrupted extends Error {
  constructor() {
    super("It was interrupted.");
    this.name = "Interrupted";
  }
}

/** Does what is left of a run: `before`, then all tracks at once, then `check`, and `after` whatever became of the rest. */
export async function runSteps(run: SmokeRun): Promise<void> {
  if (await inTurn(run, "before")) {
    await Promise.all(tracks.map((track) => inTurn(run, track)));
    await inTurn(run, "check");
  } else {
    for (const phase of [...tracks, "check"] as const)
      giveUp(run, ofPhase(run, phase), "What comes before did not pass.");
  }
  for (const step of ofPhase(run, "after")) {
    // What did not get through is tried once more: it cleans up.
    if (run.results.get(step.name)?.outcome !== "passed") await carryOut(run, step);
  }
}

const ofPhase = ({ steps }: SmokeRun, phase: Phase): readonly SmokeStep[] =>
  steps.filter((step) => step.phase === phase);

/** Does the steps of a phase until one does not pass. Answers whether all passed or do not concern this run. */
async function inTurn(run: SmokeRun, phase: Phase): Promise<boolean> {
  const steps = ofPhase(run, phase);
  for (const [index, step] of steps.entries()) {
    const { outcome } = run.results.get(step.name) ?? (await carryOut(run, step));
    if (outcome === "passed" || outcome === "skipped") continue;
    giveUp(run, steps.slice(index + 1), `${step.name} did not pass.`);
    return false;
  }
  return true;
}

function giveUp(run: SmokeRun, steps: readonly SmokeStep[], why: string): void {
  for (const { name } of steps) {
    if (!run.results.has(name)) conclude(run, name, { outcome: "not run", came: why, seconds: 0 });
  }
}

async function carryOut(run: SmokeRun, step: SmokeStep): Promise<StepResult> {
  if (step.needs !== null && !run.has.has(step.needs))
    return conclude(run, step.name, { outcome: "skipped", came: `It needs the run's ${step.needs}.`, seconds: 0 });
  const signal = signalFor(run, step);
  if (signal.aborted) return conclude(run, step.name, { outcome: "not run", came: words(signal.reason), seconds: 0 });
  run.say(`… ${step.name}: ${step.expects}`);
  const begun = run.now();
  const ended = (outcome: StepResult["outcome"], came: string): StepResult => {
    const result: StepResult = { outcome, came, seconds: Math.round((run.now() - begun) / 1000) };
    return conclude(run, step.name, result);
  };
  try {
    return ended("passed", await abortable(step.run({ ...run.deps, signal }), signal));
  } catch (error) {
    return ended(
      signal.reason instanceof Interrupted ? "not run" : "failed",
      words(signal.aborted ? signal.reason : error),
    );
  }
}

function conclude(run: SmokeRun, name: string, result: StepResult): StepResult {
  const marks: Readonly<Record<StepResult["outcome"], string>> = {
    passed: "✓",
    failed: "✗",
    skipped: "–",
    "not run": "–",
  };
  const time = result.seconds === 0 ? "" : ` (${result.seconds} s)`;
  run.keep(name, result);
  run.say(`${marks[result.outcome]} ${name}${time}: ${result.came}`);
  return result;
}

/** A step ends when its time is over; what is tried out, also when the run's is, or when somebody interrupts it. */
function signalFor({ pace, startedAt, now, interrupted }: SmokeRun, { phase, minutes }: SmokeStep): AbortSignal {
  const own = pace * minutes * minuteMs;
  const ownIsOver = `It takes ${pace * minutes} minutes at most.`;
  if (phase === "after") return after(own, ownIsOver);
  const all = pace * longestMinutes.steps;
  const left = startedAt + all * minuteMs - now();
  const timer = left < own ? after(left, `The run's ${all} minutes are over.`) : after(own, ownIsOver);
  return AbortSignal.any([interrupted, timer]);
}

function after(ms: number, why: string): AbortSignal {
  const timer = new AbortController();
  if (ms <= 0) timer.abort(new Error(why));
  else setTimeout(() => timer.abort(new Error(why)), ms).unref();
  return timer.signal;
}

/** What AWS refused says of which call; everything else is a sentence. */
function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return failedCallOf(error) === null ? error.message : answerWords(error);
}
