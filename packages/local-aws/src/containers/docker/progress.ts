import { sha256 } from "../images/tree.ts";

/** One step of a build as it is shown. */
export interface Vertex {
  /** Output of the step, as it comes. */
  log(stream: "stdout" | "stderr", chunk: string | Buffer): void;
  /** Its result is an earlier build's. */
  cached?(): void;
}

/** Shows what a build does. */
export interface Progress {
  /** Shows a step from its start to its end; what it throws is its error and is thrown on. */
  step<T>(name: string, run: (vertex: Vertex) => Promise<T> | T): Promise<T>;
}

export const PROGRESS_MODES = ["rawjson", "plain"] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

interface Shown {
  readonly number: number;
  readonly digest: string;
  readonly inputs: readonly string[];
  readonly name: string;
  readonly started: Date;
}

/** How one kind of output shows a step's start, its log and its end. */
interface Renderer {
  started(step: Shown): string;
  log(step: Shown, stream: 1 | 2, chunk: Buffer, at: Date): string;
  completed(step: Shown, at: Date, error: string | undefined, isCached: boolean): string;
}

function vertex({ digest, inputs, name, started }: Shown, rest: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ vertexes: [{ digest, inputs, name, started, ...rest }] })}\n`;
}

const RENDERERS: Readonly<Record<ProgressMode, Renderer>> = {
  // BuildKit's SolveStatus, one JSON object a line.
  rawjson: {
    started: (step) => vertex(step, {}),
    log: (step, stream, chunk, at) =>
      `${JSON.stringify({ logs: [{ vertex: step.digest, stream, data: chunk.toString("base64"), timestamp: at }] })}\n`,
    completed: (step, at, error, isCached) =>
      vertex(step, { completed: at, ...(isCached ? { cached: true } : {}), ...(error === undefined ? {} : { error }) }),
  },
  plain: {
    started: ({ number, name }) => `#${number} ${name}\n`,
    log: ({ number, started }, _, chunk, at) =>
      chunk
        .toString()
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => `#${number} ${((at.getTime() - started.getTime()) / 1000).toFixed(3)} ${line}\n`)
        .join(""),
    completed: ({ number, started }, at, error, isCached) => {
      if (error !== undefined) return `#${number} ERROR: ${error}\n`;
      return isCached
        ? `#${number} CACHED\n\n`
        : `#${number} DONE ${((at.getTime() - started.getTime()) / 1000).toFixed(1)}s\n\n`;
    },
  },
};

/** Writes each thing the moment it happens. */
export function createProgress(mode: ProgressMode, write: (text: string) => void, now: () => Date): Progress {
  const renderer = RENDERERS[mode];
  let last: Shown | undefined;
  return {
    step: async (name, run) => {
      const number = (last?.number ?? 0) + 1;
      const inputs = last === undefined ? [] : [last.digest];
      const step: Shown = { number, digest: sha256(`${number} ${name}`), inputs, name, started: now() };
      last = step;
      write(renderer.started(step));
      let isCached = false;
      try {
        const result = await run({
          log: (stream, chunk) => write(renderer.log(step, stream === "stdout" ? 1 : 2, Buffer.from(chunk), now())),
          cached: () => {
            isCached = true;
          },
        });
        write(renderer.completed(step, now(), undefined, isCached));
        return result;
      } catch (error) {
        write(renderer.completed(step, now(), error instanceof Error ? error.message : String(error), false));
        throw error;
      }
    },
  };
}
