import type { OrphanReport } from "../orphans.ts";
import type { Message } from "../work-queue/message.ts";

/** The event bus for all that may wait: notices, metrics, audit. */
export interface Bus {
  /** At least once. Throws if the bus refuses. */
  put(detailType: string, detail: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Small integers that grow by one, each given out once. */
export interface Counters {
  next(name: "deployments" | "apps" | "runs" | "tokens"): Promise<number>;
}

/** Of which slots one is wanted. */
export interface SlotRequest {
  /** What the slots are for: `held_reads`. */
  readonly pool: string;
  /** How many there are. */
  readonly size: number;
  /** How many of them one caller can have, always the same ones: the others stay free for others. */
  readonly share: number;
  readonly caller: string;
  /** After this time it is free whatever became of whoever took it. */
  readonly leaseSeconds: number;
}

export interface Slot {
  readonly key: string;
  readonly lease: string;
}

/** Slots of which a limited number is taken at the same time, over all instances of all functions. */
export interface Slots {
  /** `null`: none that this caller can have is free. */
  take(request: SlotRequest): Promise<Slot | null>;
  /** Gives it back, unless its lease ended and somebody else has it by now. */
  free(slot: Slot): Promise<void>;
}

/** A queue. At least once, in no order. */
export interface Queue<Sent> {
  /** Delivered after `delaySeconds` (at most 900). Durable when it returns. */
  send(message: Sent, delaySeconds?: number): Promise<void>;
}

/** What lies on a queue. */
export interface Backlog {
  /** About how many messages could be received now and were not; those that are delayed or at work do not count. */
  waiting(): Promise<number>;
}

/** The one queue on which everything that happens becomes a message. */
export type WorkQueue = Queue<Message>;

/** Something that was made at run time. */
export interface Made {
  /** Its name or ARN. */
  readonly name: string;
  /** The app that it was made for; `null`: it names none. */
  readonly app_id: number | null;
  /** When it was made, as a timestamp; `null`: it is not known, or nothing is made before its app has a row. */
  readonly made_at: string | null;
}

/** Finds all that the installation has of one kind of things that are made at run time. */
export interface Finder {
  /** In AWS's words, in the singular. */
  readonly kind: string;
  /** They hold images: those of an app that is gone stay while releases of other apps need one of them. */
  readonly holdsImages?: boolean;
  /** By the installation's prefix or tag, whosever they are. What all apps share is not among them. */
  find(): Promise<readonly Made[]>;
}

/** The last report of what belongs to no app. */
export interface OrphanReports {
  /** `null`: nobody has looked yet. Strongly consistent. */
  get(): Promise<OrphanReport | null>;
  put(report: OrphanReport): Promise<void>;
}
