import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import * as z from "zod";

/** Of `packages/cli`; the manifest of what is packed has all of it, and no dependencies. */
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  type: z.literal("module"),
  engines: z.record(z.string(), z.string()),
});

/** Some of what is bundled is CommonJS and asks for parts of Node. */
const banner = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

/**
 * Makes the package `slipway`, the command line: one file that needs nothing but Node, a manifest without dependencies, and
 * the licences of what is in the file. Puts it into `outDir`, whatever is there.
 */
export async function buildCommandLine(root: string, outDir: string): Promise<void> {
  const own = manifestSchema.parse(JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8")));
  mkdirSync(outDir, { recursive: true });
  const program = join(outDir, "slipway.mjs");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["packages/cli/bin/slipway.ts"],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.5",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    metafile: true,
    define: { "process.env.NODE_ENV": '"production"' },
    banner: { js: banner },
  });
  chmodSync(program, 0o755);
  const manifest = {
    ...own,
    bin: { slipway: "slipway.mjs" },
    files: ["slipway.mjs", "THIRD-PARTY-LICENSES.txt"],
  };
  writeFileSync(join(outDir, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(outDir, "THIRD-PARTY-LICENSES.txt"), licensesOf(root, Object.keys(metafile.inputs)));
  cpSync(join(root, "LICENSE"), join(outDir, "LICENSE"));
  cpSync(join(root, "packages/cli/README.md"), join(outDir, "README.md"));
}

/** The licence texts of the packages whose files these are. Throws where one has none. */
function licensesOf(root: string, inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const texts = [...packages].toSorted().map((directory) => {
    const found = ["LICENSE", "LICENSE.md", "License.txt", "license", "LICENSE.txt"].find((name) =>
      existsSync(join(root, directory, name)),
    );
    if (found === undefined) throw new Error(`${directory} is bundled, but has no licence text.`);
    return `${directory.replace(/^.*node_modules\//, "")}\n\n${readFileSync(join(root, directory, found), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
