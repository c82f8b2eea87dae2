import * as z from "zod";
import type { FauxqsEngine } from "./fauxqs-engine.ts";
import { forwardSqs } from "./sqs-wire.ts";

const sent = z.looseObject({ QueueUrl: z.string() });
const batch = z.looseObject({ QueueUrl: z.string(), Entries: z.array(z.unknown()) });

/**
 * Delivery is at least once: now and then a message that was sent comes twice. Never from a FIFO queue, which knows repeats.
 * `isUnlucky` is asked once a message.
 */
export async function sendAgain(
  fauxqs: FauxqsEngine,
  operation: string,
  input: unknown,
  isUnlucky: () => boolean,
): Promise<void> {
  const { QueueUrl } = sent.parse(input);
  if (QueueUrl.endsWith(".fifo")) return;
  if (operation === "SendMessage" && isUnlucky()) {
    await forwardSqs(fauxqs, operation, JSON.stringify(input));
  }
  if (operation === "SendMessageBatch") {
    const Entries = batch.parse(input).Entries.filter(isUnlucky);
    if (Entries.length > 0) await forwardSqs(fauxqs, operation, JSON.stringify({ QueueUrl, Entries }));
  }
}
