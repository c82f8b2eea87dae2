import type { BuildReportRequest, Cloned, Finished, Line, Step } from "../../contract/build.ts";

/** Of one report. The protocol allows 500 lines and 1 MB. */
const MAX_LINES = 400;
const MAX_BYTES = 500_000;
/**
 * Between two reports, unless one is full, in milliseconds: short at first, so that people see a line as it is printed, and the longer
 * the more reports a build has made. Each one costs some requests and writes: what a build may spend beyond five a second is bounded.
 */
const GAP = { shortest: 50, longest: 200, growth: 0.25 };
/** Between two reports of progress. */
const STEP_MS = 1000;

/**
 * What the control plane has not acknowledged yet. A pure state machine: it knows no clock and no network; the times handed in are
 * milliseconds and only compared. Lines are numbered from 1 in the order in which they were added, and leave only when acknowledged.
 */
export interface Outbox {
  add(lines: readonly Line[]): void;
  cloned(cloned: Cloned): void;
  /** The latest step; an earlier one not yet sent is forgotten. */
  step(step: Step): void;
  /** The last word: sent with the last lines or after them. Nothing may be added afterwards. */
  finish(finished: Finished): void;
  /** Lines not yet acknowledged. */
  unsent(): number;
  /** Their size as JSON. */
  unsentBytes(): number;
  /** Whether nothing at all waits for an acknowledgement. */
  empty(): boolean;
  /** When the next report should be sent; 0 for at once, `undefined` for not until something is added. */
  due(): number | undefined;
  /** The report to send now. Nothing is removed: sent again after a lost answer, the same lines have the same numbers. */
  take(now: number): BuildReportRequest;
  /** The report was stored, and `next` is the number of the next line that is wanted. False if that brought nothing forward. */
  accepted(report: BuildReportRequest, next: number): boolean;
  /** The report was refused since lines from `next` on are missing. False if that brought nothing forward. */
  missing(next: number): boolean;
}

/** An empty outbox. */
export function createOutbox(): Outbox {
  const lines: Sized[] = [];
  /** The number of `lines[0]`. */
  let base = 1;
  /** Bytes of `lines`. */
  let held = 0;
  let cloned: Cloned | undefined;
  let step: Step | undefined;
  let finished: Finished | undefined;
  let lastTaken = Number.NEGATIVE_INFINITY;
  let taken = 0;
  let lastStep = Number.NEGATIVE_INFINITY;

  const full = (): boolean => batchLength(lines) < lines.length || lines.length === MAX_LINES;
  const advance = (next: number): boolean => {
    const stored = next - base;
    // Lines that were acknowledged are gone, and lines that do not exist cannot have been stored.
    if (stored <= 0 || stored > lines.length) return false;
    for (const { bytes } of lines.splice(0, stored)) held -= bytes;
    base = next;
    return true;
  };

  return {
    add: (added) => {
      for (const line of added) {
        const bytes = Buffer.byteLength(JSON.stringify(line)) + 1;
        lines.push({ line, bytes });
        held += bytes;
      }
    },
    cloned: (value) => {
      cloned = value;
    },
    step: (value) => {
      step = value;
    },
    finish: (value) => {
      finished = value;
    },
    unsent: () => lines.length,
    unsentBytes: () => held,
    empty: () => lines.length === 0 && cloned === undefined && step === undefined && finished === undefined,
    due: () => {
      if (cloned !== undefined || finished !== undefined || full()) return 0;
      if (lines.length > 0) return lastTaken + Math.min(GAP.longest, GAP.shortest + taken * GAP.growth);
      return step === undefined ? undefined : lastStep + STEP_MS;
    },
    take: (now) => {
      const batch = lines.slice(0, batchLength(lines));
      const last = batch.length === lines.length;
      const withStep = step !== undefined && (finished !== undefined || now - lastStep >= STEP_MS);
      lastTaken = now;
      taken += 1;
      if (withStep) lastStep = now;
      return {
        first: base,
        lines: batch.map(({ line }) => line),
        ...(cloned === undefined ? {} : { cloned }),
        ...(withStep && step !== undefined ? { step } : {}),
        ...(finished !== undefined && last ? { finished } : {}),
      };
    },
    accepted: (report, next) => {
      const whole = next === report.first + report.lines.length;
      const advanced = advance(next);
      if (!whole && !advanced) return false;
      if (report.cloned === cloned) cloned = undefined;
      if (report.step !== undefined && report.step === step) step = undefined;
      if (report.finished !== undefined && lines.length === 0) finished = undefined;
      return true;
    },
    missing: advance,
  };
}

interface Sized {
  readonly line: Line;
  /** As JSON, with the comma. */
  readonly bytes: number;
}

/** How many of the lines fit into one report; at least one, if there is one. */
function batchLength(lines: readonly Sized[]): number {
  let bytes = 0;
  const end = lines.slice(0, MAX_LINES).findIndex((line, index) => {
    bytes += line.bytes;
    return bytes > MAX_BYTES && index > 0;
  });
  return end === -1 ? Math.min(lines.length, MAX_LINES) : end;
}
