import { placeholders, splitAttribute, TemplateError } from "./evaluate.ts";
import type { Template } from "./template.ts";

type Resources = Template["Resources"];

const base = (name: string): string => splitAttribute(name)[0];

/** The names an intrinsic function refers to by itself, beside what its argument contains. */
const NAMED: Readonly<Record<string, (argument: unknown) => string[]>> = {
  Ref: (argument) => [String(argument)],
  "Fn::GetAtt": (argument) => [base(String(Array.isArray(argument) ? argument[0] : argument))],
  "Fn::Sub": (argument) => placeholders(String(Array.isArray(argument) ? argument[0] : argument)).map(base),
};

function mentioned(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Object.hasOwn(NAMED, key) ? (NAMED[key]?.(inner) ?? []) : []),
    ...mentioned(inner),
  ]);
}

/**
 * The logical ids so that each comes after what it depends on (`Ref`, `Fn::GetAtt`, `Fn::Sub`, `DependsOn`), otherwise as written.
 * Names that are not in `resources` are no dependencies. Throws {@link TemplateError} that lists a cycle.
 */
export function dependencyOrder(resources: Resources): string[] {
  const ordered = new Set<string>();
  const visit = (logicalId: string, trail: readonly string[]): void => {
    if (ordered.has(logicalId)) return;
    const resource = Object.hasOwn(resources, logicalId) ? resources[logicalId] : undefined;
    if (resource === undefined) return;
    if (trail.includes(logicalId)) {
      const cycle = [...trail.slice(trail.indexOf(logicalId)), logicalId];
      throw new TemplateError("Resources", `these depend on each other: ${cycle.join(" → ")}`);
    }
    for (const name of [...resource.DependsOn, ...mentioned(resource.Properties)]) visit(name, [...trail, logicalId]);
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(resources)) visit(logicalId, []);
  return [...ordered];
}
