import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";

export const root = join(import.meta.dirname, "../..");

const generated = (path: string): boolean => /(^|\/)(node_modules|dist)\//.test(path);
const filesMatching = (...patterns: readonly string[]): readonly string[] =>
  globSync([...patterns], { cwd: root }).filter((path) => !generated(path));

/** A Markdown file that people read, with its path from the root of the repository. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export const pages: readonly Page[] = filesMatching(
  "*.md",
  "docs/**/*.md",
  "packages/*/*.md",
  "examples/**/*.md",
  ".github/**/*.md",
  ".changeset/*.md",
)
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Every file of the sources, for patterns such as `functions/<from-to>/index.ts`. */
const sources = filesMatching("{bench,bin,docs,examples,functions,lib,packages,test}/**/*.*", ".github/**/*.*");

/** Code blocks show commands and answers, not places in this repository. */
const withoutCodeBlocks = (text: string): string => text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2$/gm, "");

/** Where links lead: `[text](target)`, `[text]: target`, and what HTML in Markdown refers to. */
export function targetsIn(text: string): readonly string[] {
  const prose = withoutCodeBlocks(text).replace(/`[^`\n]*`/g, "`code`");
  const patterns = [/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g, /^\[[^\]]+\]: (\S+)$/gm, /\b(?:src|srcset|href)="([^"]+)"/g];
  return patterns.flatMap((pattern) => [...prose.matchAll(pattern)].map(([, target = ""]) => target));
}

/** The anchors of a page as GitHub makes them: of each heading, counted where a heading stands twice. */
export function anchorsIn(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutCodeBlocks(text).matchAll(/^#{1,6} +(.+?)(?: +#+)?$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = shown
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-");
    const taken = (count: number): string => (count === 0 ? slug : `${slug}-${count}`);
    let count = 0;
    while (anchors.has(taken(count))) count += 1;
    anchors.add(taken(count));
  }
  return anchors;
}

const isElsewhere = (target: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(target);

/** GitHub shows a file below `blob/<branch>`: a link that leaves the repository from there reaches the repository's other pages. */
const isOnGitHub = (file: string): boolean => /^\.\.\/\.\.\/(?:issues|security)\b/.test(file);

/** Why a link of a page leads nowhere; `null`: it leads somewhere, or out of this repository. */
export function problemWithLink(page: Page, target: string): string | null {
  if (isElsewhere(target)) return null;
  const [path = "", anchor] = target.split("#", 2);
  const file = path === "" ? page.path : join(dirname(page.path), decodeURIComponent(path));
  if (file.startsWith("..")) return isOnGitHub(file) ? null : "leads out of the repository";
  if (path !== "" && !existsSync(join(root, file))) return "no such file";
  if (anchor === undefined) return null;
  if (!file.endsWith(".md")) return "an anchor in a file that is not Markdown";
  const text = path === "" ? page.text : readFileSync(join(root, file), "utf8");
  return anchorsIn(text).has(anchor) ? null : "no such heading";
}

const topFolders = ["bench", "bin", "docs", "examples", "functions", "lib", "packages", "test", ".ci", ".github"];
const sourceFile = /\.(?:ts|tsx|js|mjs|css|md|json|yml|yaml|sh|html|svg|png)$/;

/** What stands in backticks and looks like a file or folder of this repository. */
export function pathsIn(text: string): readonly string[] {
  const quoted = [...withoutCodeBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return quoted.filter((code) => {
    if (!/^[\w.@{}<>*,-]+(?:\/[\w.@{}<>*,-]+)+\/?$/.test(code) || code.startsWith("@")) return false;
    if (/^(?:dist|node_modules|cdk\.out|test-results)\//.test(code)) return false;
    return topFolders.includes(code.split("/", 1)[0] ?? "") || sourceFile.test(code);
  });
}

/** Whether a path in backticks is there: from the root, from the page's folder, or as a pattern with `*` or `<name>`. */
export function isThere(page: Page, path: string): boolean {
  const places = [path, join(dirname(page.path), path)];
  if (!/[<>*{}]/.test(path)) return places.some((place) => existsSync(join(root, place)));
  const patterns = places.map((place) => place.replace(/<[^>]*>/g, "*")).flatMap((place) => [place, `${place}/**`]);
  return patterns.some((pattern) => sources.some((file) => matchesGlob(file, pattern)));
}
