import { redactor } from "@slipway/text/redactor";
import type { RunState, StepResult } from "./state.ts";
import type { SmokeStep } from "./steps/step.ts";

export interface ReportFacts {
  readonly state: RunState;
  readonly steps: readonly SmokeStep[];
  /** Of Slipway, and of Node.js. */
  readonly versions: Readonly<Record<string, string>>;
  /** What may not be seen: tokens, secrets, the account. */
  readonly secrets: readonly string[];
}

/** How many steps ended how. */
export function countsOf(state: RunState): Readonly<Record<StepResult["outcome"], number>> {
  const counts = { passed: 0, failed: 0, skipped: 0, "not run": 0 };
  for (const { outcome } of Object.values(state.results)) counts[outcome] += 1;
  return counts;
}

/** A report of a run as Markdown, without secrets: it is made to be attached to an issue. */
export function reportOf({ state, steps, versions, secrets }: ReportFacts): string {
  const { passed, failed, skipped, "not run": notRun } = countsOf(state);
  const facts = [
    ["run", state.name],
    ["target", state.target],
    ["started", new Date(state.startedAt).toISOString()],
    ...Object.entries(versions),
  ];
  const text = [
    "# Slipway smoke run",
    "",
    ...facts.map(([name, value]) => `- ${name}: ${value}`),
    "",
    `${passed} passed, ${failed} failed, ${notRun} not run, ${skipped} skipped`,
    ...steps.flatMap((step) => section(step, state.results[step.name])),
    "",
  ].join("\n");
  return redactor([...secrets])(text);
}

function section({ name, expects }: SmokeStep, result: StepResult | undefined): readonly string[] {
  const { outcome, came, seconds } = result ?? { outcome: "not run", came: "", seconds: 0 };
  // A log's lines may hold anything: indented they are text, whatever they look like.
  const indented = came.split("\n").map((line) => `    ${line}`);
  return ["", `## ${name}: ${outcome}`, "", `Expected: ${expects}`, "", `Came after ${seconds} s:`, "", ...indented];
}
