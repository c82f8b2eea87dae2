import asyncDocument from "../../docs/asyncapi.json" with { type: "json" };
import document from "../../docs/openapi.json" with { type: "json" };
import type { Answer } from "./deps.ts";
import { referencePage } from "./openapi/page/page.ts";

/** They change with a release only; a conditional request is answered so briefly that nobody works with an old one for long. */
const cached = { "Cache-Control": "public, max-age=300" };

export async function showOpenApi(): Promise<Answer> {
  return { status: 200, body: document, headers: cached };
}

export async function showAsyncApi(): Promise<Answer> {
  return { status: 200, body: asyncDocument, headers: cached };
}

let page: string | null = null;

/** Both documents for people to read. Made when somebody asks for it first. */
export async function showReference(): Promise<Answer> {
  page ??= referencePage(document, asyncDocument);
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  const headers = { ...cached, "Content-Security-Policy": policy };
  return { status: 200, type: "text/html; charset=utf-8", body: page, headers };
}
