import type * as z from "zod";
import { type AppDraft, toInput } from "./draft.ts";
import { type Problems, problemsOfIssues } from "./problems.ts";
import { createAppSchema, isTaskSize, patchAppSchema } from "./schemas.ts";

/** What may be sent, or what is wrong. */
export type Validated =
  | { readonly input: Readonly<Record<string, unknown>>; readonly problems: null }
  | { readonly problems: Problems };

/** A new app, with everything that the form says. */
export const validateNew = (draft: AppDraft): Validated => validated(draft, createAppSchema, toInput(draft));

/** Of an app that is there only what was changed, so that what somebody else changed meanwhile stays. */
export function validateChange(before: AppDraft, draft: AppDraft): Validated {
  const old = toInput(before);
  const changed = Object.entries(toInput(draft)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
  );
  return validated(draft, patchAppSchema, Object.fromEntries(changed));
}

function validated(draft: AppDraft, schema: z.ZodType<Record<string, unknown>>, input: unknown): Validated {
  const parsed = schema.safeParse(input);
  const problems: Problems = {
    ...sizeProblem(draft),
    ...processSizeProblems(draft),
    ...(parsed.success ? {} : problemsOfIssues(parsed.error.issues)),
    ...doubled("env", draft.env),
    ...doubled("secrets", draft.secrets),
    ...doubled("buildArgs", draft.buildArgs),
    ...doubled("buildSecrets", draft.buildSecrets),
  };
  return parsed.success && Object.keys(problems).length === 0 ? { input: parsed.data, problems: null } : { problems };
}

function sizeProblem({ cpu, memory }: AppDraft): Problems {
  return isTaskSize(Number(cpu), Number(memory))
    ? {}
    : { memory: `Fargate doesn't support ${cpu} CPU units with ${memory} MB` };
}

/** What a process leaves empty is the app's. */
function processSizeProblems({ processes, ...app }: AppDraft): Problems {
  const problems = processes.flatMap((process, index) => {
    const cpu = process.cpu.trim() === "" ? app.cpu : process.cpu;
    const memory = process.memory.trim() === "" ? app.memory : process.memory;
    if (isTaskSize(Number(cpu), Number(memory))) return [];
    return [[`processes.${index}.memory`, `Fargate doesn't support ${cpu} CPU units with ${memory} MB`]];
  });
  return Object.fromEntries(problems);
}

/** Of two values under one name the API would see only one. */
function doubled(field: string, rows: readonly { readonly name: string }[]): Problems {
  const names = rows.map(({ name }) => name.trim()).filter(Boolean);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return Object.fromEntries(twice.map((name) => [`${field}.${name}`, `${name} is there twice`]));
}
