import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

const file = new URL("./environment.ts", import.meta.url);
let code: URL | undefined;

/**
 * What a worker thread runs, as plain JavaScript. Given TypeScript, each thread would load a compiler of its own to strip the
 * types: 10 MB and as much time as all else that its start takes.
 */
export function environmentCode(): URL {
  code ??= new URL(`data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(readFileSync(file, "utf8")))}`);
  return code;
}
