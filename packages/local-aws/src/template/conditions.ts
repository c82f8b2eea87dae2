import { evaluate, type Scope, TemplateError } from "./evaluate.ts";

type Test = (
  operands: readonly unknown[],
  decide: (expression: unknown, path: string) => boolean,
  path: string,
) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  "Fn::And": (operands, decide, path) => operands.every((one, index) => decide(one, `${path}[${index}]`)),
  "Fn::Or": (operands, decide, path) => operands.some((one, index) => decide(one, `${path}[${index}]`)),
  "Fn::Not": ([operand], decide, path) => !decide(operand, path),
};

/**
 * The template's `Conditions`, each decided when it is first asked for. `undefined` for a name that is not there.
 * Throws {@link TemplateError} for what is no condition, and for conditions that depend on each other in a circle.
 */
export function createConditions(
  written: Readonly<Record<string, unknown>>,
  scope: Omit<Scope, "condition">,
): (name: string) => boolean | undefined {
  const decided = new Map<string, boolean>();
  const deciding = new Set<string>();

  const decide = (expression: unknown, path: string): boolean => {
    const entries = Object.entries(Object(expression));
    const [name = "", argument] = entries.length === 1 ? (entries[0] ?? []) : [];
    if (name === "Condition") return named(String(argument)) ?? fail(path, `there is no condition ${String(argument)}`);
    const operands: unknown[] = Array.isArray(argument) ? argument : [];
    if (name === "Fn::Equals" && operands.length === 2) {
      const [left, right] = operands.map((one) => JSON.stringify(evaluate(one, { ...scope, condition: named }, path)));
      return left === right;
    }
    const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
    return test === undefined
      ? fail(path, `${name || "this"} is not known as a condition`)
      : test(operands, decide, path);
  };

  const named = (name: string): boolean | undefined => {
    if (!Object.hasOwn(written, name)) return undefined;
    const known = decided.get(name);
    if (known !== undefined) return known;
    if (deciding.has(name)) return fail(`Conditions.${name}`, "it depends on itself");
    deciding.add(name);
    const result = decide(written[name], `Conditions.${name}`);
    deciding.delete(name);
    decided.set(name, result);
    return result;
  };
  return named;
}

function fail(path: string, message: string): never {
  throw new TemplateError(path, message);
}
