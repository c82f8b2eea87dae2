import { type Append, append, close, type LogChunk, type LogHead, sealLog, type WrittenLine } from "../log/log.ts";
import type { LogStore } from "../ports/deployments.ts";
import { conflict, type RetryDeps, retryOnConflict } from "../retry-on-conflict.ts";

/** What it takes to write to a log. */
export interface WriteLogDeps extends RetryDeps {
  readonly log: LogStore;
}

/** Appends lines that their writer numbered from `first`. Repeating it is harmless. */
export function appendLines(
  deps: WriteLogDeps,
  deploymentId: number,
  writer: string,
  first: number,
  lines: readonly WrittenLine[],
): Promise<Append> {
  return retryOnConflict(deps, `the log of deployment ${deploymentId}`, async () => {
    const answer = append(await deps.log.head(deploymentId), writer, first, lines);
    return answer.outcome !== "append" || (await deps.log.put(deploymentId, answer.chunk)) ? answer : conflict;
  });
}

/** From when this returns, the log refuses lines of the writer. */
export function closeWriter(deps: WriteLogDeps, deploymentId: number, writer: string): Promise<void> {
  return conclude(deps, deploymentId, (head) => close(head, writer));
}

/** From when this returns, the log refuses all lines. */
export function seal(deps: WriteLogDeps, deploymentId: number): Promise<void> {
  return conclude(deps, deploymentId, sealLog);
}

function conclude(
  deps: WriteLogDeps,
  deploymentId: number,
  chunkAfter: (head: LogHead) => LogChunk | null,
): Promise<void> {
  return retryOnConflict(deps, `the log of deployment ${deploymentId}`, async () => {
    const chunk = chunkAfter(await deps.log.head(deploymentId));
    return chunk === null || (await deps.log.put(deploymentId, chunk)) ? undefined : conflict;
  });
}

/** The name of a build attempt as a writer of the log. */
export const buildWriter = (attempt: number): string => `build#${attempt}`;
