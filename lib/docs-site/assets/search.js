import { around } from "./excerpt.js";

// Searches the pages in the browser: each word must be in a section, and one in its heading counts more.
const input = document.querySelector("#search");
const results = document.querySelector("#results");
const found = document.querySelector("#found");
const most = 12;
let entries = null;

const wide = matchMedia("(min-width: 48.01rem)");
const pages = document.querySelector("nav details");
if (!wide.matches) pages.removeAttribute("open");
wide.addEventListener("change", () => pages.toggleAttribute("open", wide.matches));

function pointsOf({ page, heading, text }, words) {
  const [inPage, inHeading, inText] = [page, heading, text].map((part) => part.toLowerCase());
  let points = 0;
  for (const word of words) {
    if (inHeading.includes(word)) points += 5;
    else if (inPage.includes(word)) points += 3;
    else if (inText.includes(word)) points += 1;
    else return 0;
  }
  return points;
}

function itemOf({ address, page, heading, text }, word) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = heading === page ? page : `${page}: ${heading}`;
  const excerpt = document.createElement("p");
  excerpt.textContent = around(text, word);
  item.append(link, excerpt);
  return item;
}

async function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  entries ??= await fetch("/docs/search.json").then((answer) => answer.json());
  const matching = entries
    .map((entry) => ({ entry, points: words.length === 0 ? 0 : pointsOf(entry, words) }))
    .filter(({ points }) => points > 0)
    .sort((one, other) => other.points - one.points);
  results.replaceChildren(...matching.slice(0, most).map(({ entry }) => itemOf(entry, words[0])));
  results.hidden = matching.length === 0;
  found.textContent = words.length === 0 ? "" : matching.length === 0 ? "Nothing found." : `${matching.length} found.`;
}

input.addEventListener("input", () => void search());
