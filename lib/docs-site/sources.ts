import { globSync } from "node:fs";
import { addressOf, groups } from "./pages.ts";

/** The pages of the site, by path in the repository at `root`: those of the groups, and each decision. */
export const sourcePaths = (root: string): readonly string[] => [
  ...new Set([
    ...groups.flatMap(({ paths }) => paths),
    ...globSync("docs/decisions/*.md", { cwd: root })
      .map((path) => path.replaceAll("\\", "/"))
      .toSorted(),
  ]),
];

/** The address of each page: `/docs`, `/docs/cli`. */
export const addressesOf = (root: string): readonly string[] => sourcePaths(root).map(addressOf);
