import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** How many bytes (gzip) a page gets for these imports, without what is named. */
async function bytesOf(imports: string, external: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: imports, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    external: [...external],
  });
  return gzipSync(outputFiles[0]?.contents ?? "").length;
}

/** What other people's pages get, beside React DOM, which they have already. */
export async function sizes() {
  const react = ["react", "react-dom", "@tanstack/*"];
  return {
    client: await bytesOf('export * from "./packages/monitor/src/client/index.ts"', []),
    monitor: await bytesOf('export * from "./packages/monitor/src/react/index.ts"', react),
    reactDom: await bytesOf('export * from "react-dom/client"', ["react"]),
  };
}
