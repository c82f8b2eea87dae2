import type { BadgeState } from "./badge-state.ts";

/** White on each of them has a contrast of 4.5 and more. */
const colours: Readonly<Record<BadgeState, string>> = {
  passing: "#1a7f37",
  failed: "#cf222e",
  deploying: "#0969da",
  "never deployed": "#57606a",
};
const height = 20;
const padding = 6;

/** A flat badge: what is deployed on the left, how it stands on the right. Its title says both to who cannot see it. */
export function badgeSvg(name: string, state: BadgeState): string {
  const label = escaped(name);
  const left = widthOf(name) + 2 * padding;
  const right = widthOf(state) + 2 * padding;
  const text = (content: string, x: number, width: number) =>
    `<text x="${x + padding}" y="14" textLength="${width - 2 * padding}" lengthAdjust="spacingAndGlyphs">${content}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${label}: ${state}</title>`,
    `<clipPath id="round"><rect width="${left + right}" height="${height}" rx="3"/></clipPath>`,
    `<g clip-path="url(#round)">`,
    `<rect width="${left}" height="${height}" fill="#24292f"/>`,
    `<rect x="${left}" width="${right}" height="${height}" fill="${colours[state]}"/>`,
    `</g>`,
    `<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">`,
    text(label, 0, left),
    text(state, left, right),
    `</g>`,
    `</svg>`,
  ].join("");
}

/** In pixels, near enough for Verdana at 11: `textLength` makes it exact whatever the font. */
const widthOf = (text: string): number =>
  Math.ceil(
    [...text].reduce((sum, letter) => sum + (/[ijltf.\-' ]/.test(letter) ? 4 : /[mw]/i.test(letter) ? 10.5 : 7), 0),
  );

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => entities[letter] ?? letter);
