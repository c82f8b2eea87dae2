import { escaped } from "./markdown.ts";
import { addressOf, groups, slugOf } from "./pages.ts";

interface ShownPage {
  readonly path: string;
  readonly title: string;
  readonly html: string;
  readonly summary: string;
}

const links: Readonly<Record<string, string>> = {
  "README.md": "Overview",
  "docs/how-to.md": "How to",
  "docs/upgrade.md": "Upgrade and back up",
  "docs/proven.md": "What is proved",
  "SECURITY.md": "Report a vulnerability",
};

/** What a page is called in the list of pages. */
const linkTextOf = (path: string): string =>
  links[path] ??
  slugOf(path)
    .replaceAll("-", " ")
    .replace(/^(api|cli)$/, (name) => name.toUpperCase())
    .replace(/^./, (letter) => letter.toUpperCase())
    .replace(/^Github$/, "GitHub");

/** One page of the site. */
export const pageOf = ({ path, title, html, summary }: ShownPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${escaped(summary.slice(0, 200))}">
<title>${escaped(title)} · Slipway</title>
<link rel="icon" href="/favicon.svg">
<link rel="alternate" type="text/markdown" href="/docs/${slugOf(path) || "index"}.md">
<link rel="stylesheet" href="/docs/assets/docs.css">
<script type="module" src="/docs/assets/search.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="home" href="/docs">Slipway docs</a>
<search><label for="search">Search</label><input id="search" type="search" autocomplete="off" aria-controls="results"></search>
<a href="/">Dashboard</a>
</header>
<p id="found" role="status"></p>
<ul id="results" aria-label="Search results" hidden></ul>
<div class="columns">
<nav aria-label="Pages"><details open><summary>Pages</summary>${navigation(path)}</details></nav>
<main id="content" tabindex="-1">
${html}
<footer><a href="/docs/${slugOf(path) || "index"}.md">This page as Markdown</a></footer>
</main>
</div>
</body>
</html>
`;

const navigation = (shown: string): string =>
  groups
    .map(({ title, paths }) => {
      const items = paths.map((path) => {
        const current = path === shown ? ' aria-current="page"' : "";
        return `<li><a href="${addressOf(path)}"${current}>${escaped(linkTextOf(path))}</a></li>`;
      });
      return `<h2>${escaped(title)}</h2><ul>${items.join("")}</ul>`;
    })
    .join("");
