import { escaped, inline, table } from "./html.ts";
import type { ShownSchema } from "./reading.ts";

const code = (text: string): string => `<code>${escaped(text)}</code>`;

/** What a value may be, in one line, with links to what has a name. */
export function typeOf(schema: ShownSchema): string {
  if (schema.$ref !== undefined) return linked(schema.$ref.split("/").at(-1) ?? "");
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(" | ");
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return branches.map(typeOf).join(" | ");
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === "object" && schema.properties === undefined)
    return `names with ${typeOf(schema.additionalProperties)}`;
  return (
    [schema.type ?? "anything"].flat().map(escaped).join(" | ") + (schema.format ? ` (${escaped(schema.format)})` : "")
  );
}

const linked = (name: string): string => `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`;

/** The bounds of a value, and what it is when it is left out. */
export function limitsOf(schema: ShownSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const said = [
    minimum === undefined ? "" : `at least ${minimum}`,
    maximum === undefined ? "" : `at most ${maximum}`,
    minLength === undefined ? "" : `at least ${minLength} characters`,
    maxLength === undefined ? "" : `at most ${maxLength} characters`,
    minItems === undefined ? "" : `at least ${minItems}`,
    maxItems === undefined ? "" : `at most ${maxItems}`,
    pattern === undefined ? "" : code(pattern),
    schema.default === undefined ? "" : `otherwise ${code(JSON.stringify(schema.default))}`,
  ];
  return said.filter(Boolean).join(", ");
}

type Row = readonly [field: string, type: string, says: string];

/** A row for each field, those of nested objects with a dot. */
function rowsOf(schema: ShownSchema, prefix = ""): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): Row[] => {
    const optional = schema.required?.includes(name) ? "" : " <small>optional</small>";
    const says = [inline(field.description ?? ""), limitsOf(field)].filter(Boolean).join("<br>");
    const own: Row = [code(`${prefix}${name}`) + optional, typeOf(field), says];
    return [own, ...rowsOf(field, `${prefix}${name}.`)];
  });
}

/** The fields of an object; of several possible ones, one table each. */
export function fields(schema: ShownSchema): string {
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches?.some(({ properties }) => properties !== undefined)) return branches.map(fields).join("");
  if (schema.properties === undefined) return `<p>${typeOf(schema)} ${limitsOf(schema)}</p>`;
  return table(["Field", "Type", "What it says"], rowsOf(schema));
}
