import { withoutEnd } from "@slipway/text/trim";

const longest = 63;

/** The name of an app as the address of its repository suggests it: `https://github.com/you/My_Shop.git` is `my-shop`. */
export function proposedName(repoUrl: string): string {
  const last = withoutEnd(repoUrl.trim(), "/").split("/").at(-1) ?? "";
  return last
    .replace(/\.git$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, longest)
    .replace(/^-+|-+$/g, "");
}
