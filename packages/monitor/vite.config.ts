import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";
import slipway from "./package.json" with { type: "json" };

const entry = [
  "packages/monitor/src/client/index.ts",
  "packages/monitor/src/react/index.ts",
  "packages/monitor/src/react/styles.css",
];

/** What other people's pages install: the client and the components, module by module, so that a bundler takes what is used. */
export default defineConfig({
  plugins: [tailwindcss(), manifest()],
  publicDir: false,
  build: {
    outDir: "dist/package",
    emptyOutDir: true,
    target: "es2023",
    minify: false,
    cssCodeSplit: true,
    lib: { entry, formats: ["es"] },
    rolldownOptions: {
      external: (id) => packageOf(id) !== null,
      output: {
        preserveModules: true,
        preserveModulesRoot: "packages/monitor/src",
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

/** Writes the package's manifest: it depends on what its modules import, in the versions that this checkout has. */
function manifest(): Plugin {
  const { name, version, description, license, dependencies } = slipway;
  return {
    name: "slipway:manifest",
    generateBundle(_options, bundle) {
      const imported = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.imports : []));
      const named = new Set(imported.flatMap((id) => (id in bundle ? [] : (packageOf(id) ?? []))));
      const needed = Object.entries(dependencies).filter(
        ([dependency]) => named.has(dependency) && dependency !== "react",
      );
      const made = {
        name,
        version,
        description,
        license,
        type: "module",
        sideEffects: ["**/*.css"],
        exports: {
          "./client": { types: "./client/index.d.ts", default: "./client/index.js" },
          "./react": { types: "./react/index.d.ts", default: "./react/index.js" },
          "./react/styles.css": "./react/styles.css",
          "./package.json": "./package.json",
        },
        dependencies: Object.fromEntries(needed),
        // Whoever takes only the client has no React.
        peerDependencies: { react: "^18.2.0 || ^19.0.0" },
        peerDependenciesMeta: { react: { optional: true } },
      };
      this.emitFile({ type: "asset", fileName: "package.json", source: `${JSON.stringify(made, null, 2)}\n` });
    },
  };
}
