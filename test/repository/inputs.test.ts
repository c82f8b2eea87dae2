// What is built once and kept is built anew when any of its sources changes: the bundler names them all.
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { build, type Plugin } from "esbuild";
import { dashboardInputs } from "../../lib/checkout/dashboard.ts";
import { toolInputs } from "../../lib/checkout/tools.ts";
import { functionNames } from "../../lib/infra/functions.ts";
import { templateInputs } from "../../lib/local-mode/synth.ts";

const root = resolve(import.meta.dirname, "../..");

/** `package-lock.json` says which these are. */
const withoutInstalled: Plugin = {
  name: "without installed packages",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@slipway/") ? undefined : { path, external: true },
    ),
};

/** The files of the repository that end up in a bundle. */
async function bundled(...entryPoints: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    outdir: join(root, "dist/inputs"),
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    loader: { ".css": "empty" },
    plugins: [withoutInstalled],
  });
  return Object.keys(metafile.inputs);
}

const isIn = (file: string, inputs: readonly string[]): boolean =>
  inputs.some((input) => file === input || file.startsWith(`${input}/`));

test("the template and the functions' bundles", async () => {
  const entries = functionNames.map((name) => `functions/${name}/index.ts`);
  const files = await bundled("bin/app.ts", "lib/build/reporter/index.ts", ...entries);
  expect(files).toContain("docs/openapi.json");
  expect(files.filter((file) => !isIn(file, templateInputs))).toEqual([]);
});

test("the dashboard", async () => {
  const files = await bundled("lib/dashboard/main.tsx");
  expect(files).toContain("packages/monitor/src/react/deployment-monitor.tsx");
  expect(files.filter((file) => !isIn(file, dashboardInputs))).toEqual([]);
});

test("the programs that builds find as docker and aws", async () => {
  const commands = ["docker", "aws"].map((name) => `packages/local-aws/src/containers/docker/${name}-command.ts`);
  const files = await bundled(...commands);
  expect(files).toContain("packages/local-aws/src/containers/docker/buildx.ts");
  expect(files.filter((file) => !isIn(file, toolInputs))).toEqual([]);
});
