import { curlOf } from "./curl.ts";
import { escaped, inline, prose, table } from "./html.ts";
import {
  type AsyncApi,
  type OpenApi,
  operationsIn,
  readAsyncApi,
  readOpenApi,
  type ShownOperation,
  type ShownSchema,
} from "./reading.ts";
import { fields, limitsOf, typeOf } from "./schema.ts";
import { style } from "./style.ts";

/** The reference of the API as one page of HTML, which needs nothing else and runs no script. */
export function referencePage(openApi: unknown, asyncApi: unknown): string {
  const rest = readOpenApi(openApi);
  const sockets = readAsyncApi(asyncApi);
  const operations = operationsIn(rest);
  const schemas = { ...sockets.components.schemas, ...rest.components.schemas };
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(rest.info.title)}: API</title><style>${style}</style></head><body><main>`,
    head(rest, operations),
    ...rest.tags.map((tag) => section(tag, operations)),
    socketSection(sockets),
    schemaSection(schemas),
    errorSection(rest),
    "</main></body></html>",
  ].join("\n");
}

function head({ info, tags }: OpenApi, operations: readonly ShownOperation[]): string {
  const linksOf = (tag: string) =>
    operations
      .filter(({ tags: of }) => of.includes(tag))
      .map(({ operationId, summary }) => `<li><a href="#${operationId}">${escaped(summary)}</a></li>`)
      .join("");
  const groups = tags.map(({ name }) => `<strong>${escaped(name)}</strong><ul>${linksOf(name)}</ul>`).join("");
  const more = [
    '<a href="#sockets">Sockets</a>',
    '<a href="#schemas">Schemas</a>',
    '<a href="#errors">Errors</a>',
    '<a href="openapi.json">openapi.json</a>',
    '<a href="asyncapi.json">asyncapi.json</a>',
  ].join(" · ");
  return `<h1>${escaped(info.title)}: API</h1><p class="muted">${escaped(info.summary)}</p>${prose(info.description)}
<nav aria-label="Contents">${groups}<p>${more}</p></nav>
<p>The examples name the control plane <code>$SLIPWAY</code>: in the local mode <code>http://localhost:8080</code>.</p>`;
}

const section = ({ name, description }: OpenApi["tags"][number], operations: readonly ShownOperation[]): string =>
  `<section><h2>${escaped(name)}</h2>${prose(description)}${operations
    .filter(({ tags }) => tags.includes(name))
    .map(operationArticle)
    .join("")}</section>`;

function operationArticle(operation: ShownOperation): string {
  const { operationId, method, path, summary, description, requestBody } = operation;
  const role = operation["x-slipway-role"];
  const body = requestBody?.content["application/json"]?.schema;
  return [
    `<article id="${operationId}" aria-labelledby="${operationId}-title"><h3 id="${operationId}-title"><a href="#${operationId}">${escaped(summary)}</a>`,
    `<span><span class="method">${method}</span> <code>${escaped(path)}</code></span></h3>`,
    description === undefined ? "" : prose(description),
    `<p class="muted">${role === undefined ? "For everybody." : `For the role <code>${role}</code> and above.`}</p>`,
    operation.parameters.length === 0 ? "" : `<h4>Parameters</h4>${parameterTable(operation)}`,
    body === undefined ? "" : `<h4>Body${requestBody?.required ? "" : " (optional)"}</h4><p>${typeOf(body)}</p>`,
    `<h4>Example</h4><pre tabindex="0">${escaped(curlOf(operation))}</pre>`,
    `<h4>Answers</h4>${table(["Status", "What it says", "Body"], Object.entries(operation.responses).map(answerRow))}`,
    exampleAnswer(operation),
    "</article>",
  ].join("");
}

const parameterTable = ({ parameters }: ShownOperation): string =>
  table(
    ["Name", "In", "Type", "What it says"],
    parameters.map(({ name, in: place, required, schema, description = schema.description }) => [
      `<code>${escaped(name)}</code>${required ? "" : " <small>optional</small>"}`,
      place,
      typeOf(schema),
      [inline(description ?? ""), limitsOf(schema)].filter(Boolean).join("<br>"),
    ]),
  );

function answerRow([status, { description, content }]: [string, ShownOperation["responses"][string]]): string[] {
  const bodies = Object.entries(content).map(([type, { schema }]) =>
    type === "application/json" ? shapeOf(schema) : `<code>${escaped(type)}</code>`,
  );
  return [`<code>${escaped(status)}</code>`, prose(description), bodies.join("<br>")];
}

/** What is in the envelope, where there is one. */
const shapeOf = (schema: ShownSchema): string =>
  schema.properties?.data === undefined ? typeOf(schema) : `<code>data</code>: ${typeOf(schema.properties.data)}`;

function exampleAnswer({ responses }: ShownOperation): string {
  const examples = Object.values(responses).flatMap(({ content }) => content["application/json"]?.example ?? []);
  const [example] = examples;
  if (example === undefined) return "";
  return `<details><summary>Example of an answer</summary><pre tabindex="0">${escaped(JSON.stringify(example, null, 2))}</pre></details>`;
}

function socketSection({ info, channels, components }: AsyncApi): string {
  const articles = Object.values(channels).map(({ address, title, description, messages, bindings }) => {
    const said = Object.keys(messages).flatMap((name) => components.messages[name] ?? []);
    const rows = said.map(({ summary, payload }) => [
      typeOf(payload.properties?.type ?? {}),
      inline(summary),
      shapeOf(payload),
    ]);
    return `<article><h3>${escaped(title)} <span><span class="method">WS</span> <code>${escaped(address)}</code></span></h3>${prose(description)}
<h4>Query</h4>${fields(bindings.ws.query)}<h4>Messages</h4>${table(["type", "What it says", "Body"], rows)}</article>`;
  });
  return `<section id="sockets"><h2>Sockets</h2>${prose(info.description)}${articles.join("")}</section>`;
}

const schemaSection = (schemas: Readonly<Record<string, ShownSchema>>): string =>
  `<section id="schemas"><h2>Schemas</h2>${Object.entries(schemas)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, schema]) =>
        `<article id="schema-${escaped(name)}"><h3><a href="#schema-${escaped(name)}">${escaped(name)}</a></h3>${prose(schema.description ?? "")}${fields(schema)}</article>`,
    )
    .join("")}</section>`;

const errorSection = (document: OpenApi): string =>
  `<section id="errors"><h2>Errors</h2><p>All have the shape <a href="#schema-Error">Error</a>. Its <code>error</code> may say more than here.</p>${table(
    ["Code", "Status", "What it says"],
    document["x-slipway-errors"].map(({ code, status, error }) => [
      `<code>${code}</code>`,
      String(status),
      inline(error),
    ]),
  )}</section>`;
