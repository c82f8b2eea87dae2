import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** What stands in docs/: the tests read no more of it than the people who generate clients from it. */
const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, "../../docs", name), "utf8"));

// biome-ignore lint/suspicious/noExplicitAny: JSON of a published format, which a test of its own validates.
type Document = any;

export const openApi: Document = read("openapi.json");
export const asyncApi: Document = read("asyncapi.json");

/** Answers may gain fields, but not without being described: here each field must be. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isOpen = "properties" in inner && !("additionalProperties" in inner) && inner.type === "object";
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}

/** Validators of the schemas in a document, by where they stand there. */
export function validators(document: Document, options: { allErrors?: boolean } = {}) {
  const ajv = new Ajv2020({ strict: false, ...options });
  formats.default(ajv);
  ajv.addSchema({ $id: "document", ...(closed(document) as object) });
  const known = new Map<string, ValidateFunction>();
  return (...path: readonly string[]): ValidateFunction => {
    const pointer = path.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    const found = known.get(pointer) ?? ajv.compile({ $ref: `document#/${pointer}` });
    known.set(pointer, found);
    return found;
  };
}

/** What is wrong with a value, in one line. */
export const wrong = ({ errors }: ValidateFunction): string =>
  (errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join("; ");
