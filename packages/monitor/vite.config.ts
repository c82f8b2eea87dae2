import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";
import own from "./package.json" with { type: "json" };

const src = join(import.meta.dirname, "src");
const entry = ["client/index.ts", "stages.ts", "react/index.ts", "react/styles.css"].map((file) => join(src, file));

/** What other people's pages install: the client and the components, module by module, so that a bundler takes what is used. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [tailwindcss(), manifest()],
  publicDir: false,
  build: {
    outDir: "../../dist/package",
    emptyOutDir: true,
    target: "es2023",
    minify: false,
    cssCodeSplit: true,
    lib: { entry, formats: ["es"] },
    rolldownOptions: {
      external: (id) => isInstalled(packageOf(id)),
      output: {
        preserveModules: true,
        preserveModulesRoot: src,
        entryFileNames: "[name].js",
        assetFileNames: "[name][extname]",
        // Frameworks that render on the server take components with state only from modules that say so.
        banner: ({ name }) => (name === "react/index" ? '"use client";' : ""),
      },
    },
  },
});

/** `@scope/name` or `name` of what is imported; `null` for a file. */
function packageOf(id: string): string | null {
  return /^(?:@[\w.-]+\/)?[a-z][\w.-]*/.exec(id)?.[0] ?? null;
}

/** The other packages of this repository are not published: what is used of them is part of this one. */
function isInstalled(name: string | null): boolean {
  return name !== null && !name.startsWith("@slipway/");
}

/** Writes what is published beside the modules: the manifest, with what is built in the place of the sources, the README and the licence. */
function manifest(): Plugin {
  const { name, version, description, license, type, sideEffects, dependencies } = own;
  const { peerDependencies, peerDependenciesMeta } = own;
  return {
    name: "slipway:manifest",
    generateBundle() {
      const needed = Object.entries(dependencies).filter(([dependency]) => isInstalled(dependency));
      const made = {
        name,
        version,
        description,
        license,
        type,
        sideEffects,
        exports: {
          "./client": { types: "./client/index.d.ts", default: "./client/index.js" },
          "./stages": { types: "./stages.d.ts", default: "./stages.js" },
          "./react": { types: "./react/index.d.ts", default: "./react/index.js" },
          "./react/styles.css": "./react/styles.css",
          "./package.json": "./package.json",
        },
        dependencies: Object.fromEntries(needed),
        peerDependencies,
        // Whoever takes only the client has no React.
        peerDependenciesMeta,
      };
      this.emitFile({ type: "asset", fileName: "package.json", source: `${JSON.stringify(made, null, 2)}\n` });
      for (const file of ["README.md", "../../LICENSE"]) {
        const source = readFileSync(join(import.meta.dirname, file));
        this.emitFile({ type: "asset", fileName: basename(file), source });
      }
    },
  };
}
