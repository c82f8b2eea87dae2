import {
  cmd,
  type DockerfileProposal,
  dockerfileOf,
  found,
  has,
  healthCheck,
  ignoring,
  jsonOf,
  type Source,
} from "./source.ts";
import { servedByNginx } from "./static.ts";

const usualVersion = 24;
/** The last release line that brings corepack along. */
const lastWithCorepack = 24;

interface Manager {
  readonly name: "npm" | "pnpm" | "yarn";
  readonly lock: readonly string[];
  /** Where it keeps what it downloads. */
  readonly cache: string;
  readonly install: string;
  /** Removes what only builds need. */
  readonly prune: string;
  readonly run: string;
}

function managerOf(source: Source): Manager {
  const named = String(jsonOf(source, "package.json").packageManager ?? "");
  if (has(source, "pnpm-lock.yaml") || named.startsWith("pnpm@")) {
    const isLocked = has(source, "pnpm-lock.yaml");
    return {
      name: "pnpm",
      lock: ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"],
      cache: "/root/.local/share/pnpm/store",
      install: isLocked ? "pnpm install --frozen-lockfile" : "pnpm install",
      prune: "CI=true pnpm prune --prod",
      run: "pnpm run",
    };
  }
  if (has(source, "yarn.lock") || named.startsWith("yarn@")) return yarn(source, named);
  const isLocked = has(source, "package-lock.json") || has(source, "npm-shrinkwrap.json");
  return {
    name: "npm",
    lock: ["package-lock.json", "npm-shrinkwrap.json", ".npmrc"],
    cache: "/root/.npm",
    install: isLocked ? "npm ci" : "npm install",
    prune: "npm prune --omit=dev",
    run: "npm run",
  };
}

/** Yarn 1 and what came after it have other commands. */
function yarn(source: Source, named: string): Manager {
  const isClassic = !/^yarn@[2-9]/.test(named) && !/^__metadata:/m.test(source.read("yarn.lock") ?? "");
  return {
    name: "yarn",
    lock: ["yarn.lock", ".yarnrc.yml", ".npmrc"],
    cache: isClassic ? "/usr/local/share/.cache/yarn" : "/root/.yarn/berry/cache",
    install: isClassic ? "yarn install --frozen-lockfile" : "yarn install --immutable",
    prune: isClassic
      ? "yarn install --production --frozen-lockfile --ignore-scripts --prefer-offline"
      : "yarn workspaces focus --production --all",
    run: "yarn run",
  };
}

/** What builds web pages and serves none, and where it puts them. */
const bundlers: readonly (readonly [dependency: string, folder: string])[] = [
  ["vite", "dist"],
  ["react-scripts", "build"],
  ["astro", "dist"],
  ["@vue/cli-service", "dist"],
  ["parcel", "dist"],
];

export function nodeDockerfile(source: Source): DockerfileProposal | null {
  if (!has(source, "package.json")) return null;
  const manifest = jsonOf(source, "package.json");
  const scripts = recordOf(manifest.scripts);
  const dependencies = { ...recordOf(manifest.devDependencies), ...recordOf(manifest.dependencies) };
  const manager = managerOf(source);
  const build = buildStage(source, manager, scripts);
  const bundler = bundlers.find(([name]) => name in dependencies);
  const start = startCommand(source, manager, scripts, manifest.main);
  if (scripts.build !== undefined && bundler !== undefined && start === null)
    return {
      of: `a web page built with ${bundler[0]} and ${manager.name}`,
      dockerfile: dockerfileOf(build, servedByNginx(`--from=build /app/${bundler[1]}`)),
      dockerignore: ignored,
    };
  if (start === null) return null;
  const check = `node -e "fetch('http://127.0.0.1:$PORT/').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"`;
  return {
    of: `a Node.js app with ${manager.name}`,
    dockerfile: dockerfileOf(
      [...build, `RUN ${manager.prune}`],
      [
        `FROM node:${versionOf(source)}-slim`,
        "ENV NODE_ENV=production PORT=3000",
        "WORKDIR /app",
        usesManager(start) ? corepack(source, manager) : null,
        "COPY --from=build --chown=node:node /app .",
        "USER node",
        "EXPOSE 3000",
        healthCheck(check),
        cmd(start),
      ],
    ),
    dockerignore: ignored,
  };
}

const ignored = ignoring("node_modules", "dist", "build", ".next", "coverage", "npm-debug.log");

function buildStage(source: Source, manager: Manager, scripts: Readonly<Record<string, string>>): (string | null)[] {
  const files = ["package.json", ...manager.lock.filter((file) => has(source, file))];
  // The manifests of workspaces lie all over the repository.
  const hasWorkspaces = "workspaces" in jsonOf(source, "package.json") || has(source, "pnpm-workspace.yaml");
  return [
    `FROM node:${versionOf(source)}-slim AS build`,
    "WORKDIR /app",
    corepack(source, manager),
    hasWorkspaces ? "COPY . ." : `COPY ${files.join(" ")} ./`,
    `RUN --mount=type=cache,target=${manager.cache} ${manager.install}`,
    hasWorkspaces ? null : "COPY . .",
    scripts.build === undefined ? null : `RUN ${manager.run} build`,
  ];
}

function corepack(source: Source, { name }: Manager): string | null {
  if (name === "npm") return null;
  return versionOf(source) <= lastWithCorepack
    ? "RUN corepack enable"
    : "RUN npm install --global corepack && corepack enable";
}

const usesManager = (start: string): boolean => /^(?:pnpm|yarn) /.test(start);

/** A program itself where that is all that the script starts, since package managers pass no signals on. */
function startCommand(
  source: Source,
  { run }: Manager,
  { start }: Readonly<Record<string, string>>,
  main: unknown,
): string | null {
  if (start !== undefined) return /^node [\w./@-]+$/.test(start) ? start : `${run} start`;
  const entry = [String(main ?? ""), "server.js", "server.mjs", "index.js", "app.js"].find((file) =>
    has(source, file.replace(/^\.\//, "")),
  );
  return entry === undefined || !/^[\w./@-]+$/.test(entry) ? null : `node ${entry}`;
}

/** The major version that the repository asks for. */
function versionOf(source: Source): number {
  const engines = String(recordOf(jsonOf(source, "package.json").engines).node ?? "");
  const asked = found(source, ".nvmrc", /^v?(\d+)/) ?? found(source, ".node-version", /^v?(\d+)/);
  // `>=20` is content with the usual one.
  const exact = /^[\^~v]?(\d+)/.exec(engines)?.[1];
  return Number(asked ?? exact ?? Math.max(usualVersion, Number(/\d+/.exec(engines)?.[0] ?? 0)));
}

function recordOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => typeof entry === "string"));
}
