import type { Step } from "../../contract/build.ts";

/** A step of the Dockerfile that has begun. */
export interface StartedStep extends Step {
  /** As a person wrote it: `COPY . .`. */
  readonly instruction: string;
}

/** Numbers the steps of a build over all its stages. */
export interface StepCounter {
  /** Takes note of a vertex that may not have started yet, so that totals are known early. */
  saw(name: string): void;
  /** The step that this vertex is, when it starts for the first time; `undefined` for BuildKit's own work and for repeats. */
  started(digest: string, name: string): StartedStep | undefined;
  /** The step that this vertex was when it started. */
  find(digest: string): StartedStep | undefined;
  /** The step that started last. */
  latest(): StartedStep | undefined;
}

/** `[2/5] COPY . .`, `[build 3/4] RUN npm ci`, `[linux/arm64 build 3/4] RUN npm ci`. */
const BRACKETED = /^\[([^\]]*)\] (.+)$/s;
const NUMBER = /^(\d+)\/(\d+)$/;

/**
 * A new counter. BuildKit numbers within each stage, runs stages side by side and skips what is cached; here `number` counts the
 * steps in the order in which they start, and `of` is the sum over the stages known so far. So `number` rises by one each time and
 * never passes `of`; `of` grows when a stage appears late. Builds that run at the same time share what they have in common under the
 * name that one of them gave it, such as `[1/3] FROM …` in a build of two steps: of a stage counts the total of its last step.
 */
export function stepCounter(): StepCounter {
  const lasts = new Map<string, { readonly index: number; readonly total: number }>();
  const steps = new Map<string, StartedStep>();
  let latest: StartedStep | undefined;

  const note = (name: string): string | undefined => {
    const [, inside = "", instruction] = BRACKETED.exec(name) ?? [];
    const at = inside.lastIndexOf(" ") + 1;
    const [, index, total] = NUMBER.exec(inside.slice(at)) ?? [];
    const stage = inside.slice(0, at).trimEnd();
    if (total === undefined || instruction === undefined) return undefined;
    const seen = { index: Number(index), total: Number(total) };
    if (seen.index >= (lasts.get(stage)?.index ?? 0)) lasts.set(stage, seen);
    return instruction;
  };

  return {
    saw: (name) => void note(name),
    started: (digest, name) => {
      const instruction = note(name);
      if (instruction === undefined || steps.has(digest)) return undefined;
      const number = steps.size + 1;
      const known = [...lasts.values()].reduce((sum, { total }) => sum + total, 0);
      latest = { number, of: Math.max(number, known), instruction: readable(instruction) };
      steps.set(digest, latest);
      return latest;
    },
    find: (digest) => steps.get(digest),
    latest: () => latest,
  };
}

/** On one line, and a base image as it stands in the Dockerfile instead of as BuildKit resolved it. */
function readable(instruction: string): string {
  const oneLine = instruction.replace(/\s+/g, " ").trim();
  return /^FROM /.test(oneLine)
    ? oneLine.replace("docker.io/library/", "").replace(/@sha256:[0-9a-f]{64}/, "")
    : oneLine;
}
