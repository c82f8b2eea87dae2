import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
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

/** What the page has of its own. It is one of React 18; Slipway's dashboard is one of React 19. */
const ofThePage: Readonly<Record<string, string>> = {
  "@types/react": "@types/react",
  "@types/react-dom": "@types/react-dom",
  csstype: "csstype",
  react: "react-18",
  "react-dom": "react-dom-18",
  scheduler: "react-dom-18/node_modules/scheduler",
  vite: "vite",
};

/** Copies `examples/existing-react-app` into a directory and installs what it needs, the package among it, without a registry. */
export async function installExistingPage(directory: string): Promise<void> {
  cpSync(join(root, "examples/existing-react-app"), directory, { recursive: true });
  const installed = join(directory, "node_modules/@slipway/monitor");
  await buildPackage(installed);
  const needed = [...dependenciesOf(installed)].map((name) => [name, name]);
  for (const [name = "", found = ""] of [...Object.entries(ofThePage), ...needed]) {
    const path = join(directory, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", found), path);
  }
}

/** The names of all that a package depends on, as its manifest and theirs have it. */
function dependenciesOf(directory: string, known = new Set<string>()): ReadonlySet<string> {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!known.has(name)) dependenciesOf(join(root, "node_modules", name), known.add(name));
  }
  return known;
}

/** Checks the page's types against the package's. Rejects with what the compiler says. */
export const checkTypes = (directory: string) =>
  node(directory, {}, bin("typescript/bin/tsc"), "--preserveSymlinks", "--skipLibCheck", "false");

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
