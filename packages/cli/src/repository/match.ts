import { posix } from "node:path";
import type { App } from "@slipway/monitor/client";
import { addressKey } from "./address.ts";
import { isWithin } from "./git.ts";

export interface Place {
  /** Of the repository: its remotes, and its own path. */
  readonly addresses: readonly string[];
  readonly branch: string | null;
  /** Where in the repository. */
  readonly directory: string;
}

type Candidate = Pick<App, "name" | "repo_url" | "branch" | "root_dir">;

/**
 * The apps that are meant in a place: of this repository, of the innermost root directory around the place (all where none
 * is around it), and of its branch, where any of them follows that.
 */
export function appsAt<T extends Candidate>(apps: readonly T[], place: Place): readonly T[] {
  const keys = new Set(place.addresses.map(addressKey));
  const own = apps.filter((app) => keys.has(addressKey(app.repo_url)));
  const around = own.filter((app) => isWithin(place.directory, app.root_dir));
  const deepest = Math.max(...around.map((app) => depth(app.root_dir)));
  const innermost = around.length === 0 ? own : around.filter((app) => depth(app.root_dir) === deepest);
  const following = innermost.filter((app) => app.branch === place.branch);
  return following.length === 0 ? innermost : following;
}

/** The apps of this repository that are built from just this folder. */
export function appsOf<T extends Candidate>(apps: readonly T[], place: Place, rootDir: string): readonly T[] {
  return appsAt(
    apps.filter((app) => posix.normalize(app.root_dir) === posix.normalize(rootDir)),
    place,
  );
}

const depth = (rootDir: string): number => {
  const path = posix.normalize(rootDir);
  return path === "." ? 0 : path.split("/").length;
};
