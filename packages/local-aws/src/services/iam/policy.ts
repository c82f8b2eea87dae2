import * as z from "zod";
import { type Condition, condition } from "./conditions.ts";

/** Who a statement of a resource policy or a trust policy is about: `{type: "Service", value: "lambda.amazonaws.com"}`. */
export interface Principal {
  readonly type: string;
  readonly value: string;
}

/** The patterns of `Action` / `NotAction` or `Resource` / `NotResource`. */
export interface Patterns {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

/** A policy statement in one form, whichever of the many shorthands it was written in. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** `undefined` in identity policies. */
  readonly principals: readonly Principal[] | undefined;
  readonly actions: Patterns;
  readonly resources: Patterns;
  readonly conditions: readonly Condition[];
}

const listOf = <T extends z.ZodType>(item: T) => z.union([item.transform((one) => [one]), z.array(item)]);
const Strings = listOf(z.string());
const Values = listOf(z.union([z.string(), z.number(), z.boolean()]).transform(String));

const StatementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.union([z.literal("*"), z.record(z.string(), Strings)]).optional(),
  Action: Strings.optional(),
  NotAction: Strings.optional(),
  Resource: Strings.optional(),
  NotResource: Strings.optional(),
  Condition: z.record(z.string(), z.record(z.string(), Values)).optional(),
});

const PolicySchema = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: listOf(StatementSchema),
});

function patterns(wanted: readonly string[] | undefined, not: readonly string[] | undefined): Patterns {
  return not === undefined ? { not: false, patterns: wanted ?? [] } : { not: true, patterns: not };
}

function principals(written: z.infer<typeof StatementSchema>["Principal"]): Principal[] | undefined {
  if (written === undefined) return undefined;
  if (written === "*") return [{ type: "AWS", value: "*" }];
  return Object.entries(written).flatMap(([type, values]) => values.map((value) => ({ type, value })));
}

function statement(written: z.infer<typeof StatementSchema>): Statement {
  // A trust policy has no `Resource`: it is about the role it stands in.
  const about = written.Resource ?? (written.NotResource === undefined ? ["*"] : undefined);
  return {
    effect: written.Effect,
    principals: principals(written.Principal),
    actions: patterns(written.Action, written.NotAction),
    resources: patterns(about, written.NotResource),
    conditions: Object.entries(written.Condition ?? {}).flatMap(([operator, block]) =>
      Object.entries(block).map(([key, wanted]) => condition(operator, key, wanted)),
    ),
  };
}

/** Reads a policy document. Throws an error that begins with `where` for what is no policy or uses what is not known here. */
export function parsePolicy(document: unknown, where: string): Statement[] {
  const parsed = PolicySchema.safeParse(document);
  if (!parsed.success) throw new Error(`${where}: not a policy document: ${z.prettifyError(parsed.error)}`);
  try {
    return parsed.data.Statement.map(statement);
  } catch (cause) {
    throw new Error(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
