import { colouredText, plainText } from "@slipway/text/inert";
import { privateKeyFilter, type Redact } from "@slipway/text/redactor";
import type { Line } from "../../contract/build.ts";
import type { BuildStep } from "../../core/deployment/build-result.ts";
import { longestReported } from "../../core/limits.ts";
import { parseProgress, type SolveStatus, type Vertex } from "./rawjson.ts";
import { type StartedStep, stepCounter } from "./steps.ts";
import { inPieces, type LineAssembler, lineAssembler, type Piece } from "./text.ts";
import { stepTimings } from "./timings.ts";

/** What a vertex ended with. */
export interface VertexError {
  readonly name: string;
  readonly error: string;
  /** The step of the Dockerfile, where the vertex is one. */
  readonly step: StartedStep | undefined;
}

interface Trouble {
  readonly errors: readonly VertexError[];
  readonly text: readonly string[];
  readonly warnings: readonly string[];
}

/** Turns what docker prints into the lines of the log. */
export interface Renderer {
  /** One whole line of docker's output: progress as JSON, or plain text. */
  read(line: string, stream: "stdout" | "stderr"): Line[];
  /** What was still incomplete when docker ended. */
  end(): Line[];
  latestStep(): StartedStep | undefined;
  /** The steps that have ended, and how long they took; redacted. With `until`, in milliseconds, also those that ran until then. */
  steps(until?: number): readonly BuildStep[];
  /** What went wrong so far: the vertices that failed, the last plain text, and what docker warned of. */
  trouble(): Trouble;
}

export interface RendererOptions {
  readonly redact: Redact;
  /** Milliseconds since the epoch, for what carries no time of its own. */
  readonly now: () => number;
}

/** What is worth a line among BuildKit's own work. */
const NOTES: readonly (readonly [RegExp, string])[] = [
  [/^\[internal\] load metadata for (.+)$/, "Looking up $1"],
  [/^importing cache manifest from .+$/, "Looking for what earlier builds left"],
  [/^exporting to .+$/, "Exporting the image"],
  [/^pushing .+$/, "Pushing the image"],
];

/** How many plain lines are kept to explain a failure. */
const KEPT_LINES = 50;

/** `text` as one line of the log, or several where it is too long to be sent in one: redacted, and without what is no text. */
export function logLines(text: string, stream: Line["stream"], at: number, redact: Redact): Line[] {
  return inPieces(text, longestReported).map((piece) => lineOf(piece, stream, at, redact));
}

/** Redacted before what is no text is taken out: a sequence that is cut short would take the first letter of a secret with it. */
function lineOf({ text, ...around }: Piece, stream: Line["stream"], at: number, redact: Redact): Line {
  const timestamp = new Date(at).toISOString();
  return { line: `${colouredText(redact(text, around)).replaceAll("\n", "")}\n`, timestamp, stream, ...around };
}

/** A renderer for one run of docker. */
export function renderer({ redact, now }: RendererOptions): Renderer {
  const steps = stepCounter();
  const timings = stepTimings();
  const outputs = new Map<string, Output>();
  const begun = new Set<string>();
  const ended = new Set<string>();
  const errors: VertexError[] = [];
  const text: string[] = [];
  const warnings: string[] = [];
  const plainKeys = { stdout: privateKeyFilter(), stderr: privateKeyFilter() };
  const say = (line: string, stream: Line["stream"], at: number): Line[] => logLines(line, stream, at, redact);

  const redacted = (line: string): string => plainText(redact(line));

  const start = (vertex: Vertex, at: number): Line[] => {
    if (begun.has(vertex.digest)) return [];
    begun.add(vertex.digest);
    const step = steps.started(vertex.digest, vertex.name);
    if (step !== undefined) timings.started(vertex.digest, redacted(step.instruction), at);
    if (step !== undefined) return say(`Step ${step.number}/${step.of} : ${step.instruction}`, "stdout", at);
    const note = NOTES.find(([pattern]) => pattern.test(vertex.name));
    return note === undefined ? [] : say(vertex.name.replace(...note), "system", at);
  };

  const printed = (piece: Piece, { filter, stream }: Output, at: number): Line => {
    const text = filter(piece.text);
    return lineOf(text === piece.text ? piece : { text }, stream, at, redact);
  };

  const output = (entry: NonNullable<SolveStatus["logs"]>[number], at: number): Line[] => {
    const stream = entry.stream === 2 ? "stderr" : "stdout";
    const key = `${stream} ${entry.vertex}`;
    const found = outputs.get(key) ?? newOutput(stream, at);
    outputs.set(key, found);
    found.at = at;
    return found.assembler.push(Buffer.from(entry.data ?? "", "base64")).map((piece) => printed(piece, found, at));
  };

  const flush = (key: string): Line[] => {
    const found = outputs.get(key);
    outputs.delete(key);
    return found === undefined ? [] : found.assembler.end().map((piece) => printed(piece, found, found.at));
  };

  const complete = (vertex: Vertex, at: number): Line[] => {
    if (ended.has(vertex.digest)) return [];
    ended.add(vertex.digest);
    timings.completed(vertex.digest, at, vertex.cached);
    const rest = [...flush(`stdout ${vertex.digest}`), ...flush(`stderr ${vertex.digest}`)];
    if (vertex.cached && steps.find(vertex.digest) !== undefined) rest.push(...say("CACHED", "system", at));
    // The steps that ran beside the one that failed end so; that is not what went wrong.
    if (vertex.error === "" || /context canceled/.test(vertex.error)) return rest;
    // The first build of a branch finds no cache. No build fails of that.
    if (vertex.name.startsWith("importing cache manifest from ")) return rest;
    errors.push(withoutSecrets(vertex, steps.find(vertex.digest)));
    return [...rest, ...`ERROR: ${vertex.error}`.split("\n").flatMap((line) => say(line, "stderr", at))];
  };

  const progress = (status: SolveStatus): Line[] => {
    for (const vertex of status.vertexes ?? []) steps.saw(vertex.name);
    return inOrder(status, BigInt(Math.trunc(now())) * NANOS_IN_MS).flatMap((happening) => {
      const at = Number(happening.at / NANOS_IN_MS);
      if (happening.kind === "started") return start(happening.vertex, at);
      if (happening.kind === "log") return output(happening.log, at);
      if (happening.kind === "completed") return complete(happening.vertex, at);
      if (warnings.length < KEPT_LINES) warnings.push(redacted(happening.text));
      return say(`WARNING: ${happening.text}`, "stderr", at);
    });
  };

  // What explains a failure is shortened, and a secret that is cut in two is not recognised any more.
  const withoutSecrets = ({ name, error }: Vertex, step: StartedStep | undefined): VertexError => ({
    name: redacted(name),
    error: redacted(error),
    step: step && { ...step, instruction: redacted(step.instruction) },
  });

  const plain = (line: string, stream: "stdout" | "stderr"): Line[] => {
    const said = redacted(line);
    text.push(said);
    if (text.length > KEPT_LINES) text.shift();
    // Docker ends with the error of the step that failed, which the log has.
    if (errors.some(({ error }) => error === solveError(said))) return [];
    return say(plainKeys[stream](line), stream, now());
  };

  return {
    read: (line, stream) => {
      const status = parseProgress(line);
      return status === undefined ? plain(line, stream) : progress(status);
    },
    end: () => [...outputs.keys()].flatMap(flush),
    latestStep: () => steps.latest(),
    steps: (until) => timings.list(until),
    trouble: () => ({ errors, text, warnings }),
  };
}

/** What docker could not solve, of its last line: `ERROR: failed to build: failed to solve: …`. */
const solveError = (line: string): string | undefined =>
  /^ERROR: (?:failed to build: )?failed to solve: (.+)$/.exec(line)?.[1];

/** What a vertex has written to one of its streams. */
interface Output {
  readonly stream: "stdout" | "stderr";
  readonly assembler: LineAssembler;
  readonly filter: (line: string) => string;
  /** When it wrote last. */
  at: number;
}

function newOutput(stream: "stdout" | "stderr", at: number): Output {
  return { stream, assembler: lineAssembler(longestReported), filter: privateKeyFilter(), at };
}

const NANOS_IN_MS = 1_000_000n;

type Happening = { readonly at: bigint } & (
  | { readonly kind: "started"; readonly vertex: Vertex }
  | { readonly kind: "completed"; readonly vertex: Vertex }
  | { readonly kind: "log"; readonly log: NonNullable<SolveStatus["logs"]>[number] }
  | { readonly kind: "warning"; readonly text: string }
);

/**
 * What one line of progress contains, in the order in which it happened. BuildKit gathers a tenth of a second into a line and sorts it
 * by kind: the next step's start would stand before the last output of the step before it.
 */
function inOrder(status: SolveStatus, otherwise: bigint): Happening[] {
  const time = (text: string | null | undefined): bigint => nanoseconds(text ?? "") ?? otherwise;
  const vertexes = status.vertexes ?? [];
  const happenings: Happening[] = [
    ...vertexes.flatMap((vertex): Happening[] =>
      vertex.started ? [{ kind: "started", at: time(vertex.started), vertex }] : [],
    ),
    ...(status.logs ?? []).map((log): Happening => ({ kind: "log", at: time(log.timestamp), log })),
    ...vertexes.flatMap((vertex): Happening[] =>
      vertex.completed ? [{ kind: "completed", at: time(vertex.completed), vertex }] : [],
    ),
    ...(status.warnings ?? []).map((warning): Happening => {
      const short = Buffer.from(warning.short ?? "", "base64").toString();
      return { kind: "warning", at: otherwise, text: warning.url === "" ? short : `${short} (${warning.url})` };
    }),
  ];
  return happenings.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Go's RFC 3339 with up to nine decimals, of which `Date` keeps three; `undefined` where it is no time after 1970. */
function nanoseconds(text: string): bigint | undefined {
  const [, decimals = ""] = /\.(\d{1,9})/.exec(text) ?? [];
  const seconds = Date.parse(text.replace(/\.\d+/, ""));
  return seconds > 0 ? BigInt(seconds) * NANOS_IN_MS + BigInt(decimals.padEnd(9, "0")) : undefined;
}
