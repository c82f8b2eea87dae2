import { posix } from "node:path";
import { render } from "./markdown.ts";
import { addressOf, slugOf } from "./pages.ts";
import { pageOf } from "./template.ts";

export interface SourcePage {
  /** In the repository: `docs/cli.md`. */
  readonly path: string;
  readonly text: string;
}

export interface SiteFile {
  /** Below the root of the site: `docs/cli.html`. */
  readonly path: string;
  readonly content: string;
}

interface Entry {
  readonly address: string;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

/** All files of the site but its pictures and `assets`: each page in HTML and as it was written, what the search reads, and `llms.txt`. */
export function siteOf(pages: readonly SourcePage[]): readonly SiteFile[] {
  const served = new Set(pages.map(({ path }) => path));
  const rendered = pages.map((page) => ({
    ...page,
    ...render(page.text, (target) => linkFrom(page.path, target, served)),
  }));
  const entries = rendered.flatMap(({ path, title, sections }): readonly Entry[] =>
    sections.map(({ heading, anchor, text }) => ({
      address: `${addressOf(path)}#${anchor}`,
      page: title,
      heading,
      text,
    })),
  );
  return [
    ...rendered.flatMap(({ path, text, title, html, sections }) => [
      { path: fileOf(path, "html"), content: pageOf({ path, title, html, summary: summaryOf(sections) }) },
      { path: fileOf(path, "md"), content: text },
    ]),
    { path: `${folder}/search.json`, content: JSON.stringify(entries) },
    { path: "llms.txt", content: llmsOf(rendered) },
  ];
}

/** Where a link of a page leads on the site; `null`: to a file that is not served. */
export function linkFrom(path: string, target: string, served: ReadonlySet<string>): string | null {
  if (/^(?:https?|mailto):/.test(target)) return target;
  const [file = "", anchor] = target.split("#");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (file === "") return hash;
  const resolved = posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, "");
  if (resolved.startsWith("docs/images/")) return `/${resolved}`;
  const page = [resolved, `${resolved}/README.md`].find((candidate) => served.has(candidate));
  return page === undefined ? null : `${addressOf(page)}${hash}`;
}

const folder = "docs";
const fileOf = (path: string, type: string): string => `${folder}/${slugOf(path) || "index"}.${type}`;

/** As https://llmstxt.org proposes: the pages, each as Markdown. */
function llmsOf(
  pages: readonly { readonly path: string; readonly title: string; readonly sections: readonly Said[] }[],
): string {
  const lines = pages.map(
    ({ path, title, sections }) => `- [${title}](/${fileOf(path, "md")}): ${firstSentence(summaryOf(sections))}`,
  );
  return `# Slipway\n\n> Deploys Git repositories to your own AWS account, with live logs, health checks and rollbacks. The API is described in /api/openapi.json.\n\n## Documentation\n\n${lines.join("\n")}\n`;
}

interface Said {
  readonly heading: string;
  readonly text: string;
}

/** Of a decision what was decided, which begins below the line with its date; of any other page the first that it says. */
function summaryOf(sections: readonly Said[]): string {
  const decided = sections.find(({ heading }) => heading === "Decision");
  const texts = (decided === undefined ? sections : [decided]).map(({ text }) => text.replace(dateAndStatus, ""));
  return texts.find((text) => text !== "") ?? "";
}

const dateAndStatus = /^Date: [\d-]+\. Status: [^.]+\. ?/;

/** A few words that only name what follows, such as "Styles.", say nothing without the sentence after them. */
const firstSentence = (text: string): string => (/^.{24,}?[.:](?= |$)/.exec(text)?.[0] ?? text).replace(/:$/, ".");
