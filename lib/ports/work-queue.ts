import type { Message } from "../core/message.ts";

/** The one queue on which everything that happens becomes a message. At least once, in no order. */
export interface WorkQueue {
  /** Delivered after `delaySeconds` (at most 900). Durable when it returns. */
  send(message: Message, delaySeconds?: number): Promise<void>;
}
