// Who may import whom: no circles, and no folder that imports one above it. Types count as well.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { parseSync } from "@swc/core";
import { distinguishable, importRules } from "../../lib/documents/import-rules.ts";

const root = resolve(import.meta.dirname, "../..");

const sources = ["bin", "functions", "lib", "opinions", "packages"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /(?<!\.d)\.tsx?$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => posix.join(folder, name)),
);

/** Entry points of the repository's own packages: of a name, a pattern of what is imported and of the file that it means. */
const entryPoints = readdirSync(join(root, "packages")).flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
  return Object.entries<string>(exports ?? {}).map(([entry, file]) => ({
    specifier: posix.join(name, entry),
    file: posix.join("packages", folder, file),
  }));
});

/** The file of an entry point, if the specifier is one: `*` stands for any path, as in Node. */
function entryPoint(specifier: string): string | null {
  for (const { specifier: pattern, file } of entryPoints) {
    const [before = "", after] = pattern.split("*");
    if (after === undefined ? specifier === pattern : specifier.startsWith(before) && specifier.endsWith(after))
      return file.replace("*", specifier.slice(before.length));
  }
  return null;
}

/** What a node of the syntax tree imports from, if it imports. */
function sourceOf(node: unknown) {
  const { type, source, argument, callee, arguments: given } = Object(node);
  if (type === "TsImportType") return argument;
  return type === "CallExpression" && callee.type === "Import" ? given[0]?.expression : source;
}

const parsed = (file: string) =>
  parseSync(readFileSync(join(root, file), "utf8"), { syntax: "typescript", tsx: file.endsWith("x") });

/** All specifiers that a file imports or exports from, types and dynamic imports among them. */
function specifiers(file: string): readonly string[] {
  const found: string[] = [];
  JSON.stringify(parsed(file), (_key, node) => {
    const source = sourceOf(node);
    if (source?.type === "StringLiteral") found.push(source.value);
    return node;
  });
  return found;
}

/** Whether a top-level statement leaves nothing behind at run time. */
function isTypeOnly(statement: unknown): boolean {
  const { type, typeOnly, declaration } = Object(statement);
  if (type === "ImportDeclaration") return typeOnly;
  const { type: declared } = declaration ?? Object(statement);
  return declared === "TsInterfaceDeclaration" || declared === "TsTypeAliasDeclaration";
}

/** The repository's own files that a file imports, by their paths. */
const importsOf = new Map(
  sources.map((file) => {
    const resolved = specifiers(file).map((specifier) =>
      specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : entryPoint(specifier),
    );
    return [file, [...new Set(resolved.filter((path) => path !== null))]] as const;
  }),
);

const folders = Object.keys(importRules).toSorted((a, b) => b.length - a.length);
const isIn = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);
const folderOf = (file: string): string | undefined => folders.find((folder) => isIn(file, folder));

type Graph = ReadonlyMap<string, readonly string[]>;

/** The first circle that is met in a graph of imports, or `null`. */
function circleIn(graph: Graph): readonly string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...path, node]);
      if (found !== null) return found;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found !== null) return found;
  }
  return null;
}

/** The same graph with a node for each folder: what its own files import from other folders, not those of its subfolders. */
function byFolder(graph: Graph): Graph {
  const found = new Map<string, string[]>();
  for (const [file, paths] of graph) {
    const folder = posix.dirname(file);
    const others = paths.map(posix.dirname).filter((other) => other !== folder);
    found.set(folder, [...(found.get(folder) ?? []), ...others]);
  }
  return found;
}

test("imports lead to files that are there", () => {
  const missing = [...importsOf].flatMap(([file, paths]) =>
    paths.filter((path) => !existsSync(join(root, path))).map((path) => `${file} -> ${path}`),
  );
  expect(missing).toEqual([]);
  expect(sources.length).toBeGreaterThan(500);
  expect(importsOf.get("bin/local.ts")).toContain("packages/monitor/src/client/index.ts");
});

test("no file imports itself by way of others", () => {
  expect(circleIn(importsOf)).toBeNull();
});

test("no folder imports itself by way of others", () => {
  expect(circleIn(byFolder(importsOf))).toBeNull();
  const graph = new Map([
    ["a/one.ts", ["b/one.ts"]],
    ["b/two.ts", ["a/two.ts"]],
  ]);
  expect(circleIn(graph)).toBeNull();
  expect(circleIn(byFolder(graph))).toEqual(["a", "b", "a"]);
});

test("ports are types alone: what they speak of is in the folders of lib/core", () => {
  const ports = sources.filter((file) => isIn(file, "lib/core/ports"));
  expect(ports.length).toBeGreaterThan(5);
  expect(ports.filter((file) => !parsed(file).body.every(isTypeOnly))).toEqual([]);
});

test("every folder imports only what it is built on", () => {
  const wrong = [...importsOf].flatMap(([file, paths]) => {
    const folder = folderOf(file);
    if (folder === undefined) return [`${file}: lib/documents/import-rules.ts does not say what its folder may import`];
    const may = [folder, ...(importRules[folder]?.imports ?? [])];
    return paths
      .filter((path) => sources.includes(path) && !may.some((one) => folderOf(path) === one || isIn(path, one)))
      .map((path) => `${file} -> ${path}`);
  });
  expect(wrong.toSorted()).toEqual([]);
});

test("the local AWS knows nothing of Slipway", () => {
  const naming = sources
    .filter((file) => isIn(file, "packages/local-aws"))
    .filter((file) => /slipway/i.test(readFileSync(join(root, file), "utf8").replaceAll("@slipway/", "")));
  expect(naming).toEqual([]);
});

test("the map in CONTRIBUTING.md says the same", () => {
  const rows = readFileSync(join(root, "CONTRIBUTING.md"), "utf8").matchAll(/^\| `([^`]+)` \|.*\| ([^|]+) \|$/gm);
  const said = [...rows].flatMap(([, folder = "", imports = ""]) =>
    importRules[folder] === undefined
      ? []
      : [[folder, [...imports.matchAll(/`([^`]+)`/g)].map(([, path]) => path).toSorted()] as const],
  );
  const known = Object.entries(importRules)
    .filter(([folder]) => folder !== "bin" && folder !== "packages/text" && !folder.endsWith(".ts"))
    .map(([folder, { imports }]) => [folder, imports.filter((one) => one !== "packages/text").toSorted()] as const);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(known));
});

/** What a file in this folder would write to import something of another one. */
const asImported = (folder: string, other: string): string => {
  // Of the monitor it is the components: the table of stages has a rule of its own.
  const entry = entryPoints.findLast(({ file }) => file.endsWith(".ts") && folderOf(file) === other);
  return entry === undefined
    ? posix.relative(folder, other.endsWith(".ts") ? other : `${other}/probe.ts`)
    : entry.specifier.replace("*", "probe");
};

/** The other folders whose import the linter has to see from this one. */
const seenFrom = (folder: string): readonly string[] => {
  const apart = distinguishable(folder, (path) => existsSync(join(root, path)));
  const packages = ["packages/text", "packages/monitor", "packages/local-aws", "packages/cli"];
  const paths = folder.startsWith("packages/") ? apart.filter((other) => other.startsWith("lib/")) : apart;
  return [...paths, ...packages.filter((other) => !isIn(folder, other))];
};

test("the linter refuses what the table does not allow, and nothing else", () => {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "slipway-imports-")));
  const linted = folders.filter((folder) => folder !== "bin" && !folder.endsWith(".ts"));
  try {
    for (const name of ["biome.json", "biome.imports.json", ".gitignore"])
      copyFileSync(join(root, name), join(copy, name));
    for (const folder of linted) {
      mkdirSync(join(copy, folder), { recursive: true });
      const lines = seenFrom(folder).map((other) => `import ${JSON.stringify(asImported(folder, other))};\n`);
      writeFileSync(join(copy, folder, "probe.ts"), lines.join(""));
    }
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const flags = ["--only=style/noRestrictedImports", "--reporter=github", "--max-diagnostics=none"];
    const { stdout } = spawnSync(process.execPath, [biome, "lint", ...flags], { cwd: copy, encoding: "utf8" });
    const lines = [...stdout.matchAll(/file=([^,]+),line=(\d+)/g)];
    const refused = lines.map(([, file = "", line]) => {
      const folder = posix.dirname(posix.relative(copy, resolve(copy, file)));
      return `${folder} -> ${seenFrom(folder)[Number(line) - 1]}`;
    });
    const expected = linted.flatMap((folder) =>
      seenFrom(folder)
        .filter((other) => !importRules[folder]?.imports.some((one) => isIn(other, one)))
        .map((other) => `${folder} -> ${other}`),
    );
    expect(refused.toSorted()).toEqual(expected.toSorted());
  } finally {
    rmSync(copy, { recursive: true });
  }
});
