import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const resultSchema = z.object({
  /** `skipped`: this run cannot do it. `not run`: something before it failed, or there was no time. */
  outcome: z.enum(["passed", "failed", "skipped", "not run"]),
  came: z.string(),
  seconds: z.number(),
});
export type StepResult = z.infer<typeof resultSchema>;

const stateSchema = z.object({
  format: z.literal(1),
  /** Of the run, and of its installation: `smoke-1f2e3d`. */
  name: z.string(),
  /** What it works on, as a sentence; a run goes on only there. */
  target: z.string(),
  source: z.object({ repoUrl: z.string(), branch: z.string(), rootDir: z.string() }),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  /** By the steps' names: what needs not be done again. */
  results: z.record(z.string(), resultSchema),
});
export type RunState = z.infer<typeof stateSchema>;

/** Where a run is written down, so that another process goes on with it. There are no secrets in it. */
export interface StateFile {
  /** `null`: no run is unfinished. */
  read(): RunState | null;
  write(state: RunState): void;
  remove(): void;
}

export function stateFile(directory: string): StateFile {
  const path = join(directory, "state.json");
  return {
    read: () => (existsSync(path) ? stateSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : null),
    write: (state) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const fresh = `${path}.new`;
      writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      renameSync(fresh, path);
    },
    remove: () => rmSync(path, { force: true }),
  };
}
