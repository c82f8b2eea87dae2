/**
 * Renders the Markdown that our own pages are written in: headings, paragraphs, flat lists, tables, fenced code, and inline
 * code, emphasis, links and images. A test finds what any page has beyond that. No library does it, since none is needed
 * for so little, and it would become a dependency of every start.
 */
export interface Rendered {
  readonly html: string;
  readonly title: string;
  /** By heading: what a search looks into. */
  readonly sections: readonly Section[];
}

interface Section {
  readonly heading: string;
  readonly anchor: string;
  /** Without marks, in one line. */
  readonly text: string;
}

/** Where a link of the page leads; `null`: to nothing that is served, so it is shown as text. */
export type LinkTo = (target: string) => string | null;

export function render(markdown: string, linkTo: LinkTo): Rendered {
  const anchors = new Map<string, number>();
  const sections: { heading: string; anchor: string; lines: string[] }[] = [];
  const html = blocksOf(markdown).map((block) => {
    if (block.kind === "heading") {
      const heading = plain(block.text);
      const anchor = unique(anchorOf(block.text), anchors);
      sections.push({ heading, anchor, lines: [] });
      return `<h${block.level} id="${escaped(anchor)}">${inline(block.text, linkTo)}</h${block.level}>`;
    }
    sections.at(-1)?.lines.push(...block.lines.map((line) => plain(line.replace(marksOfLines, " "))));
    return blocks[block.kind](block.lines, linkTo);
  });
  return {
    html: html.join("\n"),
    title: sections[0]?.heading ?? "",
    sections: sections.map(({ lines, ...section }) => ({
      ...section,
      text: lines.join(" ").replace(/\s+/g, " ").trim(),
    })),
  };
}

type Kind = "code" | "table" | "list" | "steps" | "html" | "paragraph";
type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: Kind; readonly lines: readonly string[] };

interface OpenBlock {
  readonly kind: Kind;
  readonly lines: string[];
}

/** How a line of each kind begins; the first that matches counts. */
const beginnings: readonly (readonly [Kind, RegExp])[] = [
  ["table", /^\|/],
  ["list", /^- /],
  ["steps", /^\d+\. /],
  // Pictures for two themes; nothing else is written in HTML.
  ["html", /^<\/?picture>/],
];

function blocksOf(markdown: string): readonly Block[] {
  const found: Block[] = [];
  /** The block that the next line goes on with; `null`: it begins one. */
  let open: OpenBlock | null = null;
  let fence: string | null = null;
  const begin = (kind: Kind, ...lines: string[]): OpenBlock => {
    const block = { kind, lines };
    found.push(block);
    return block;
  };
  for (const line of markdown.split("\n")) {
    const marks = /^(`{3,})/.exec(line)?.[1];
    const [, level = "", text] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (fence !== null && marks !== fence) open?.lines.push(line);
    else if (marks !== undefined) {
      open = fence === null ? begin("code") : null;
      fence = fence === null ? marks : null;
    } else if (text !== undefined) {
      found.push({ kind: "heading", level: level.length, text });
      open = null;
    } else if (line.trim() === "") open = null;
    else {
      const kind = kindOf(line, open);
      if (open?.kind === kind) open.lines.push(line);
      else open = begin(kind, line);
    }
  }
  return found;
}

/** A line that begins nothing goes on with what is open. */
const kindOf = (line: string, open: OpenBlock | null): Kind =>
  beginnings.find(([, pattern]) => pattern.test(line))?.[0] ?? open?.kind ?? "paragraph";

const blocks: Readonly<Record<Kind, (lines: readonly string[], linkTo: LinkTo) => string>> = {
  code: (lines) => `<pre tabindex="0"><code>${escaped(lines.join("\n"))}</code></pre>`,
  table,
  list: (lines, linkTo) => `<ul>${itemsOf(lines, /^- /, linkTo)}</ul>`,
  steps: (lines, linkTo) => `<ol>${itemsOf(lines, /^\d+\. /, linkTo)}</ol>`,
  html: (lines, linkTo) =>
    lines.join("\n").replace(/\b(src|srcset)="([^"]+)"/g, (_, name, target) => `${name}="${linkTo(target) ?? ""}"`),
  paragraph: (lines, linkTo) => `<p>${inline(lines.join("\n"), linkTo)}</p>`,
};

/** A line that begins no item goes on with the one before. */
function itemsOf(lines: readonly string[], mark: RegExp, linkTo: LinkTo): string {
  const items: string[] = [];
  for (const line of lines) {
    if (mark.test(line)) items.push(line.replace(mark, ""));
    else items.push(`${items.pop() ?? ""}\n${line.trim()}`);
  }
  return items.map((item) => `<li>${inline(item, linkTo)}</li>`).join("");
}

function table([head = "", , ...rows]: readonly string[], linkTo: LinkTo): string {
  const cells = (line: string, tag: string) =>
    cellsOf(line)
      .map((cell) => `<${tag}>${inline(cell, linkTo)}</${tag}>`)
      .join("");
  const isNamed = cellsOf(head).some((cell) => cell !== "");
  const top = isNamed ? `<thead><tr>${cells(head, "th")}</tr></thead>` : "";
  const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("");
  return `<div class="table" tabindex="0"><table>${top}<tbody>${body}</tbody></table></div>`;
}

/** A `|` in code or after a backslash is no border. */
const cellsOf = (line: string): readonly string[] =>
  [...line.replace(/^\||\|\s*$/g, "").matchAll(/(?:^|\|)((?:`[^`]*`|\\\||[^|`])*)/g)].map(([, cell = ""]) =>
    cell.replaceAll("\\|", "|").trim(),
  );

/** What begins items and borders cells. */
const marksOfLines = /^- |^\d+\. |\||-{3,}/g;

const inlines =
  /(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)|!\[([^[\]]*)\]\(([^)\s]+)\)|\[((?:`[^`]*`|[^[\]`])+)\]\(([^)\s]+)\)|<(https?:[^>\s]+)>|\*\*(.+?)\*\*|\*(?=\S)([^*]+?)\*/gs;

function inline(text: string, linkTo: LinkTo): string {
  let html = "";
  let end = 0;
  for (const found of text.matchAll(inlines)) {
    const [all, , code, alt, image, label, target, address, strong, emphasis] = found;
    html += escaped(text.slice(end, found.index));
    end = found.index + all.length;
    if (code !== undefined) html += `<code>${escaped(code)}</code>`;
    else if (image !== undefined) html += `<img alt="${escaped(alt ?? "")}" src="${escaped(linkTo(image) ?? "")}">`;
    else if (label !== undefined) html += link(inline(label, linkTo), linkTo(target ?? ""));
    else if (address !== undefined) html += link(escaped(address), address);
    else if (strong !== undefined) html += `<strong>${inline(strong, linkTo)}</strong>`;
    else html += `<em>${inline(emphasis ?? "", linkTo)}</em>`;
  }
  return html + escaped(text.slice(end));
}

const link = (html: string, href: string | null): string =>
  href === null ? html : `<a href="${escaped(href)}">${html}</a>`;

/** As people read it. */
const plain = (text: string): string =>
  text.replace(inlines, (...found) => {
    const [, , code, alt, , label, , address, strong, emphasis] = found;
    return code ?? plain(alt ?? label ?? address ?? strong ?? emphasis ?? "");
  });

/** As GitHub makes them, so that links work in both places. */
const anchorOf = (heading: string): string =>
  plain(heading)
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");

function unique(anchor: string, seen: Map<string, number>): string {
  const count = seen.get(anchor) ?? 0;
  seen.set(anchor, count + 1);
  return count === 0 ? anchor : `${anchor}-${count}`;
}

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
