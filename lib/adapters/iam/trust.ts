import * as z from "zod";

/** Whose tasks are to have a role. */
export interface Tasks {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

const listOf = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const statementSchema = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.union([z.literal("*").transform(() => ({ Service: ["*"] })), z.record(z.string(), listOf)]).default({}),
  Action: listOf.default([]),
  Condition: z.record(z.string(), z.record(z.string(), listOf)).default({}),
});
const policySchema = z.object({
  Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema)]),
});
type Statement = z.infer<typeof statementSchema>;

const service = "ecs-tasks.amazonaws.com";

/**
 * Whether a trust policy, as IAM answers it, lets ECS's tasks of this account have its role. Of its conditions those are
 * judged that ECS gives values for: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
export function trusts(document: string, tasks: Tasks): boolean {
  const policy = policySchema.safeParse(parsed(document));
  if (!policy.success) return false;
  const about = policy.data.Statement.filter((statement) => isAbout(statement, tasks));
  return about.some(({ Effect }) => Effect === "Allow") && about.every(({ Effect }) => Effect === "Allow");
}

function parsed(document: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(document));
  } catch {
    // What is no JSON fits no schema.
    return undefined;
  }
}

const isAbout = ({ Principal, Action, Condition }: Statement, tasks: Tasks): boolean =>
  (Principal.Service ?? []).some((one) => one === service || one === "*") &&
  Action.some((one) => ["sts:assumerole", "sts:*", "*"].includes(one.toLowerCase())) &&
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => fits(operator, key, wanted, tasks)),
  );

/** The values that ECS gives; what else a condition asks for is not known, and then it does not hold. */
function fits(operator: string, key: string, wanted: readonly string[], tasks: Tasks): boolean {
  const { partition, region, account } = tasks;
  const values: Readonly<Record<string, string>> = {
    "aws:sourceaccount": account,
    "aws:sourcearn": `arn:${partition}:ecs:${region}:${account}:task`,
  };
  const value = values[key.toLowerCase()];
  if (value === undefined) return operator.endsWith("IfExists");
  const isSame = wanted.some((pattern) => matches(pattern, value));
  return /Not(Equals|Like)/.test(operator) ? !isSame : isSame;
}

/** As IAM's patterns with `*`, one part after the other: no pattern takes longer than its length times the value's. */
function matches(pattern: string, value: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === value;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? "";
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}
