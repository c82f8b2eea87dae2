import {
  type Append,
  append,
  close,
  type LogChunk,
  type LogHead,
  sealLog,
  textBytes,
  type WrittenLine,
} from "../log/log.ts";
import type { LogStore } from "../ports/deployments.ts";
import { conflict, type RetryDeps, retryOnConflict } from "../retry-on-conflict.ts";
import type { KnownHeads } from "./known-heads.ts";

/** What it takes to write to a log. */
export interface WriteLogDeps extends RetryDeps {
  readonly log: LogStore & Partial<KnownHeads>;
}

/** What is stored at once, in bytes of text: an item of the table takes 400 KB, and not all text can be compressed. */
const mostAtOnce = 256 * 1024;

/**
 * Appends lines that their writer numbered from `first`. Repeating it is harmless. `known`: the log's head as it was a while
 * ago; if it has moved on since, nothing can be put after it, and it is read.
 */
export async function appendLines(
  deps: WriteLogDeps,
  deploymentId: number,
  writer: string,
  first: number,
  lines: readonly WrittenLine[],
  known: LogHead | null = null,
): Promise<Append> {
  let number = first;
  let head = known;
  let outcome: Append | null = null;
  for (const part of partsOf(lines)) {
    const answer = await appendPart(deps, deploymentId, writer, number, part, head);
    // The writer goes on from there, or not at all.
    if (answer.outcome === "closed" || answer.outcome === "gap") return answer;
    head = answer.outcome === "append" ? answer.chunk.head : head;
    outcome = answer;
    number += part.length;
  }
  return outcome ?? appendPart(deps, deploymentId, writer, first, [], known);
}

/**
 * Appends lines of Slipway's own, numbered from `first` on, and seals the log in the same write if they are the `last` ones. Throws {@link LineMissing} if lines before them are missing: the
 * message then comes again, and what was to be written before is.
 */
export async function appendOwnLines(
  deps: WriteLogDeps,
  deploymentId: number,
  writer: string,
  first: number,
  lines: readonly WrittenLine[],
  last = false,
): Promise<void> {
  const answer = last
    ? await appendPart(deps, deploymentId, writer, first, lines, null, sealed)
    : await appendLines(deps, deploymentId, writer, first, lines);
  if (answer.outcome === "gap") throw new LineMissing(deploymentId, writer, answer.next, first);
}

/** A writer's line is to be written whose predecessors are not in the log. */
export class LineMissing extends Error {
  override readonly name = "LineMissing";
  constructor(deploymentId: number, writer: string, next: number, first: number) {
    super(`The log of deployment ${deploymentId} lacks lines ${next} to ${first - 1} of ${writer}.`);
  }
}

/** The lines in parts that are stored at once: each has a line at least. */
function partsOf(lines: readonly WrittenLine[]): WrittenLine[][] {
  const parts: WrittenLine[][] = [];
  let room = 0;
  for (const line of lines) {
    const bytes = [line].flat().reduce((sum, one) => sum + textBytes(one.line), 0);
    if (bytes > room) {
      parts.push([]);
      room = mostAtOnce;
    }
    parts.at(-1)?.push(line);
    room -= bytes;
  }
  return parts;
}

function appendPart(
  deps: WriteLogDeps,
  deploymentId: number,
  writer: string,
  first: number,
  lines: readonly WrittenLine[],
  known: LogHead | null,
  change: (appended: Append) => Append = (appended) => appended,
): Promise<Append> {
  let head = known ?? deps.log.known?.(deploymentId) ?? null;
  return retryOnConflict(deps, `the log of deployment ${deploymentId}`, async () => {
    const isOld = head !== null;
    const answer = change(append(head ?? (await deps.log.head(deploymentId)), writer, first, lines));
    head = null;
    // What is missing by an old head may have come since.
    if (isOld && answer.outcome === "gap") return conflict;
    return answer.outcome !== "append" || (await deps.log.put(deploymentId, answer.chunk)) ? answer : conflict;
  });
}

/** With the log sealed by the chunk that is put. */
const sealed = (answer: Append): Append =>
  answer.outcome === "append"
    ? { ...answer, chunk: { ...answer.chunk, head: { ...answer.chunk.head, sealed: true } } }
    : answer;

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
  let head = deps.log.known?.(deploymentId) ?? null;
  return retryOnConflict(deps, `the log of deployment ${deploymentId}`, async () => {
    const chunk = chunkAfter(head ?? (await deps.log.head(deploymentId)));
    head = null;
    return chunk === null || (await deps.log.put(deploymentId, chunk)) ? undefined : conflict;
  });
}

/** The name of a build attempt as a writer of the log. */
export const buildWriter = (attempt: number): string => `build#${attempt}`;
