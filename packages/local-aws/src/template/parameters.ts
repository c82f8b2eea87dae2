import { TemplateError } from "./evaluate.ts";
import type { Template } from "./template.ts";

/** A check of the installed CDK bootstrap stack: there is none here, and only `Rules` refer to it. */
const IGNORED = new Set(["BootstrapVersion"]);

function checked(name: string, parameter: Template["Parameters"][string], given: string | undefined): unknown {
  const path = `Parameters.${name}`;
  const value = given ?? parameter.Default;
  const { Type, AllowedValues, AllowedPattern } = parameter;
  if (value === undefined) throw new TemplateError(path, "it has no default and no value was given");
  if (AllowedValues !== undefined && !AllowedValues.includes(value)) {
    throw new TemplateError(path, `${JSON.stringify(value)} is not one of ${AllowedValues.join(", ")}`);
  }
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value)) {
    throw new TemplateError(path, `${JSON.stringify(value)} does not fit ${AllowedPattern}`);
  }
  if (Type.startsWith("AWS::SSM::Parameter::")) throw new TemplateError(path, `${Type} cannot be looked up here`);
  if (Type !== "CommaDelimitedList" && !Type.startsWith("List<")) return value;
  return value === "" ? [] : value.split(",").map((item) => item.trim());
}

/** The template's parameters with their values, strings or lists of strings. Throws {@link TemplateError}. */
export function parameterValues(
  template: Pick<Template, "Parameters">,
  given: Readonly<Record<string, string>>,
): ReadonlyMap<string, unknown> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(template.Parameters, name))
      throw new TemplateError(`Parameters.${name}`, "there is no such parameter");
  }
  const used = Object.entries(template.Parameters).filter(([name]) => !IGNORED.has(name));
  return new Map(used.map(([name, parameter]) => [name, checked(name, parameter, given[name])]));
}
