import { withoutEnd } from "@slipway/text/trim";
import type { App } from "../app.ts";

/** `git@host:owner/repository`, which Git takes for SSH. A letter before the colon alone is a drive of Windows. */
const scpLike = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)(.+)$/;

/**
 * What is equal for all addresses of one repository: `github.com/acme/shop` for `https://github.com/acme/shop.git`,
 * `ssh://git@github.com/acme/shop` and `git@github.com:Acme/shop`. Of HTTP a port counts, since hosts differ by it; of SSH
 * it does not, since it says nothing of the one that HTTP has. `null`: it is no address of a repository.
 */
export function repositoryKey(address: string): string | null {
  if (address.startsWith("/")) return keyOf("file:", address);
  const scp = scpLike.exec(address);
  if (scp !== null) return keyOf(String(scp[1]).toLowerCase(), `/${scp[2]}`);
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const host = url.protocol === "http:" || url.protocol === "https:" ? url.host : url.hostname;
  if (url.protocol !== "file:" && host === "") return null;
  return keyOf(url.protocol === "file:" ? "file:" : host.toLowerCase(), url.pathname);
}

/**
 * Which repository of all hosts it is that a host numbers `number`: what stays when it is renamed or transferred, and no
 * `repositoryKey`. `null`: the address names no host.
 */
export function repositoryIdOf(address: string, number: number): string | null {
  const key = repositoryKey(address);
  const host = key === null ? "" : key.slice(0, key.indexOf("/"));
  return host === "" || host === "file:" ? null : `repository ${host} ${number}`;
}

/** Which repository an app deploys; `null`: not known. */
export const knownRepository = ({ repository, settings }: Pick<App, "repository" | "settings">): string | null =>
  repository?.url === settings.repo_url ? repository.id : null;

function keyOf(host: string, path: string): string | null {
  const named = withoutEnd(decoded(path).replace(/^\/+/, ""), "/");
  const bare = withoutEnd(named.replace(/\.git$/, ""), "/");
  if (bare === "") return null;
  const name = host.replace(/^www\./, "");
  return `${name}/${name === "github.com" ? bare.toLowerCase() : bare}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
