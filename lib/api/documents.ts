import type { Answer } from "./deps.ts";
import { referencePage } from "./openapi/page/page.ts";

/** They change with a release only; a conditional request is answered so briefly that nobody works with an old one for long. */
const cached = { "Cache-Control": "public, max-age=300" };

/** Loaded when somebody asks for them: they are larger than all code of the API. */
const openApi = async () => (await import("../../docs/openapi.json", { with: { type: "json" } })).default;
const asyncApi = async () => (await import("../../docs/asyncapi.json", { with: { type: "json" } })).default;

export async function showOpenApi(): Promise<Answer> {
  return { status: 200, body: await openApi(), headers: cached };
}

export async function showAsyncApi(): Promise<Answer> {
  return { status: 200, body: await asyncApi(), headers: cached };
}

let page: string | null = null;

/** Both documents for people to read. Made when somebody asks for it first. */
export async function showReference(): Promise<Answer> {
  page ??= referencePage(await openApi(), await asyncApi());
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  const headers = { ...cached, "Content-Security-Policy": policy };
  return { status: 200, type: "text/html; charset=utf-8", body: page, headers };
}
