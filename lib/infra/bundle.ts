import { existsSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { AssetHashType, type BundlingOptions, DockerImage } from "aws-cdk-lib";
import { type BuildOptions, buildSync } from "esbuild";

/** The project's own directory. */
export const projectRoot = join(import.meta.dirname, "..", "..");

export interface Bundle {
  /** The folder that the asset stands for. */
  readonly path: string;
  readonly assetHashType: AssetHashType;
  readonly bundling: BundlingOptions;
}

/**
 * A folder of an ES module, bundled with everything it imports, for Node 24. `entry` is relative to the project. What is
 * imported by need lies beside it, in modules of its own.
 * esbuild runs in this process: NodejsFunction would start a package manager for each function, which takes most of a synth.
 * Throws if the entry is not there.
 */
export function bundle(entry: string, outfile: string): Bundle {
  const file = join(projectRoot, entry);
  if (!existsSync(file)) throw new Error(`There is no ${relative(projectRoot, file)} to bundle.`);
  return {
    path: dirname(file),
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used: the local bundling below either succeeds or throws.
      image: DockerImage.fromRegistry("scratch"),
      local: {
        tryBundle: (directory) => {
          build(file, join(directory, outfile));
          return true;
        },
      },
    },
  };
}

/**
 * `import "node:http"` in an ES module makes Node.js read all that the module exports, and so load its WebSocket and `fetch`: 60 ms of
 * processor time of each cold start, needed or not. Asked for by a call it does not.
 */
const builtIn = Object.fromEntries(
  ["http", "https"].flatMap((name) => {
    const file = join(import.meta.dirname, "built-in", `${name}.cjs`);
    return [
      [name, file],
      [`node:${name}`, file],
    ];
  }),
);
/** How everything is bundled that runs on Lambda or in a build. */
export const bundleOptions = {
  absWorkingDir: projectRoot,
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  // CommonJS packages inside an ES module still call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;

function build(entry: string, outfile: string): void {
  const extension = extname(outfile);
  buildSync({
    ...bundleOptions,
    alias: builtIn,
    entryPoints: { [basename(outfile, extension)]: entry },
    outdir: dirname(outfile),
    outExtension: { ".js": extension },
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
  });
}
