import type * as z from "zod";
import { errorSchema } from "../../contract/answers/common.ts";
import { type ErrorCode, errorCodes } from "../../contract/errors.ts";
import { noticeSchema } from "../../contract/notices.ts";
import { ApiError } from "../errors.ts";
import { collectSchemas, type JsonSchema, type Schemas } from "./json-schema.ts";
import { type Described, type Success, tags } from "./operation.ts";
import { refusalsOf } from "./refusals.ts";

const description = `
Requests are camelCase, answers snake_case. Times are RFC 3339 in UTC, ids positive integers. In an answer every field is present; what is unknown is \`null\`, except where \`""\` is said. Answers may gain fields, and a client must not mind; none is ever lost.

Deployments are answered bare, everything else as \`{"success": true, "data": …}\`. A refusal is an \`Error\`, whoever answers: 401 without credentials or with wrong ones, 404 for what is not there and for what the caller may not read, 405 with \`Allow\` where the address does not take the method, 429 with \`Retry-After\`. Unknown fields of a body are refused, unknown parameters of a query ignored.

On one's own machine, in the local mode, no credentials are needed.
`.trim();

const headers = {
  "Retry-After": { description: "Seconds to wait before the next attempt.", schema: { type: "integer", minimum: 0 } },
  ETag: { description: "Send it as `If-None-Match`.", schema: { type: "string" } },
  "Set-Cookie": { description: "`slipway_session`.", schema: { type: "string" } },
} as const;

const securitySchemes = {
  token: { type: "http", scheme: "bearer", description: "An API token from `POST /api/tokens`." },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "slipway_session",
    description: "A browser session from `POST /api/auth/login`.",
  },
  csrf: {
    type: "apiKey",
    in: "header",
    name: "X-Slipway-CSRF",
    description: "Required for writes with a session cookie: the `csrf` value of `GET /api/auth/me`.",
  },
  badge: { type: "apiKey", in: "query", name: "key", description: "The key in an app's `badge_url`." },
} as const;

/** The OpenAPI 3.1 document of these routes. */
export function openApi(routes: readonly Described[], version: string) {
  const schemas = collectSchemas();
  const error = schemas.output(errorSchema);
  const byPath = [...Map.groupBy(routes, ({ route }) => route.path.replaceAll(/:(\w+)/g, "{$1}"))];
  const paths = byPath.map(([path, there]) => {
    const operations = there.map((one) => [one.route.method.toLowerCase(), operationOf(schemas, error, one)]);
    const shared = path.includes("{id}") ? { parameters: [idParameter] } : {};
    return [path, { ...shared, ...Object.fromEntries(operations) }];
  });
  return {
    openapi: "3.1.1",
    info: {
      title: "Slipway",
      summary: "A push to a Git repository becomes a running, health-checked release in your own AWS account.",
      description,
      license: { name: "MIT", identifier: "MIT" },
      version,
    },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    servers: [{ url: "/", description: "The control plane that serves this document." }],
    tags: Object.entries(tags).map(([name, says]) => ({ name, description: says })),
    paths: Object.fromEntries(paths),
    webhooks: { notification: { post: notification(schemas) } },
    components: { schemas: schemas.named(), headers, securitySchemes },
    "x-slipway-errors": errorCodes.map((code) => ({ code, status: new ApiError(code).status, error: sentence(code) })),
  };
}

/** What Slipway sends to an endpoint of type `webhook`. */
const notification = (schemas: Schemas) => ({
  operationId: "receiveNotification",
  summary: "Receive a notification",
  description:
    "Sent to each webhook endpoint of the app, at least once. `X-Slipway-Signature-256: sha256=…` is the HMAC SHA-256 of the raw body with the endpoint's secret, in hex.",
  parameters: ["X-Slipway-Delivery", "X-Slipway-Signature-256"].map((name) => ({
    name,
    in: "header",
    required: true,
    schema: { type: "string" },
  })),
  requestBody: { required: true, content: { "application/json": { schema: schemas.output(noticeSchema) } } },
  responses: {
    "2XX": { description: "Received. 408, 425, 429, 5xx, and timeouts after 10 seconds are retried." },
  },
});

const idParameter = {
  name: "id",
  in: "path",
  required: true,
  schema: { type: "integer", minimum: 1, maximum: 999_999_999_999_999 },
  example: 1,
};

const sentence = (code: ErrorCode): string => new ApiError(code).message;

function operationOf(schemas: Schemas, error: JsonSchema, one: Described) {
  const { operation, route } = one;
  const parameters = parametersOf(schemas, one);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(route.role === null ? {} : { "x-slipway-role": route.role }),
    security: securityOf(one),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined ? {} : { requestBody: requestBody(schemas, operation.body, one) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answers]) => [status, success(schemas, [answers].flat())]),
      ),
      ...Object.fromEntries(
        [...refusalsOf(one)].toSorted().map(([status, codes]) => [status, refusal(error, status, codes)]),
      ),
    },
  };
}

/** A browser says with a write by its cookie that a page of ours made it. */
function securityOf({ route, operation }: Described): readonly Readonly<Record<string, readonly []>>[] {
  if (route.role === null) return [];
  const session = route.method === "GET" ? { session: [] as const } : { session: [] as const, csrf: [] as const };
  return [{ token: [] }, session, ...(operation.keyed ? [{ badge: [] as const }] : [])];
}

function parametersOf(schemas: Schemas, { operation }: Described) {
  const query = operation.query === undefined ? {} : schemas.input(operation.query);
  const named = Object.entries(query.properties ?? {}).map(([name, schema]) => {
    const example = operation.example?.query?.[name];
    return {
      name,
      in: "query",
      ...(query.required?.includes(name) ? { required: true } : {}),
      schema,
      ...(example === undefined ? {} : { example: /^\d+$/.test(example) ? Number(example) : example }),
    };
  });
  return operation.idempotent ? [...named, idempotencyKey] : named;
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "Repeated requests of a caller with the same key and body within 24 hours return the same deployment with status 200. The same key with a different body is rejected.",
  schema: { type: "string" },
};

function requestBody(schemas: Schemas, body: z.ZodType, { operation: { needsBody = true, example } }: Described) {
  const content = {
    schema: schemas.input(body),
    ...(example?.body === undefined ? {} : { example: example.body }),
  };
  return { required: needsBody, content: { "application/json": content } };
}

function success(schemas: Schemas, answers: readonly Success[]) {
  const content = answers.flatMap(({ type = "application/json", schema, example }) =>
    schema === undefined
      ? []
      : [[type, { schema: schemas.output(schema), ...(example === undefined ? {} : { example }) }] as const],
  );
  const named = answers.flatMap((answer) => answer.headers ?? []);
  return {
    description: answers[0]?.description ?? "",
    ...(named.length === 0 ? {} : { headers: headersNamed(named) }),
    ...(content.length === 0 ? {} : { content: Object.fromEntries(content) }),
  };
}

const headersNamed = (names: readonly (keyof typeof headers)[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

function refusal(error: JsonSchema, status: string, codes: readonly ErrorCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${sentence(code)}`).join("\n\n"),
    ...(status === "429" ? { headers: headersNamed(["Retry-After"]) } : {}),
    content: { "application/json": { schema: error } },
    "x-slipway-codes": codes,
  };
}
