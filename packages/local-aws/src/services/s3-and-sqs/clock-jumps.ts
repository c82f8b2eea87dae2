import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { FauxqsEngine } from "./fauxqs-engine.ts";
import type { QueueNames } from "./names.ts";
import { callSqs } from "./sqs-wire.ts";

const queueUrls = z.object({ QueueUrls: z.array(z.string()).default([]) });

const WATCH_MS = 1000;
/** Less is what time synchronisation does. */
const JUMP_MS = 2000;

/** A wait ends when it would have ended without the jump, by the clock as it is now. */
async function moveWaits(fauxqs: FauxqsEngine, names: QueueNames, jumpMs: number, clock: Clock): Promise<void> {
  const { QueueUrls } = await callSqs(fauxqs, "ListQueues", {}, queueUrls);
  for (const name of QueueUrls.map((url) => names.nameIn(url))) {
    const messages = fauxqs.server.inspectQueue(name)?.messages;
    for (const message of messages?.delayed ?? []) {
      if (message.delayUntil !== undefined) message.delayUntil += jumpMs;
    }
    for (const { receiptHandle, visibilityDeadline } of messages?.inflight ?? []) {
      // 0 would give it back at once, which fauxqs does not survive on disk.
      const VisibilityTimeout = Math.max(0.001, (visibilityDeadline + jumpMs - clock.now()) / 1000);
      const input = { QueueUrl: name, ReceiptHandle: receiptHandle, VisibilityTimeout };
      await callSqs(fauxqs, "ChangeMessageVisibility", input, z.unknown());
    }
  }
}

/**
 * fauxqs keeps delays and visibility time-outs as instants of the wall clock: after that was set back by an hour nothing
 * would be received for an hour. Whenever wall clock and monotonic clock part, its waits are moved by as much. Answers how
 * to end that.
 */
export function followClockJumps(
  fauxqs: FauxqsEngine,
  names: QueueNames,
  clock: Clock,
  failed: (error: unknown) => void,
): () => void {
  let offset = clock.now() - clock.elapsed();
  let cancel = (): void => undefined;
  const poll = async (): Promise<void> => {
    const jump = clock.now() - clock.elapsed() - offset;
    if (Math.abs(jump) >= JUMP_MS) {
      offset += jump;
      await moveWaits(fauxqs, names, jump, clock).catch(failed);
    }
    watch();
  };
  let ended = false;
  const watch = (): void => {
    if (!ended) cancel = clock.after(WATCH_MS, () => void poll());
  };
  watch();
  return () => {
    ended = true;
    cancel();
  };
}
