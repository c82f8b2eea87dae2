// What other people install: its types, its size, and that a page which takes a part gets no more than that.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build, type Plugin } from "esbuild";
import {
  buildExistingPage,
  checkTypes,
  giveReact,
  installExistingPage,
  reactVersions,
  renderOnServer,
} from "../../support/existing-page.ts";
import { removeDirectory } from "../../support/local-mode.ts";

let page: string;

beforeAll(async () => {
  page = mkdtempSync(join(tmpdir(), "slipway-page-"));
  await installExistingPage(page);
});
afterAll(() => removeDirectory(page));

/** The client has a budget of its own. */
const withoutClient: Plugin = {
  name: "without the client",
  setup: ({ onResolve }) => onResolve({ filter: /\/client\// }, ({ path }) => ({ path, external: true })),
};

async function bundled(code: string, plugins: Plugin[] = []): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: page },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    external: ["react", "react-dom", "@tanstack/*"],
    preserveSymlinks: true,
    plugins,
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

const compressed = async (...how: Parameters<typeof bundled>): Promise<number> =>
  gzipSync(await bundled(...how)).length;

test("a page of somebody else's is built", async () => {
  const dist = await buildExistingPage(page, "http://localhost:8080");
  expect(readFileSync(join(dist, "index.html"), "utf8")).toContain("<title>Orders</title>");
});

describe.each(reactVersions)("with React %i", (version) => {
  beforeAll(() => giveReact(page, version));
  afterAll(() => giveReact(page, 18));

  test("a page is checked against the types, as strictly as it can be", async () => {
    await checkTypes(page);
  });

  test("a page renders it on a server in strict mode, without a warning", async () => {
    const rendered = await renderOnServer(page);
    expect(rendered.version.split(".")[0]).toBe(String(version));
    expect(rendered.html).toMatch(/Loading deployment….*a line.*Failed/s);
    expect(rendered.said).toEqual([]);
  });
});

test("what is wrong in the page's use of it is a type error", async () => {
  const app = join(page, "src/app.tsx");
  const right = readFileSync(app, "utf8");
  writeFileSync(app, right.replace("deploymentId={deployment}", 'deploymentId="12"'));
  await expect(checkTypes(page)).rejects.toMatchObject({ stdout: expect.stringContaining("TS2322") });
  writeFileSync(app, right);
});

test("the client is less than 7.6 KB, and the components less than 18 KB beside it and the virtualiser", async () => {
  expect(await compressed('export * from "@slipway/monitor/client"')).toBeLessThan(7600);
  expect(await compressed('export * from "@slipway/monitor/react"', [withoutClient])).toBeLessThan(18_000);
});

test("the client has no dependency", async () => {
  const text = new TextDecoder().decode(await bundled('export * from "@slipway/monitor/client"'));
  expect(text).not.toMatch(/\bfrom\s*"|\bimport\s*["(]|\brequire\(/);
});

test("who takes a part gets no more than that", async () => {
  expect(await compressed('export { formatDuration } from "@slipway/monitor/react"')).toBeLessThan(400);
  expect(await compressed('export { StageBadge } from "@slipway/monitor/react"')).toBeLessThan(3000);
});

test("the stylesheet says nothing of the page's own elements", () => {
  const css = readFileSync(join(page, "node_modules/@slipway/monitor/react/styles.css"), "utf8");
  const selectors = [
    ...css
      .replace(/@(layer properties|property|keyframes)[^{]*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, "")
      .matchAll(/^([^\s@}&/][^{}]*)\{/gm),
  ];
  const outside = selectors
    .map(([, selector = ""]) => selector.trim())
    .filter((selector) => !/^(:(where|is)\((span)?)?\.slipway/.test(selector));
  expect(outside).toEqual([]);
});
