import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { type DiskFault, diskFault, megabytes, mountOf, type Room, roomOn } from "./disk.ts";
import { followDirectory } from "./same-directory.ts";

/** A change that is refused because it could not be kept. The message is for people. */
export class StorageUnavailable extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "StorageUnavailable";
  }
}

/** A store that is put right once the disk takes writes again. Rejects while that does not work. */
type Repair = () => Promise<void> | void;

/** Whether the data directory takes writes. While it does not, nothing is acknowledged to anybody. */
export interface Storage {
  /** Why changes are refused at present; `null`: they are not. */
  refusal(): StorageUnavailable | null;
  /**
   * Reports an error of a write. An error that has nothing to do with the disk is returned unchanged. Otherwise changes are
   * refused from now on, until there is room and every store has been repaired; what comes back is to be thrown.
   */
  failed(error: unknown): unknown;
  /**
   * Does a write that is acknowledged to nobody, such as a line of a log. `false`: the disk did not take it, and changes are refused
   * from now on. Other errors are thrown.
   */
  attempt(write: () => void): boolean;
  /** Has a store repaired, in the order of the calls, before changes are accepted again. */
  repairWith(repair: Repair): void;
  /** Resolves when changes are accepted, and when the storage is closed. */
  writable(): Promise<void>;
  close(): void;
}

export interface StorageSettings {
  readonly dataDir: string;
  readonly clock: Clock;
  /** Shows a sentence to the person at the terminal. */
  readonly print: (sentence: string) => void;
  /** Changes are refused below this, so that nothing is cut in the middle. Bytes. */
  readonly least?: number;
  /** And accepted again above this. Bytes. */
  readonly enough?: number;
  readonly room?: (path: string) => Room;
  /** Writes something and removes it again; throws when the disk does not take it. */
  readonly probe?: (dataDir: string) => void;
}

const MB = 1024 * 1024;
const LEAST = 8 * MB;
/** LevelDB rewrites its log when it is opened (4 MB), SQLite takes its own into the database (4 MB each). */
const ENOUGH = 24 * MB;
const WATCH_MS = 1000;
const PROBE_BYTES = 64 * 1024;

/** A disk can have room and take nothing all the same. */
function writeSomething(dataDir: string): void {
  const file = join(dataDir, "probe");
  const handle = openSync(file, "w", 0o600);
  try {
    writeSync(handle, Buffer.alloc(PROBE_BYTES, 1));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
    rmSync(file, { force: true });
  }
}

/** What is wrong with where the data lies: with its disk, or with the directory itself. */
type Fault = DiskFault | "gone";

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code));

const WHAT: Readonly<Record<DiskFault, string>> = {
  full: "is full",
  read_only: "cannot be written to",
  damaged: "holds damaged files",
  failing: "does not take what is written",
};

function attempted(write: () => void, failed: Storage["failed"]): boolean {
  try {
    write();
    return true;
  } catch (error) {
    const failure = failed(error);
    if (failure instanceof StorageUnavailable) return false;
    throw failure;
  }
}

/** Storage that nobody watches: errors are what they are. */
export const unwatchedStorage = (): Storage => ({
  refusal: () => null,
  failed: (error) => error,
  attempt: (write) => attempted(write, (error) => error),
  repairWith: () => undefined,
  writable: () => Promise.resolve(),
  close: () => undefined,
});

/** Watches the disk of the data directory from now on. */
export function watchStorage(settings: StorageSettings): Storage {
  const { dataDir, clock, print, least = LEAST, enough = ENOUGH, room = roomOn, probe = writeSomething } = settings;
  const mount = mountOf(dataDir);
  const isSame = followDirectory(dataDir);
  const repairs: Repair[] = [];
  const waiting = new Set<() => void>();
  let refusal: StorageUnavailable | null = null;
  let complaint = "";
  let closed = false;
  let cancel = (): void => undefined;

  const sentence = (fault: Fault): string => {
    if (fault === "gone") {
      return (
        `The data directory ${dataDir} was deleted, moved or replaced while in use. No changes are accepted. ` +
        "Put the same directory back to continue, or stop and start again."
      );
    }
    const { free, size } = room(dataDir);
    return (
      `The disk ${mount} ${WHAT[fault]}: ${megabytes(free)} of ${megabytes(size)} are free. The data directory ${dataDir} is on ` +
      `it. No changes are accepted until ${megabytes(enough)} are free; running apps continue. ` +
      "Free up space; you don't need to restart."
    );
  };
  const refuse = (fault: Fault, cause?: unknown): StorageUnavailable => {
    if (refusal !== null) return refusal;
    refusal = new StorageUnavailable(sentence(fault), { cause });
    print(refusal.message);
    return refusal;
  };
  const accept = (): void => {
    refusal = null;
    complaint = "";
    print(`The disk ${mount} takes writes again. Changes are accepted.`);
    for (const go of [...waiting]) go();
    waiting.clear();
  };
  const recover = async (): Promise<void> => {
    if (!isSame() || room(dataDir).free < enough) return;
    try {
      probe(dataDir);
      for (const repair of repairs) await repair();
      accept();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== complaint && isSame() && room(dataDir).free >= enough)
        print(`Changes are still not accepted: ${message}`);
      complaint = message;
    }
  };
  const poll = async (): Promise<void> => {
    if (refusal !== null) await recover();
    else if (!isSame()) refuse("gone");
    else if (room(dataDir).free < least) refuse("full");
    if (!closed) watch();
  };
  const watch = (): void => {
    cancel = clock.after(WATCH_MS, () => void poll());
  };
  watch();

  const failed: Storage["failed"] = (error) => {
    if (error instanceof StorageUnavailable) return error;
    const fault = diskFault(error);
    if ((fault !== undefined || isMissing(error)) && !isSame()) return refuse("gone", error);
    return fault === undefined ? error : refuse(fault, error);
  };
  return {
    refusal: () => refusal,
    failed,
    attempt: (write) => attempted(write, failed),
    repairWith: (repair) => void repairs.push(repair),
    writable: () =>
      refusal === null || closed ? Promise.resolve() : new Promise((resolve) => void waiting.add(resolve)),
    close: () => {
      closed = true;
      cancel();
      for (const go of waiting) go();
      waiting.clear();
    },
  };
}

/**
 * An error where nobody waits for it, such as in a timer, would end the process, and the apps with it. Until the returned
 * function is called, faults of the disk are reported to the storage instead. Any other that a promise was rejected with is
 * printed, and all else goes on: only the work that met it is over. One that was thrown ends the process, because nobody
 * knows what it left half done.
 */
export function guardAgainstFaults(storage: Pick<Storage, "failed">, print: (text: string) => void): () => void {
  const isOfTheDisk = (error: unknown): boolean => storage.failed(error) instanceof StorageUnavailable;
  const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
  const thrown = (error: unknown): void => {
    if (isOfTheDisk(error)) return;
    print(textOf(error));
    process.exit(1);
  };
  const rejected = (error: unknown): void => {
    if (!isOfTheDisk(error)) print(`Unexpected error. Only the work that met it has ended. ${textOf(error)}`);
  };
  process.on("uncaughtException", thrown);
  process.on("unhandledRejection", rejected);
  return () => {
    process.off("uncaughtException", thrown);
    process.off("unhandledRejection", rejected);
  };
}
