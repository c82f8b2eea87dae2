import { isDeepStrictEqual } from "node:util";
import * as z from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;
type Named = Record<string, JsonSchema>;

/** What the schemas of a document become in it: those with a name once, under `#/components/schemas`, all others where they are used. */
export interface Schemas {
  /** As somebody sends it. */
  input(schema: z.ZodType): JsonSchema;
  /** As it is answered. */
  output(schema: z.ZodType): JsonSchema;
  /** All with a name that were used so far, in the order of their names. */
  readonly named: () => Named;
}

/** Throws where two schemas have one name. */
export function collectSchemas(): Schemas {
  const known: Named = {};
  const collect = (schema: z.ZodType, io: "input" | "output"): JsonSchema => {
    const made = z.toJSONSchema(z.object({ schema }), {
      io,
      unrepresentable: "any",
      override: ({ jsonSchema }) => plain(jsonSchema, io),
    });
    const { properties = {}, $defs = {} } = pointed(made);
    for (const [name, { id: _, ...found }] of Object.entries($defs)) {
      if (name in known && !isDeepStrictEqual(known[name], found)) throw new Error(`Two schemas are named ${name}.`);
      known[name] = found;
    }
    const { schema: own } = properties;
    return typeof own === "object" ? own : {};
  };
  return {
    input: (schema) => collect(schema, "input"),
    output: (schema) => collect(schema, "output"),
    named: () => Object.fromEntries(Object.entries(known).toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

/** Takes out what says nothing to a reader. Answers may gain fields, so they are open where requests are closed. */
function plain(schema: JsonSchema, io: "input" | "output"): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.exclusiveMinimum === 0 && schema.type === "integer") {
    delete schema.exclusiveMinimum;
    schema.minimum = 1;
  }
  if (schema.format === "date-time") delete schema.pattern;
  // What zod calls a format of its own has a pattern too.
  if (schema.format === "starts_with" || schema.format === "regex") delete schema.format;
  if (io === "output" && schema.additionalProperties === false) delete schema.additionalProperties;
}

/** zod keeps what it names beside the schema; a document has one place for all. */
const pointed = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
