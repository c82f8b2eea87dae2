import * as z from "zod";
import { parseJson } from "./json.ts";

/**
 * One line of `docker buildx build --progress=rawjson`: BuildKit's `client.SolveStatus`, of which this is what the log needs.
 * Go leaves out empty fields and writes byte slices as base64.
 */
const vertex = z.object({
  digest: z.string(),
  name: z.string().default(""),
  started: z.string().nullish(),
  completed: z.string().nullish(),
  cached: z.boolean().default(false),
  error: z.string().default(""),
});
const log = z.object({
  vertex: z.string(),
  /** 1: stdout, 2: stderr. */
  stream: z.int().default(1),
  data: z.base64().nullish(),
  timestamp: z.string().nullish(),
});
const warning = z.object({ vertex: z.string().default(""), short: z.base64().nullish(), url: z.string().default("") });

const solveStatus = z.object({
  vertexes: z.array(vertex).nullish(),
  logs: z.array(log).nullish(),
  warnings: z.array(warning).nullish(),
});

export type SolveStatus = z.infer<typeof solveStatus>;
export type Vertex = z.infer<typeof vertex>;

/** Reads a line as progress; `undefined` for anything else, such as the plain text that docker ends with. */
export function parseProgress(line: string): SolveStatus | undefined {
  if (!line.startsWith("{")) return undefined;
  const parsed = solveStatus.safeParse(parseJson(line));
  return parsed.success ? parsed.data : undefined;
}
