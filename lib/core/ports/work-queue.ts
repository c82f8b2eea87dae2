import type { NoticeMessage } from "../notices/message.ts";
import type { Message } from "../worker/message.ts";

/** A queue. At least once, in no order. */
export interface Queue<Sent> {
  /** Delivered after `delaySeconds` (at most 900). Durable when it returns. */
  send(message: Sent, delaySeconds?: number): Promise<void>;
}

/** The one queue on which everything that happens becomes a message. */
export type WorkQueue = Queue<Message>;

/** The queue on which notices wait to be sent. */
export type NoticeQueue = Queue<NoticeMessage>;
