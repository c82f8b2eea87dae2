import { join } from "node:path";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { followClockJumps } from "./clock-jumps.ts";
import { openFauxqs } from "./fauxqs-engine.ts";
import { countMessages } from "./message-count.ts";
import { moveTasks } from "./move-tasks.ts";
import { queueNames } from "./names.ts";
import { fauxqsProviders } from "./providers.ts";
import { s3Service } from "./s3.ts";
import { sqsService } from "./sqs.ts";

export interface FauxqsOptions {
  /** One in how many messages comes twice, by chance. Default 50; 0: none. */
  readonly duplicateOneIn?: number;
}

/**
 * SQS and S3, their data under `<dataDir>/fauxqs`. Queue URLs follow the endpoint of this start; the queues stay. `loss`: which
 * messages were lost before this start, because a file was damaged, as a sentence.
 */
export async function createFauxqs(
  context: LocalContext,
  { duplicateOneIn = 50 }: FauxqsOptions = {},
): Promise<LocalPart & { readonly loss: string | null }> {
  const fauxqs = await openFauxqs(join(context.dataDir, "fauxqs"), context.region);
  const count = countMessages(context.dataDir);
  const names = queueNames(context);
  const tasks = moveTasks(fauxqs, names, context);
  const isUnlucky = (): boolean =>
    duplicateOneIn > 0 && Number.parseInt(context.randomHex(8), 16) / 2 ** 32 < 1 / duplicateOneIn;
  let unfollow = (): void => undefined;
  return {
    loss: count.loss,
    services: [sqsService(fauxqs, names, tasks, count, isUnlucky), s3Service(fauxqs)],
    providers: fauxqsProviders(fauxqs, names, context),
    start: async () => {
      tasks.resume();
      unfollow = followClockJumps(fauxqs, names, context.clock, (error) =>
        context.log("aws", { level: "ERROR", message: "Waits could not follow the clock.", error: String(error) }),
      );
    },
    close: async () => {
      unfollow();
      await tasks.close();
      count.close();
      await fauxqs.close();
    },
  };
}
