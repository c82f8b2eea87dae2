import type { App } from "@slipway/monitor/client";

/**
 * The app in which an image is to be released: the chosen one, else the only one with the same repository.
 * `undefined`: a person has to say, since the first of a list is nobody's choice.
 */
export function promoteTarget<Candidate extends Pick<App, "id" | "repo_url">>(
  apps: readonly Candidate[],
  from: number,
  chosen: number | null,
): Candidate | undefined {
  const others = apps.filter(({ id }) => id !== from);
  const repository = apps.find(({ id }) => id === from)?.repo_url;
  const related = others.filter(({ repo_url }) => repo_url === repository);
  return others.find(({ id }) => id === chosen) ?? (related.length === 1 ? related[0] : undefined);
}
