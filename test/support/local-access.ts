import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LocalMode } from "./local-mode.ts";

/** The secret of a data directory's admin, as only its user can read it. */
export const secretOf = (data: string): string => readFileSync(join(data, "admin.secret"), "utf8").trim();

/** The code of the latest sign-in link that a local mode printed. */
export function printedCode(local: Pick<LocalMode, "output">): string {
  const links = [...local.output().matchAll(/\/login#code=([0-9a-f]{64})/g)];
  const code = links.at(-1)?.[1];
  if (code === undefined) throw new Error(`The local mode printed no sign-in link:\n${local.output()}`);
  return code;
}
