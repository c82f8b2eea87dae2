import { type Append, append, close, type LogChunk, type LogHead, sealLog, type WrittenLine } from "../log/log.ts";
import type { LogStore } from "../ports/deployments.ts";

/** A writer that lost this many races in a row has met something else than a race. */
const races = 50;

/** Appends lines that their writer numbered from `first`. Repeating it is harmless. */
export async function appendLines(
  log: LogStore,
  deploymentId: number,
  writer: string,
  first: number,
  lines: readonly WrittenLine[],
): Promise<Append> {
  for (let race = 0; race < races; race++) {
    const answer = append(await log.head(deploymentId), writer, first, lines);
    if (answer.outcome !== "append" || (await log.put(deploymentId, answer.chunk))) return answer;
  }
  throw new Error(`Lost ${races} races for the log of deployment ${deploymentId}.`);
}

/** From when this returns, the log refuses lines of the writer. */
export function closeWriter(log: LogStore, deploymentId: number, writer: string): Promise<void> {
  return conclude(log, deploymentId, (head) => close(head, writer));
}

/** From when this returns, the log refuses all lines. */
export function seal(log: LogStore, deploymentId: number): Promise<void> {
  return conclude(log, deploymentId, sealLog);
}

async function conclude(
  log: LogStore,
  deploymentId: number,
  chunkAfter: (head: LogHead) => LogChunk | null,
): Promise<void> {
  for (let race = 0; race < races; race++) {
    const chunk = chunkAfter(await log.head(deploymentId));
    if (chunk === null || (await log.put(deploymentId, chunk))) return;
  }
  throw new Error(`Lost ${races} races for the log of deployment ${deploymentId}.`);
}

/** The name of a build attempt as a writer of the log. */
export const buildWriter = (attempt: number): string => `build#${attempt}`;
