import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");
const monitor = join(root, "packages/monitor");
const run = promisify(execFile);
const node = (directory: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  run(process.execPath, [...args], { cwd: directory, env: { ...process.env, NODE_ENV: "production", ...env } });
const bin = (path: string): string => join(root, "node_modules", path);

/** Builds what other people's pages install, as `npm run build:package` does, into a directory. */
async function buildPackage(directory: string): Promise<void> {
  await node(root, {}, bin("vite/bin/vite.js"), "build", monitor, "--logLevel", "warn", "--outDir", directory);
  await node(root, {}, bin("typescript/bin/tsc"), "-p", join(monitor, "tsconfig.build.json"), "--outDir", directory);
}

/** The versions of React that the package promises to work with. */
export const reactVersions = [18, 19] as const;
type ReactVersion = (typeof reactVersions)[number];

/** What a page has of React and its types, by version. */
const reacts: Readonly<Record<ReactVersion, Readonly<Record<string, string>>>> = {
  18: {
    "@types/react": "types-react-18",
    "@types/react-dom": "types-react-dom-18",
    react: "react-18",
    "react-dom": "react-dom-18",
    scheduler: "react-dom-18/node_modules/scheduler",
  },
  19: {
    "@types/react": "@types/react",
    "@types/react-dom": "@types/react-dom",
    react: "react",
    "react-dom": "react-dom",
    scheduler: "scheduler",
  },
};

/** What else the page has of its own. */
const ofThePage: readonly string[] = ["@types/prop-types", "csstype", "vite"];

/** Copies `examples/existing-react-app`, a page of React 18, into a directory and installs what it needs, the package among it, without a registry. */
export async function installExistingPage(directory: string): Promise<void> {
  cpSync(join(root, "examples/existing-react-app"), directory, { recursive: true });
  const installed = join(directory, "node_modules/@slipway/monitor");
  await buildPackage(installed);
  for (const name of [...ofThePage, ...dependenciesOf(installed)]) link(directory, name, name);
  giveReact(directory, 18);
}

/** Gives the page another version of React. */
export function giveReact(directory: string, version: ReactVersion): void {
  for (const [name, found] of Object.entries(reacts[version])) link(directory, name, found);
}

function link(directory: string, name: string, found: string): void {
  const path = join(directory, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(join(root, "node_modules", found), path);
}

/** The names of all that a package depends on, as its manifest and theirs have it. */
function dependenciesOf(directory: string, known = new Set<string>()): ReadonlySet<string> {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!known.has(name)) dependenciesOf(join(root, "node_modules", name), known.add(name));
  }
  return known;
}

/** As strict as a page may be. */
const strict = ["--skipLibCheck", "false", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];

/** Checks the page's types against the package's. Rejects with what the compiler says. */
export const checkTypes = (directory: string) =>
  node(directory, {}, bin("typescript/bin/tsc"), "--preserveSymlinks", ...strict);

/** Builds the page into `dist`, for a Slipway at `url`. */
export async function buildExistingPage(directory: string, url: string): Promise<string> {
  const script =
    'import { build } from "vite"; await build({ logLevel: "warn", resolve: { preserveSymlinks: true } });';
  await node(directory, { VITE_SLIPWAY_URL: url }, "--input-type=module", "--eval", script);
  return join(directory, "dist");
}

/** Renders parts of the package on a server, with the page's React; answers its version, the HTML, and what it warned of. */
export async function renderOnServer(directory: string): Promise<{ version: string; html: string; said: string[] }> {
  const script = `
    import React from "react";
    import { renderToString } from "react-dom/server";
    import { DeploymentMonitor, LogViewer, StageBadge } from "@slipway/monitor/react";
    const said = [];
    console.error = console.warn = (...words) => said.push(words.join(" "));
    const lines = [{ line: "a line\\n", timestamp: "2026-01-01T00:00:00.000Z", stream: "stdout", cursor: 1 }];
    const parts = [[DeploymentMonitor, { deploymentId: 12 }], [LogViewer, { lines, complete: true }], [StageBadge, { stage: "failed" }]];
    const html = parts.map(([part, props]) => renderToString(React.createElement(React.StrictMode, null, React.createElement(part, props))));
    console.log(JSON.stringify({ version: React.version, html: html.join(""), said }));`;
  const args = ["--preserve-symlinks", "--preserve-symlinks-main", "--input-type=module", "--eval", script];
  // Warnings are for development.
  const { stdout } = await node(directory, { NODE_ENV: "development" }, ...args);
  return JSON.parse(stdout);
}
