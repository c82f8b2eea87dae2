import fc from "fast-check";
import { openApi, validators } from "./document.ts";

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema, of which the tests of the document say that it is valid.
type Schema = any;

const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : openApi.components.schemas[schema.$ref.split("/").at(-1)];

/** Text that nobody expects. */
const strange = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "",
    "\0",
    "__proto__",
    "\ud800",
    "../../etc/passwd",
    "' OR 1=1 --",
    "😀".repeat(50),
    "x".repeat(6000),
  ),
);

/** Strings of a pattern, where one can be made from it. */
function matching(pattern: string): fc.Arbitrary<string> {
  const known = ["main", "src", "/healthz", "https://git.example.com/a.git", "/tmp/absent"];
  const possible = fc.constantFrom(...known.filter((text) => new RegExp(pattern, "u").test(text)), "a");
  try {
    return fc.oneof(possible, fc.stringMatching(new RegExp(pattern, "u"), { maxLength: 60 } as never));
  } catch {
    // Look-arounds: of these it makes none.
    return possible;
  }
}

function text(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.format === "date-time")
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((at) => at.toISOString());
  if (schema.format === "email") return fc.constantFrom("ada@example.com", "ops@example.org");
  if (schema.pattern !== undefined) return matching(schema.pattern);
  return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 30, 30) });
}

/** Values that a schema allows, as far as it says. */
function allowed(given: Schema): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return fc.oneof(...branches.map(allowed));
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
    case "number":
      return fc.integer({ min: Math.ceil(schema.minimum ?? 0), max: Math.min(schema.maximum ?? 1000, 5000) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(allowed(schema.items), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case "object":
      return schema.properties === undefined ? named(schema) : object(schema);
    default:
      return fc.jsonValue();
  }
}

const named = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.dictionary(
    allowed(schema.propertyNames ?? { type: "string" }) as fc.Arbitrary<string>,
    allowed(schema.additionalProperties ?? {}),
    { maxKeys: 3 },
  );

function object(schema: Schema): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries<Schema>(schema.properties).map(([name, field]) => [name, allowed(field)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] }) as fc.Arbitrary<
    Record<string, unknown>
  >;
}

/** A body with one or two fields changed to what nobody expects there, added or taken away. */
function damaged(schema: Schema): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const name = fc.oneof(fc.constantFrom(...names, "unknown", "app_id"), strange);
  const value = fc.oneof(
    strange,
    fc.integer(),
    fc.double(),
    fc.constant(null),
    fc.constant(undefined),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const changes = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 2 });
  return fc.tuple(object(schema), changes).map(([body, pairs]) => ({ ...body, ...Object.fromEntries(pairs) }));
}

export interface DocumentedOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
    readonly example?: unknown;
  }[];
  readonly body: Schema | null;
  readonly role: string | undefined;
}

/** Every operation of the document. */
export const operations: readonly DocumentedOperation[] = Object.entries<Schema>(openApi.paths).flatMap(
  ([path, item]) =>
    Object.entries<Schema>(item).flatMap(([method, operation]) =>
      method === "parameters"
        ? []
        : [
            {
              method: method.toUpperCase(),
              path,
              parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])],
              body:
                operation.requestBody === undefined
                  ? null
                  : resolved(operation.requestBody.content["application/json"].schema),
              role: operation["x-slipway-role"],
            },
          ],
    ),
);

/** Bodies as the document has them, and such as it has not. */
export const bodies = (schema: Schema): fc.Arbitrary<unknown> => fc.oneof(object(schema), damaged(schema));

/** Values of a parameter in a query. Nobody is kept waiting on purpose. */
export const queryValues = ({ name, schema }: DocumentedOperation["parameters"][number]): fc.Arbitrary<string> =>
  name === "wait"
    ? fc.constantFrom("0", "0.2", "-1", "21", "x")
    : fc.oneof(allowed(schema).map(String), strange, fc.constantFrom("-1", "1.5", "1e99", "99999999999999999999"));

/** Segments of a path that are no id of anything. */
export const oddIds = fc.oneof(strange, fc.constantFrom("0", "-1", "1.5", "1e3", "01", "999", "99999999999999999999"));

export const oddHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.constantFrom<
  Readonly<Record<string, string>>
>(
  { Authorization: "Bearer wrong" },
  { Authorization: "Basic YWRhOnNlY3JldA==" },
  { Authorization: "" },
  { Authorization: `Bearer ${"x".repeat(3000)}` },
  { Origin: "https://evil.example" },
  { Origin: "null" },
  { Cookie: "slipway_session=; slipway_session=../../x" },
  { Cookie: `slipway_session=${"0".repeat(64)}`, "X-Slipway-CSRF": "x" },
  { "Idempotency-Key": "k".repeat(2000) },
  { "If-None-Match": '*, W/"x"' },
  { "Content-Type": "text/plain" },
  { "Content-Type": "multipart/form-data; boundary=x" },
  { "Content-Type": "application/json; charset=utf-16" },
  { Accept: "application/xml" },
);

export const rawBodies = fc.constantFrom(
  "{",
  "[]",
  "null",
  '"text"',
  "7",
  "",
  "{}{}",
  '{"a":1,}',
  "\ufeff{}",
  `{"reason":"${"x".repeat(70_000)}"}`,
  '{"__proto__":{"role":"admin"}}',
);

const validator = validators(openApi, { allErrors: true });

/** The fields of a body that its schema refuses, by the name at the top. */
export function refusedFields({ method, path }: DocumentedOperation, body: unknown): ReadonlySet<string> {
  const validate = validator(
    "paths",
    path,
    method.toLowerCase(),
    "requestBody",
    "content",
    "application/json",
    "schema",
  );
  if (validate(body)) return new Set();
  const names = (validate.errors ?? []).flatMap(({ instancePath, params }) => {
    const [, top] = instancePath.split("/");
    const named = top ?? params.additionalProperty ?? params.missingProperty;
    return named === undefined ? [] : [String(named).replaceAll("~1", "/").replaceAll("~0", "~")];
  });
  return new Set(names);
}

/** Whether the value of a parameter is what its schema says, read as its type. */
export function isAllowed(
  { method, path, parameters }: DocumentedOperation,
  name: string,
  value: string,
): boolean | "unclear" {
  const { schema } = parameters.find((one) => one.name === name) ?? { schema: {} };
  const isNumber = schema.type === "integer" || schema.type === "number";
  // JavaScript reads more texts as numbers than anybody means; whether they are taken is not what is promised.
  if (isNumber && !/^-?\d+(\.\d+)?$/.test(value)) return Number.isNaN(Number(value)) ? false : "unclear";
  const index = openApi.paths[path][method.toLowerCase()].parameters.findIndex(
    (one: { name: string }) => one.name === name,
  );
  const validate = validator("paths", path, method.toLowerCase(), "parameters", String(index), "schema");
  return validate(isNumber ? Number(value) : value);
}
