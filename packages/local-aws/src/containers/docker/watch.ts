import type { Clock } from "../../kernel/clock.ts";
import type { Exhausted, Limits } from "./limits.ts";
import { type Disk, diskOf, namelessOf, sizeOf, type Usage, usageReader } from "./usage.ts";

interface Watched {
  /** The process that makes the sandbox: everything inside descends from it. */
  readonly pid: number;
  readonly limits: Limits;
  /** Where on the disk it can write. */
  readonly writable: readonly string[];
  /** Called once. The caller then ends the process. */
  readonly onExhausted: (what: Exhausted) => void;
}

/**
 * Ends what uses more than it may. The kernel alone could be trusted with more where this process may make control groups; a user
 * on a laptop may not, and without this a mistake of an app would take the machine.
 */
export interface Watch {
  /** The answer ends the watching. */
  begin(watched: Watched): () => void;
}

const POLL_MS = 500;
const FAST_POLL_MS = 50;
/** Nobody grows faster than this unnoticed. */
const SUSPICIOUS_GROWTH_BYTES = 64 * 1024 * 1024;
const DISK_MS = 500;
/** So much less free space than when it was measured last is worth measuring again. */
const LESS_FREE_BYTES = 16 * 1024 * 1024;
const LESS_FREE_NAMES = 4096;
/** What must stay free on the disk, or this share of it where it is small. */
const RESERVE_BYTES = 1024 ** 3;
const RESERVE_SHARE = 0.02;
/** A bomb leaves room for a process now and then, which is why not only the full number counts. */
const CROWDED_SHARE = 0.98;

class Observed {
  readonly watched: Watched;
  #memoryBytes = 0;
  #over = false;
  /** The disk when the files were measured last, and what they took; `undefined`: never. */
  #measured: { readonly disk: Disk; readonly size: number } | undefined;
  /** Free space when the disk was measured first. */
  #begin: number | undefined;

  constructor(watched: Watched) {
    this.watched = watched;
  }

  exhaust(what: Exhausted): void {
    if (this.#over) return;
    this.#over = true;
    this.watched.onExhausted(what);
  }

  /** Judges what it uses, and returns whether to poll again at once. */
  use({ memoryBytes, processes }: Usage): boolean {
    const { limits } = this.watched;
    if (memoryBytes > limits.memoryBytes) this.exhaust("memory");
    else if (processes >= limits.processes * CROWDED_SHARE) this.exhaust("processes");
    const grew = memoryBytes - this.#memoryBytes > SUSPICIOUS_GROWTH_BYTES;
    this.#memoryBytes = memoryBytes;
    return grew || memoryBytes > limits.memoryBytes / 2;
  }

  /** Measures what it has on the disk when the disk has less room than before. */
  async measure(): Promise<void> {
    const { pid, limits, writable } = this.watched;
    const [first = "/"] = writable;
    const disk = await diskOf(first);
    // It may have ended and been cleared away since its turn came.
    if (disk === null) return;
    const before = this.#measured;
    this.#measured ??= { disk, size: 0 };
    this.#begin ??= disk.free;
    const scarce = isScarce(disk);
    if (before === undefined ? !scarce : !scarce && !hasShrunk(before.disk, disk)) return;
    const sizes = [...(await Promise.all(writable.map(sizeOf))), await namelessOf(pid, first)];
    const seen = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    // Whoever hides files is taken to be the one who fills the disk.
    const size = sizes.some(({ hides }) => hides) ? Math.max(seen, this.#begin - disk.free) : seen;
    this.#measured = { disk, size };
    if (size > limits.diskBytes) this.exhaust("disk");
    else if (scarce && before !== undefined && size - before.size > LESS_FREE_BYTES) this.exhaust("machine-disk");
  }
}

/** Whether hardly anything more has room. */
const isScarce = ({ free, total, freeNames, names }: Disk): boolean =>
  free < Math.min(RESERVE_BYTES, total * RESERVE_SHARE) || freeNames < names * RESERVE_SHARE;

const printed = (message: string): void => void process.stderr.write(`${message}\n`);

const hasShrunk = (before: Disk, now: Disk): boolean =>
  before.free - now.free >= LESS_FREE_BYTES || before.freeNames - now.freeNames >= LESS_FREE_NAMES;

/** `report`: called when a measurement fails, once for each message. It is made again all the same. */
export function createWatch(clock: Pick<Clock, "after">, report: (message: string) => void = printed): Watch {
  const all = new Set<Observed>();
  const reported = new Set<string>();
  const usage = usageReader();
  let running = false;

  const failed = (error: unknown): void => {
    const message = `What apps and builds use could not be measured: ${error instanceof Error ? error.message : error}`;
    if (!reported.has(message)) report(message);
    reported.add(message);
  };

  const use = (): boolean => {
    const usages = usage.read([...all].map(({ watched }) => watched.pid));
    const alert = [...all].map((one) => {
      const usage = usages.get(one.watched.pid);
      return usage !== undefined && one.use(usage);
    });
    return alert.includes(true);
  };

  const poll = (): void => {
    running = all.size > 0;
    if (!running) return;
    let isAlert = false;
    try {
      isAlert = use();
    } catch (error) {
      failed(error);
    }
    clock.after(isAlert ? FAST_POLL_MS : POLL_MS, poll);
  };

  const pollDisk = async (one: Observed): Promise<void> => {
    if (!all.has(one)) return;
    await one.measure().catch(failed);
    clock.after(DISK_MS, () => void pollDisk(one));
  };

  return {
    begin: (watched) => {
      const one = new Observed(watched);
      all.add(one);
      usage.forget();
      if (!running) {
        running = true;
        clock.after(FAST_POLL_MS, poll);
      }
      clock.after(FAST_POLL_MS, () => void pollDisk(one));
      return () => void all.delete(one);
    },
  };
}
