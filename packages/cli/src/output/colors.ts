import { styleText } from "node:util";
import type { CliDeps } from "../system/deps.ts";

export type Style = "green" | "red" | "yellow" | "cyan" | "dim" | "bold";
export type Color = (style: Style, text: string) => string;

/** Whether there may be colours: on a terminal, unless the environment says otherwise (no-color.org, force-color.org). */
export function isColoured({ env, out }: Pick<CliDeps, "env" | "out">): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none } = env;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return (none === undefined || none === "") && out.isTerminal;
}

export const colorsOf = (isColoured: boolean): Color =>
  isColoured ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
