import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { asyncApi } from "../api/openapi/async-document.ts";
import { openApi } from "../api/openapi/document.ts";
import { described } from "../api/openapi/operations/all.ts";
import { linterOverrides } from "./import-rules.ts";
import { typesOf } from "./types.ts";

/** The version of the API: it may grow, so this counts what it has lost, which is nothing. */
const version = "1.0.0";

/** Requests are typed where they are made, except an app's settings: clients offer each of them. Nor do clients receive notifications. */
const isTyped = (name: string): boolean =>
  !/^(Create(?!App$)|Change|Login$|Reason$|Error|Notifi(cation|edDeployment)$)/.test(name);

/** Every file of the checkout that is made of the API's schemas or of the table of imports, formatted, by its path. */
export function generatedFiles(root: string): Readonly<Record<string, string>> {
  const rest = openApi(described(), version);
  const sockets = asyncApi(version);
  const named = Object.entries({ ...sockets.components.schemas, ...rest.components.schemas });
  const typed = Object.fromEntries(named.filter(([name]) => isTyped(name)).toSorted());
  const header =
    '/** Generated from docs/openapi.json and docs/asyncapi.json by `npm run documents`. Times are RFC 3339 in UTC; unknown values are `null` unless described as `""`. */\n';
  const made = {
    "biome.imports.json": JSON.stringify(linterOverrides((path) => existsSync(join(root, path)))),
    "docs/openapi.json": JSON.stringify(rest),
    "docs/asyncapi.json": JSON.stringify(sockets),
    "packages/monitor/src/client/types.ts": `${header}${typesOf(typed)}\n`,
  };
  return Object.fromEntries(Object.entries(made).map(([path, text]) => [path, formatted(root, path, text)]));
}

/** As `npm run format` would leave it. */
function formatted(root: string, path: string, text: string): string {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  return execFileSync(process.execPath, [biome, "format", `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
}
