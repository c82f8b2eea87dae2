import { type Detail, RequestError } from "@slipway/monitor/client";
import type * as z from "zod";
import { listed } from "./kinds.ts";

/** What is wrong, by the field's path as the API names it; under `""` what concerns no field. */
export type Problems = Readonly<Record<string, string>>;

/** What a schema found, the first problem of each field. */
export function problemsOfIssues(issues: readonly z.core.$ZodIssue[]): Problems {
  return byField(issues.map(({ path, message }) => ({ field: path.join("."), message })));
}

/** What the server found. `fields`: those that show problems of their own or below them; problems of other fields belong to the whole form. */
export function problemsOfError(error: Error, fields: readonly string[]): Problems {
  if (!(error instanceof RequestError)) return { "": error.message };
  if (error.code === "name_taken") return { name: error.message };
  const isShown = ({ field }: Detail) => fields.some((one) => field === one || field.startsWith(`${one}.`));
  return error.details.length > 0 && error.details.every(isShown) ? byField(error.details) : { "": error.message };
}

/** What is wrong with a field, or with one of the texts of the list that is typed into it. */
export function problemAt(problems: Problems, path: string, typed: unknown): string | undefined {
  const own = problems[path];
  if (own !== undefined || typeof typed !== "string") return own;
  const items = listed(typed).map((item, index) => ({ item, problem: problems[`${path}.${index}`] }));
  const wrong = items.find(({ problem }) => problem !== undefined);
  return wrong && `${JSON.stringify(wrong.item)} ${wrong.problem}`;
}

/** A problem as a sentence: the API's begin with a verb. */
export function named(label: string, problem: string | undefined): string | undefined {
  if (problem === undefined) return undefined;
  const sentence = /^(must|is|need|needs) /.test(problem) ? `${label} ${problem}` : problem;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

const byField = (details: readonly Detail[]): Problems =>
  Object.fromEntries(details.toReversed().map(({ field, message }) => [field, message]));
