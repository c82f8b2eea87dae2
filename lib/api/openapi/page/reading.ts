import * as z from "zod";

/** As much of the documents as the page shows. */
export interface ShownSchema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly properties?: Readonly<Record<string, ShownSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: ShownSchema | boolean | undefined;
  readonly items?: ShownSchema | undefined;
  readonly anyOf?: readonly ShownSchema[] | undefined;
  readonly oneOf?: readonly ShownSchema[] | undefined;
}

const text = z.string().optional();
const count = z.number().optional();
const schema: z.ZodType<ShownSchema> = z.lazy(() =>
  z.object({
    $ref: text,
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: text,
    description: text,
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    pattern: text,
    minimum: count,
    maximum: count,
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
    items: schema.optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
  }),
);

const content = z.record(z.string(), z.object({ schema, example: z.unknown().optional() })).default({});
const parameter = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean().default(false),
  description: text,
  schema,
  example: z.unknown().optional(),
});
const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: text,
  "x-slipway-role": text,
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content, "x-slipway-codes": z.array(z.string()).optional() }),
  ),
});
const methods = { get: operation, post: operation, put: operation, patch: operation, delete: operation };
const openApi = z.object({
  info: z.object({ title: z.string(), summary: z.string(), description: z.string(), version: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.object({ ...methods, parameters: z.array(parameter) }).partial()),
  components: z.object({ schemas: z.record(z.string(), schema) }),
  "x-slipway-errors": z.array(z.object({ code: z.string(), status: z.number(), error: z.string() })),
});
export type OpenApi = z.infer<typeof openApi>;
type DocumentedOperation = z.infer<typeof operation>;

const asyncApi = z.object({
  info: z.object({ description: z.string() }),
  channels: z.record(
    z.string(),
    z.object({
      address: z.string(),
      title: z.string(),
      description: z.string(),
      messages: z.record(z.string(), z.object({ $ref: z.string() })),
      bindings: z.object({ ws: z.object({ query: schema }) }),
    }),
  ),
  components: z.object({
    messages: z.record(z.string(), z.object({ name: z.string(), summary: z.string(), payload: schema })),
    schemas: z.record(z.string(), schema),
  }),
});
export type AsyncApi = z.infer<typeof asyncApi>;

export interface ShownOperation extends DocumentedOperation {
  /** `GET`. */
  readonly method: string;
  readonly path: string;
  /** Of the path, the query and the headers. */
  readonly parameters: z.infer<typeof parameter>[];
}

export const readOpenApi = (document: unknown): OpenApi => openApi.parse(document);
export const readAsyncApi = (document: unknown): AsyncApi => asyncApi.parse(document);

/** In the order of the document. */
export const operationsIn = ({ paths }: OpenApi): readonly ShownOperation[] =>
  Object.entries(paths).flatMap(([path, { parameters: shared = [], ...item }]) =>
    Object.entries(item).flatMap(([method, one]) =>
      one === undefined
        ? []
        : [{ ...one, method: method.toUpperCase(), path, parameters: [...shared, ...one.parameters] }],
    ),
  );
