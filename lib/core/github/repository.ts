/** A repository as GitHub's API names it. */
export interface GitHubRepository {
  readonly owner: string;
  readonly name: string;
}

/**
 * The repository at an address, if it lies at exactly this GitHub: `gitHubUrl` is an origin. `null` for every other host,
 * protocol or port, for an address with credentials in it, and for one that names no repository.
 */
export function repositoryOf(url: string, gitHubUrl: string): GitHubRepository | null {
  if (!URL.canParse(url) || !URL.canParse(gitHubUrl)) return null;
  const { origin, pathname, username, password } = new URL(url);
  if (origin !== new URL(gitHubUrl).origin || origin === "null" || username !== "" || password !== "") return null;
  const [, owner, name] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(pathname) ?? [];
  return owner === undefined || name === undefined ? null : { owner, name };
}

/** `owner/name`, as people write it. */
export const fullName = ({ owner, name }: GitHubRepository): string => `${owner}/${name}`;
