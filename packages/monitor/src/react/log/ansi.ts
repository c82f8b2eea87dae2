import {
  type Color,
  createAnsiSequenceParser,
  createColorPalette,
  type DecorationType,
  namedColors,
  type ParseToken,
} from "ansi-sequence-parser";
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

const decorations: ReadonlyMap<DecorationType, string> = /* @__PURE__ */ new Map([
  ["bold", "sw:font-bold"],
  ["italic", "sw:italic"],
  ["underline", "sw:underline"],
  ["strikethrough", "sw:line-through"],
]);

/** A line in its colours. Each line begins without one: programs that colour begin anew on each, and lines of two streams mix. */
export function segmentsOf(line: LogLine): readonly Segment[] {
  // A sequence without a number resets; the parser wants it said.
  return createAnsiSequenceParser().parse(colouredText(line).replaceAll("\u001b[m", "\u001b[0m")).map(segmentOf);
}

function segmentOf({ value: text, foreground, background, decorations: named }: ParseToken): Segment {
  const isReversed = named.has("reverse");
  const front = tokenOf(foreground);
  const classes = [...named].map((decoration) => decorations.get(decoration));
  if (isReversed) classes.push("sw:text-log", front?.reversed ?? "sw:bg-text");
  else classes.push(front?.text ?? (named.has("dim") ? "sw:text-muted" : undefined), tokenOf(background)?.ground);
  const className = classes.filter(Boolean).join(" ");
  return isReversed || foreground === null || front !== undefined
    ? { text, className }
    : { text, className, color: readable(palette.value(foreground)) };
}

const palette = /* @__PURE__ */ createColorPalette();

/** Of the sixteen, by name or by number. `brightRed` is red: how bright a colour is, is the theme's business. */
function tokenOf(color: Color | null): Token | undefined {
  const name = color?.type === "named" ? color.name : color?.type === "table" ? namedColors[color.index] : undefined;
  return name === undefined ? undefined : tokens[name.replace("bright", "").toLowerCase()];
}

/** The hue as it was asked for, no lighter or darker than can be read on the theme's ground. */
const readable = (color: string): string =>
  `light-dark(oklch(from ${color} min(l, 0.5) c h), oklch(from ${color} max(l, 0.75) c h))`;
