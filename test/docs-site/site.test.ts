import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { render } from "../../lib/docs-site/markdown.ts";
import { groups } from "../../lib/docs-site/pages.ts";
import { linkFrom, siteOf } from "../../lib/docs-site/site.ts";
import { sourcePaths } from "../../lib/docs-site/sources.ts";
import { anchorsIn } from "../repository/pages.ts";

const root = resolve(import.meta.dirname, "../..");
const listed = groups.flatMap(({ paths }) => paths);
const paths = sourcePaths(root);
const pages = paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const files = new Map(siteOf(pages).map(({ path, content }) => [path, content]));
const htmlOf = (markdown: string) => render(markdown, (target) => target).html;
const idsIn = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));

test("every page of the documentation is in the list of pages", () => {
  expect(globSync("docs/*.md", { cwd: root }).filter((path) => !listed.includes(path))).toEqual([]);
});

describe.each(pages)("$path", ({ path, text }) => {
  test("leaves no mark of Markdown in what people read", () => {
    const shown = htmlOf(text)
      .replace(/<pre[^>]*>[\s\S]*?<\/pre>|<code>[^<]*<\/code>|<picture>[\s\S]*?<\/picture>/g, "")
      .replace(/<[^>]+>/g, "\n");
    const left = shown.split("\n").filter((line) => /\*\*|\]\(|^\s*\||^\s*#{1,6} |`/.test(line));
    expect(left).toEqual([]);
  });

  test("has the anchors that GitHub makes", () => {
    expect([...anchorsIn(text)].filter((anchor) => !idsIn(htmlOf(text)).has(anchor))).toEqual([]);
  });

  test("leads to pages and headings that are served", () => {
    const served = new Set(paths);
    const html = render(text, (target) => linkFrom(path, target, served)).html;
    const hrefs = [...html.matchAll(/href="(\/docs[^"]*|#[^"]*)"/g)].map(([, href = ""]) => href);
    const broken = hrefs.filter((href) => {
      const [address = "", anchor] = href.split("#");
      const file = address === "" ? null : address === "/docs" ? "docs/index.html" : `${address.slice(1)}.html`;
      const target = file === null ? html : files.get(file);
      return target === undefined || (anchor !== undefined && !idsIn(target).has(anchor));
    });
    expect(broken).toEqual([]);
  });
});

describe("the site", () => {
  test("has each page in HTML and as it was written, and lists them for language models", () => {
    const cli = readFileSync(join(root, "docs/cli.md"), "utf8");
    expect(files.get("docs/cli.md")).toBe(cli);
    expect(files.get("docs/cli.html")).toContain('<h1 id="command-line">Command line</h1>');
    expect(files.get("llms.txt")).toMatch(/^# Slipway\n\n> .*\n- \[Command line\]\(\/docs\/cli\.md\): /s);
    for (const [, path = ""] of files.get("llms.txt")?.matchAll(/\]\(\/([^)]+)\)/g) ?? [])
      expect(files.has(path)).toBe(true);
  });

  test("says in the list of pages what each decision decided, and no date", () => {
    const llms = files.get("llms.txt") ?? "";
    const decisions = [...llms.matchAll(/^- \[(\d{4}: .*?)\]\(.*?\): (.*)$/gm)].map(([, , said = ""]) => said);
    expect(decisions.length).toBeGreaterThan(40);
    expect(
      decisions.filter((said) => said.length < 24 || !/^[\p{L}`].*\.$/u.test(said) || /^Date:/.test(said)),
    ).toEqual([]);
    expect(llms).toContain("): Health is not stored. GET /api/apps/{id}/status,");
  });

  test("shows whole words around what was searched for", async () => {
    const { around } = await import(join(root, "lib/docs-site/assets/excerpt.js"));
    for (const { text = "" } of JSON.parse(files.get("docs/search.json") ?? "[]")) {
      const words = new Set(text.split(" "));
      for (const word of text.split(" ").filter((_: string, at: number) => at % 7 === 0)) {
        const excerpt: string = around(text, word.toLowerCase());
        expect(excerpt.toLowerCase()).toContain(word.toLowerCase());
        expect(excerpt.length).toBeLessThanOrEqual(165);
        const shown = excerpt.replace(/^… | …$/g, "").split(" ");
        if (shown.length > 1) expect(shown.filter((one) => !words.has(one))).toEqual([]);
      }
    }
    expect(around("", "x")).toBe("");
    expect(around("one two", "not there")).toBe("one two");
  });

  test("is searched by heading and text", () => {
    const entries = JSON.parse(files.get("docs/search.json") ?? "[]");
    expect(entries).toContainEqual(
      expect.objectContaining({
        address: "/docs/how-to#freeze-all-apps-for-the-weekend",
        page: "How to",
        text: expect.stringContaining("Open Freeze deployments in the account menu"),
      }),
    );
  });

  test("shows what leads to a file that is not served as text", () => {
    expect(linkFrom("docs/cli.md", "../lib/core/stage.ts", new Set(paths))).toBeNull();
    expect(htmlOf("[`a`](b)")).toBe('<p><a href="b"><code>a</code></a></p>');
    expect(render("[`a`](b)", () => null).html).toBe("<p><code>a</code></p>");
  });
});

test.each([
  ['<script>alert(1)</script> & "x"', "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;</p>"],
  ["a `<b>` **c** *d*", "<p>a <code>&lt;b&gt;</code> <strong>c</strong> <em>d</em></p>"],
  ["- a\n  b\n- c", "<ul><li>a\nb</li><li>c</li></ul>"],
  ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
  ["```sh\n# no heading\n\n`x`\n```", '<pre tabindex="0"><code># no heading\n\n`x`</code></pre>'],
  [
    "| a | `b|c` |\n|---|---|\n| d \\| e | f |",
    '<div class="table" tabindex="0"><table><thead><tr><th>a</th><th><code>b|c</code></th></tr></thead><tbody><tr><td>d | e</td><td>f</td></tr></tbody></table></div>',
  ],
])("renders %j", (markdown, html) => expect(htmlOf(markdown)).toBe(html));
