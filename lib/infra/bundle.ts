import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { AssetHashType, type BundlingOptions, DockerImage } from "aws-cdk-lib";
import { buildSync } from "esbuild";

/** The project's own directory. */
export const projectRoot = join(import.meta.dirname, "..", "..");

export interface Bundle {
  /** The folder that the asset stands for. */
  readonly path: string;
  readonly assetHashType: AssetHashType;
  readonly bundling: BundlingOptions;
}

/**
 * A folder of one ES module, bundled with everything it imports, for Node 24. `entry` is relative to the project.
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

function build(entry: string, outfile: string): void {
  buildSync({
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    logLevel: "warning",
    // CommonJS packages inside an ES module still call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
}
