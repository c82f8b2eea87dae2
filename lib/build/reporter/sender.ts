import type { BuildReportRequest } from "../../contract/build.ts";
import type { ReportAnswer } from "./control-plane.ts";
import type { Outbox } from "./outbox.ts";
import { backoff, pause, type Surroundings } from "./surroundings.ts";

/** How the conversation with the control plane ended. */
type Ending =
  /** The last word was acknowledged. */
  | "sealed"
  /** The control plane wants nothing more of this build. */
  | "unwanted"
  /** The deadline passed without an answer. */
  | "given_up"
  | "stopped";

export interface Sender {
  /** To be called whenever something was put into the outbox. */
  wake(): void;
  /** Resolves once at most so many lines, of at most so many bytes, wait, or the conversation is over. */
  room(lines: number, bytes: number): Promise<void>;
  /** Resolves once nothing waits, or the conversation is over. */
  idle(): Promise<void>;
  /** Ends the conversation after the request that is on its way. */
  stop(): void;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
}

export interface SenderOptions extends Pick<Surroundings, "now" | "after" | "random" | "complain"> {
  readonly outbox: Outbox;
  readonly report: (report: BuildReportRequest) => Promise<ReportAnswer>;
  /** Milliseconds since the epoch: when to stop trying. */
  readonly giveUpAt: number;
}

/** Begins to send what the outbox has, one request at a time, in order, each until it is acknowledged. */
export function startSender(options: SenderOptions): Sender {
  const { outbox } = options;
  const stop = new AbortController();
  const waiting = new Set<{ readonly until: () => boolean; readonly resolve: () => void }>();
  let bell = new AbortController();
  let over = false;

  const settle = (): void => {
    for (const waiter of waiting) {
      if (!over && !waiter.until()) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };
  const when = (until: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.add({ until, resolve });
      settle();
    });
  const wake = (): void => bell.abort();
  /** A new bell before the outbox is looked at again: what is put in meanwhile rings it. */
  const rest = async (ms: number): Promise<void> => {
    await pause(ms, options.after, bell.signal);
    bell = new AbortController();
  };

  stop.signal.addEventListener("abort", wake);
  const ended = converse(options, stop.signal, rest, settle).then((ending) => {
    over = true;
    settle();
    return ending;
  });
  return {
    wake,
    room: (lines, bytes) => when(() => outbox.unsent() <= lines && outbox.unsentBytes() <= bytes),
    idle: () => when(() => outbox.empty()),
    stop: () => stop.abort(),
    ended,
  };
}

/** Longer than any wait that has an end of its own. */
const UNTIL_WOKEN_MS = 60_000;

async function converse(
  { outbox, report, now, after, random, complain, giveUpAt }: SenderOptions,
  stop: AbortSignal,
  rest: (ms: number) => Promise<void>,
  progressed: () => void,
): Promise<Ending> {
  let failures = 0;
  while (!stop.aborted) {
    const due = outbox.due();
    const wait = due === undefined ? UNTIL_WOKEN_MS : due - now();
    if (wait > 0) {
      await rest(wait);
      continue;
    }
    const sent = outbox.take(now());
    const answer = await report(sent);
    if (answer.kind === "unwanted") return "unwanted";
    if (movedOn(outbox, sent, answer)) {
      if (failures > 0) complain("The control plane answers again.");
      failures = 0;
      progressed();
      if (sent.finished !== undefined && outbox.empty()) return "sealed";
      continue;
    }
    failures += 1;
    if (failures === 1) complain(`The control plane does not accept the log: ${reason(answer)}. Trying again.`);
    const pauseMs = Math.max(backoff(failures, random()), answer.kind === "again" ? answer.afterMs : 0);
    if (now() + pauseMs >= giveUpAt) return "given_up";
    await pause(pauseMs, after, stop);
  }
  return "stopped";
}

function movedOn(outbox: Outbox, sent: BuildReportRequest, answer: ReportAnswer): boolean {
  if (answer.kind === "accepted") return outbox.accepted(sent, answer.next);
  return answer.kind === "lines_missing" && outbox.missing(answer.next);
}

function reason(answer: ReportAnswer): string {
  return answer.kind === "again" ? answer.reason : "its count of the lines is not ours";
}
