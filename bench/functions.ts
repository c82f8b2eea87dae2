import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildResult, build, type Metafile } from "esbuild";
import { bundleOptions, projectRoot } from "../lib/infra/bundle.ts";

/** How many bytes a cold start of a function loads, and a handler of nothing but the same SDK clients. */
export interface FunctionSize {
  readonly bytes: number;
  readonly minimalBytes: number;
}

type Built = BuildResult<{ metafile: true; write: false }>;

const bundled = (entry: { readonly file: string } | { readonly code: string }): Promise<Built> =>
  build({
    ...bundleOptions,
    ...("file" in entry
      ? { entryPoints: { index: entry.file } }
      : { stdin: { contents: entry.code, resolveDir: projectRoot, sourcefile: "index.ts" } }),
    outdir: "bundled",
    splitting: true,
    metafile: true,
    write: false,
  });

/** The bytes of an entry and of all that it imports before it runs. */
function startBytes({ outputs }: Metafile): number {
  const wanted = Object.keys(outputs).filter((path) => /^bundled\/(index|stdin)\.js$/.test(path));
  const seen = new Set<string>();
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { path: next, kind, external } of outputs[path]?.imports ?? [])
      if (kind === "import-statement" && external !== true) wanted.push(next);
  }
  return [...seen].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

const importOfSdk = /import \{([^}]*)\} from "(@aws-sdk\/(?:client-|lib-)[^"]+)"/g;

/** What the sources of a function name of the SDK, by package. Types are left out. */
function namedOfSdk({ inputs }: Metafile): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  for (const path of Object.keys(inputs).filter((one) => /^(functions|lib)\/.*\.ts$/.test(one))) {
    const text = readFileSync(join(projectRoot, path), "utf8");
    for (const [, names = "", source = ""] of text.matchAll(importOfSdk)) {
      const values = names.split(",").map((name) => name.trim());
      for (const name of values.filter((one) => one !== "" && !one.startsWith("type ")))
        named.set(source, (named.get(source) ?? new Set()).add(name));
    }
  }
  return named;
}

/** A handler that has the same clients and commands, and does nothing with them. */
function minimalHandler(named: ReadonlyMap<string, ReadonlySet<string>>): string {
  // Several services have an exception of one name.
  const imports = [...named].map(
    ([source, names], index) =>
      `import { ${[...names].map((name) => `${name} as ${name}${index}`).join(", ")} } from "${source}";`,
  );
  const all = [...named.values()].flatMap((names, index) => [...names].map((name) => `${name}${index}`));
  return `${imports.join("\n")}\nconst used = [${all.join(", ")}];\nexport const handler = async () => used.length;\n`;
}

/** Writes a function and its minimal counterpart as modules of one directory each, and answers their entries. */
export async function writeBoth(name: string, directory: string): Promise<{ whole: string; minimal: string }> {
  const whole = await bundled({ file: `functions/${name}/index.ts` });
  const minimal = await bundled({ code: minimalHandler(namedOfSdk(whole.metafile)) });
  const write = ({ outputFiles }: Built, folder: string): string => {
    const place = join(directory, name, folder);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "package.json"), '{"type":"module"}');
    for (const { path, contents } of outputFiles) writeFileSync(join(place, basename(path)), contents);
    return join(place, folder === "whole" ? "index.js" : "stdin.js");
  };
  return { whole: write(whole, "whole"), minimal: write(minimal, "minimal") };
}

export async function functionSize(name: string): Promise<FunctionSize> {
  const { metafile } = await bundled({ file: `functions/${name}/index.ts` });
  const minimal = await bundled({ code: minimalHandler(namedOfSdk(metafile)) });
  return { bytes: startBytes(metafile), minimalBytes: startBytes(minimal.metafile) };
}
