import { XMLBuilder } from "fast-xml-parser";
import { AwsError } from "../kernel/service.ts";
import type { Protocol } from "./protocol.ts";

/** Deeper than any shape of a query service; keeps a hostile name from exhausting the stack. */
const MAX_DEPTH = 32;
/** What every query call has beside its input. */
const ENVELOPE = new Set(["Action", "Version"]);

interface Branch {
  [name: string]: string | Branch;
}

// Without a prototype: a parameter may be called `constructor` or `__proto__`.
const branch = (): Branch => Object.create(null);

function plant(root: Branch, name: string, value: string): void {
  const path = name.split(".");
  const leaf = path.pop() ?? name;
  if (path.length >= MAX_DEPTH)
    throw new AwsError("MalformedInput", `The parameter ${name.slice(0, 80)}… is nested too deeply.`);
  let at = root;
  for (const step of path) {
    const next = at[step] ?? branch();
    if (typeof next === "string") throw new AwsError("MalformedInput", `${name} contradicts another parameter.`);
    at[step] = next;
    at = next;
  }
  at[leaf] = value;
}

/** `{member: {1: a, 2: b}}` is the list `[a, b]`, in the order of the numbers. */
function listed(node: string | Branch): unknown {
  if (typeof node === "string") return node;
  const { member } = node;
  if (typeof member === "object" && Object.keys(node).length === 1) {
    const byNumber = Object.entries(member).sort(([a], [b]) => Number(a) - Number(b));
    return byNumber.map(([, item]) => listed(item));
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, listed(value)]));
}

/** Lists become `<X><member>…</member></X>`; what is `undefined` or `null` is left out. */
function members(value: unknown): unknown {
  if (Array.isArray(value)) return { member: value.map(members) };
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  return Object.fromEntries(present.map(([name, inner]) => [name, members(inner)]));
}

// Attributes only where this file writes one: no member of an AWS shape begins with `@`.
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@" });

/** AWS Query: a form with `Action`, lists as `Name.member.N`, XML answers. Every value of an input is a string; an empty list is `""`. */
export const query: Protocol = {
  operation: ({ body }) => new URLSearchParams(body.toString("utf8")).get("Action") ?? "",
  input: ({ body }) => {
    const root = branch();
    for (const [name, value] of new URLSearchParams(body.toString("utf8"))) {
      if (!ENVELOPE.has(name)) plant(root, name, value);
    }
    return listed(root);
  },
  answer: (operation, output, dialect, requestId) => ({
    status: 200,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: builder.build({
      [`${operation}Response`]: {
        "@xmlns": dialect,
        [`${operation}Result`]: members(output ?? {}),
        ResponseMetadata: { RequestId: requestId },
      },
    }),
  }),
  fail: (error, _request, dialect, requestId) => ({
    status: error.status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: builder.build({
      ErrorResponse: {
        "@xmlns": dialect,
        Error: { Type: error.status < 500 ? "Sender" : "Receiver", Code: error.code, Message: error.message },
        RequestId: requestId,
      },
    }),
  }),
};
