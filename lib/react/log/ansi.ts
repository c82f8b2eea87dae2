import Anser from "anser";
import type { LogLine } from "../../client/index.ts";
import { colouredText } from "./plain-text.ts";

/** A piece of a line in one colour. */
export interface Segment {
  readonly text: string;
  readonly className: string;
  /** For colours outside the sixteen that the theme names. */
  readonly color?: string;
}

interface Token {
  readonly text: string;
  readonly ground: string;
  readonly reversed: string;
}

const tokens: Readonly<Record<string, Token>> = {
  black: { text: "sw:text-ansi-black", ground: "sw:bg-ansi-black/15", reversed: "sw:bg-ansi-black" },
  red: { text: "sw:text-ansi-red", ground: "sw:bg-ansi-red/15", reversed: "sw:bg-ansi-red" },
  green: { text: "sw:text-ansi-green", ground: "sw:bg-ansi-green/15", reversed: "sw:bg-ansi-green" },
  yellow: { text: "sw:text-ansi-yellow", ground: "sw:bg-ansi-yellow/15", reversed: "sw:bg-ansi-yellow" },
  blue: { text: "sw:text-ansi-blue", ground: "sw:bg-ansi-blue/15", reversed: "sw:bg-ansi-blue" },
  magenta: { text: "sw:text-ansi-magenta", ground: "sw:bg-ansi-magenta/15", reversed: "sw:bg-ansi-magenta" },
  cyan: { text: "sw:text-ansi-cyan", ground: "sw:bg-ansi-cyan/15", reversed: "sw:bg-ansi-cyan" },
  white: { text: "sw:text-ansi-white", ground: "sw:bg-ansi-white/15", reversed: "sw:bg-ansi-white" },
};

const decorations: Readonly<Record<string, string>> = {
  bold: "sw:font-bold",
  italic: "sw:italic",
  underline: "sw:underline",
  strikethrough: "sw:line-through",
};

/** A line in its colours. Each line begins without one: programs that colour begin anew on each, and lines of two streams mix. */
export function segmentsOf(line: LogLine): readonly Segment[] {
  const [first = "", ...coloured] = colouredText(line).split("\u001b[");
  const anser = new Anser();
  const rest = coloured.map((chunk) => segmentOf(anser.processChunkJson(chunk, { use_classes: true }, true)));
  return [{ text: first, className: "" }, ...rest].filter(({ text }) => text !== "");
}

function segmentOf(entry: Anser.AnserJsonEntry): Segment {
  const classes = entry.decorations.flatMap((name) => decorations[name] ?? []);
  const front = tokens[tokenName(entry.fg)];
  const back = tokens[tokenName(entry.bg)];
  if (entry.decorations.includes("reverse")) {
    classes.push("sw:text-log", front?.reversed ?? "sw:bg-text");
  } else {
    if (front !== undefined) classes.push(front.text);
    else if (entry.decorations.includes("dim")) classes.push("sw:text-muted");
    if (back !== undefined) classes.push(back.ground);
  }
  const rgb = rgbOf(entry);
  const className = classes.join(" ");
  return rgb === null ? { text: entry.content, className } : { text: entry.content, className, color: readable(rgb) };
}

/** `ansi-bright-red` is red: how bright a colour is, is the theme's business. */
const tokenName = (name: string | null): string => (name ?? "").replace(/^ansi-(bright-)?/, "");

/** A foreground out of the palette of 256 or of true colour, as `r g b`. */
function rgbOf({ fg, fg_truecolor, decorations }: Anser.AnserJsonEntry): string | null {
  if (decorations.includes("reverse")) return null;
  if (fg === "ansi-truecolor") return fg_truecolor.replaceAll(",", "");
  const palette = /^ansi-palette-(\d+)$/.exec(fg ?? "")?.[1];
  return palette === undefined ? null : paletteColour(Number(palette));
}

const levels = [0, 95, 135, 175, 215, 255];

/** 16 to 231 are a cube of 6 × 6 × 6, the rest are greys. */
function paletteColour(index: number): string {
  if (index >= 232)
    return Array(3)
      .fill(8 + (index - 232) * 10)
      .join(" ");
  const place = index - 16;
  return [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((level) => levels[level]).join(" ");
}

/** The hue as it was asked for, no lighter or darker than can be read on the theme's ground. */
const readable = (rgb: string): string =>
  `light-dark(oklch(from rgb(${rgb}) min(l, 0.5) c h), oklch(from rgb(${rgb}) max(l, 0.75) c h))`;
