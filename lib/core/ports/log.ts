import type { LogChunk, LogHead, NumberedLine } from "../log/log.ts";

/** A deployment's log as stored: chunks, each put once. */
export interface LogStore {
  /** What may follow, strongly consistent. */
  head(deploymentId: number): Promise<LogHead>;
  /** Puts a chunk. `false`: another writer put one after the same head; read the head and decide again. */
  put(deploymentId: number, chunk: LogChunk): Promise<boolean>;
  /** At most `limit` lines after a cursor, and where to go on. */
  read(deploymentId: number, after: number, limit: number): Promise<LogPage>;
}

export interface LogPage {
  readonly lines: readonly NumberedLine[];
  /** The cursor to go on from: of the last line, or the one asked with. */
  readonly next: number;
  /** More is stored already. */
  readonly more: boolean;
  /** The end of a sealed log was reached: nothing follows `next`. */
  readonly complete: boolean;
}
