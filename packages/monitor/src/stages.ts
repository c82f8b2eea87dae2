/**
 * The stages of a deployment's life, in order. This table is the only list of them: core derives its schemas from it, and
 * whatever says more about stages is checked to say it of each. It has no dependency, so that every client can carry it.
 */
const table = {
  pending: { label: "Pending", step: "Queue", kind: "waiting", progress: [0, 0] },
  cloning: { label: "Cloning", step: "Clone", kind: "working", progress: [20, 20] },
  building: { label: "Building", step: "Build", kind: "working", progress: [50, 69] },
  awaiting_approval: {
    label: "Awaiting approval",
    step: "Approval",
    kind: "waiting",
    progress: [70, 70],
    isOptional: true,
    notifies: true,
  },
  deploying: { label: "Deploying", step: "Deploy", kind: "working", progress: [80, 99] },
  success: { label: "Success", step: "Live", kind: "terminal", progress: [100, 100], notifies: true },
  failed: { label: "Failed", step: "Failed", kind: "terminal", progress: [0, 0], notifies: true },
  cancelled: { label: "Cancelled", step: "Cancelled", kind: "terminal", progress: null },
  superseded: { label: "Superseded", step: "Superseded", kind: "terminal", progress: null },
} as const satisfies Readonly<Record<string, StageFacts>>;

/** What everybody may know about a stage. */
export interface StageFacts {
  /** As a state: `Deploying`. */
  readonly label: string;
  /** As a step that a deployment takes: `Deploy`. */
  readonly step: string;
  /** `waiting`: for a turn or for people. `terminal`: final. */
  readonly kind: "waiting" | "working" | "terminal";
  /** Percent when it is entered, and the most within it; `null`: as it was. */
  readonly progress: readonly [entered: number, most: number] | null;
  /** Only some deployments enter it: for the others it is no step. */
  readonly isOptional?: true;
  /** Notifications are sent for it unless an app says otherwise. */
  readonly notifies?: true;
}

type Table = typeof table;
export type Stage = keyof Table;
export type TerminalStage = { [Each in Stage]: Table[Each]["kind"] extends "terminal" ? Each : never }[Stage];
export type OpenStage = Exclude<Stage, TerminalStage>;

export const stageFacts: Readonly<Record<Stage, StageFacts>> = table;

export const stages = Object.keys(table) as readonly Stage[];

/** Whether a deployment in this stage has ended. A terminal stage is final. */
export function isTerminal(stage: Stage): stage is TerminalStage {
  return stageFacts[stage].kind === "terminal";
}

const isOpen = (stage: Stage): stage is OpenStage => !isTerminal(stage);

export const openStages: readonly OpenStage[] = stages.filter(isOpen);
export const terminalStages: readonly TerminalStage[] = stages.filter(isTerminal);

/** The stages for which notifications are sent unless an app says otherwise: what ended first, then what waits for people. */
export const notifiedStages: readonly Stage[] = [...terminalStages, ...openStages].filter(
  (stage) => stageFacts[stage].notifies,
);
