import type { Deployment } from "../deployment/deployment.ts";
import type { NumberedLine } from "../log/log.ts";
import type { PumpMark } from "../sockets/connection.ts";
import { isTerminal } from "../stage.ts";
import type { Frame } from "./frame.ts";

/** The largest frame of lines, in characters: API Gateway takes 128 KB a message, and JSON makes six bytes of a control character. */
const largestFrame = 20_000;

interface Moment {
  readonly stage: Deployment["stage"];
  readonly progress: number;
  readonly message: string;
  readonly version: number;
}

/** A `status` event. It is the last one of the deployment if `complete`. */
function statusFrame(row: Deployment, moment: Moment, timestamp: string, complete: boolean): Frame {
  const ended = isTerminal(moment.stage);
  const data = {
    deployment_id: row.id,
    status: moment.stage,
    stage: moment.stage,
    progress: moment.progress,
    message: moment.message,
    error_message: ended ? (row.error_message ?? "") : "",
    version: moment.version,
    failed_stage: ended ? row.failed_stage : null,
    rolled_back: row.rolled_back,
    log_complete: complete,
  };
  return { type: "status", timestamp, data };
}

const present = (row: Deployment): Moment => ({
  stage: row.stage,
  progress: row.progress,
  message: row.message,
  version: row.status_version,
});

/** The snapshot: the first frame that a viewer gets, with how the deployment stands now. */
export function snapshotFrames(row: Deployment, now: string): Frame[] {
  return [statusFrame(row, present(row), now, false)];
}

/** The last frames that a viewer gets: the error if it failed, and the final state. */
export function finalFrames(row: Deployment): Frame[] {
  const at = row.finished_at ?? row.created_at;
  const last = row.timeline.at(-1);
  const moment = last === undefined ? present(row) : { ...present(row), version: last.version };
  const status = statusFrame(row, moment, at, true);
  const error: Frame = {
    type: "error",
    timestamp: at,
    data: { message: row.error_message ?? row.message, scope: "deployment", deployment_id: row.id },
  };
  return row.stage === "failed" ? [error, status] : [status];
}

/** Lines as one frame; whoever has it has everything up to `cursor`. */
export interface LineFrame {
  readonly frame: Frame;
  readonly cursor: number;
}

/** Lines as events: one each, or many in one for those who asked for batches. */
export function lineFrames(lines: readonly NumberedLine[], batch: boolean): LineFrame[] {
  if (!batch) return lines.map(lineFrame);
  const frames: LineFrame[] = [];
  let group: NumberedLine[] = [];
  let size = 0;
  for (const line of lines) {
    if (group.length > 0 && size + line.line.length > largestFrame) {
      frames.push(batchFrame(group));
      group = [];
      size = 0;
    }
    group.push(line);
    size += line.line.length + 100;
  }
  if (group.length > 0) frames.push(batchFrame(group));
  return frames;
}

const lineFrame = (line: NumberedLine): LineFrame => ({
  frame: { type: "log", timestamp: line.timestamp, data: line },
  cursor: line.cursor,
});

function batchFrame(lines: readonly NumberedLine[]): LineFrame {
  const last = lines.at(-1);
  const frame: Frame = { type: "logs", timestamp: last?.timestamp ?? "", data: { lines } };
  return { frame, cursor: last?.cursor ?? 0 };
}

/** What live viewers have not been sent yet, but for lines and the end: each stage entered, and progress within it. */
export function statusFrames(
  row: Deployment,
  mark: PumpMark,
  now: string,
): { before: Frame[]; after: Frame[]; mark: PumpMark } {
  const entered = row.timeline.slice(mark.timeline).filter((entry) => !isTerminal(entry.stage));
  const before = entered.map((entry) => statusFrame(row, entry, entry.entered_at, false));
  const version = Math.max(mark.version, ...entered.map((entry) => entry.version));
  const moved = !isTerminal(row.stage) && row.status_version > version;
  const after = moved ? [statusFrame(row, present(row), now, false)] : [];
  const timeline = mark.timeline + entered.length;
  return { before, after, mark: { ...mark, timeline, version: moved ? row.status_version : version } };
}

/** Whether a version of the row has something for those who watch it that the one before had not. `null`: there was none. */
export const isNewToViewers = (before: Deployment | null, after: Deployment): boolean =>
  before === null ||
  before.status_version !== after.status_version ||
  before.timeline.length !== after.timeline.length ||
  before.finished_at !== after.finished_at;
