type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * TypeScript's types for the schemas of a document, read-only, by their names. As much of JSON Schema as zod writes:
 * a keyword that bounds a value says nothing to a type, and what is none of these throws.
 */
export function typesOf(schemas: Readonly<Record<string, Schema>>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => `${comment(schema)}${declaration(name, schema)}`)
    .join("\n\n");
}

function declaration(name: string, schema: Schema): string {
  return schema.properties === undefined
    ? `export type ${name} = ${typeOf(schema)};`
    : `export interface ${name} ${objectOf(schema)}`;
}

function typeOf(schema: Schema): string {
  if (typeof schema.$ref === "string") return schema.$ref.split("/").at(-1) ?? "unknown";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(listed(schema.enum).map((value) => JSON.stringify(value)));
  const branches = [...listed(schema.anyOf), ...listed(schema.oneOf)].filter(isSchema);
  if (branches.length > 0) return union(branches.map(typeOf));
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type })));
  return ofType(schema);
}

const union = (types: readonly string[]): string => [...new Set(types)].join(" | ");

function ofType(schema: Schema): string {
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `readonly (${isSchema(schema.items) ? typeOf(schema.items) : "unknown"})[]`;
    case "object":
      return schema.properties === undefined ? recordOf(schema) : objectOf(schema);
    case undefined:
      if (Object.keys(schema).every((key) => key === "description")) return "unknown";
  }
  throw new Error(`There is no type for ${JSON.stringify(schema)}.`);
}

function recordOf({ propertyNames, additionalProperties }: Schema): string {
  const names = isSchema(propertyNames) ? typeOf(propertyNames) : "string";
  return `Readonly<Record<${names}, ${isSchema(additionalProperties) ? typeOf(additionalProperties) : "unknown"}>>`;
}

function objectOf(schema: Schema): string {
  const required = listed(schema.required);
  const fields = Object.entries(isSchema(schema.properties) ? schema.properties : {}).map(([name, field]) => {
    const own = isSchema(field) ? field : {};
    return `${comment(own)}readonly ${name}${required.includes(name) ? "" : "?"}: ${typeOf(own)};`;
  });
  return `{\n${fields.join("\n")}\n}`;
}

const comment = ({ description }: Schema): string =>
  typeof description === "string" ? `/** ${description.replaceAll("*/", "*\\/")} */\n` : "";
