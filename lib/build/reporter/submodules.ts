import { withoutEnd } from "@slipway/text/trim";

/** A submodule as `.gitmodules` names it. */
export interface Submodule {
  readonly name: string;
  /** Relative to the repository's root. */
  readonly path: string;
  readonly url: string;
}

/** Reads what `git config -z --get-regexp ^submodule\.` prints of a `.gitmodules`. Those that git itself is told to skip are left out. */
export function parseGitmodules(output: string): readonly Submodule[] {
  const found = new Map<string, Record<string, string>>();
  for (const entry of output.split("\0")) {
    const [key = "", value = ""] = entry.split(/\n(.*)/s);
    const [, name, setting] = /^submodule\.(.+)\.(path|url|update)$/s.exec(key) ?? [];
    if (name === undefined || setting === undefined) continue;
    found.set(name, { ...found.get(name), [setting]: value });
  }
  return [...found].flatMap(([name, { path = "", url = "", update }]) =>
    path === "" || url === "" || update === "none" ? [] : [{ name, path: withoutEnd(path, "/"), url }],
  );
}

/** `git@host:owner/repository`. A letter before the colon alone is a drive of Windows. */
const scpLike = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)(.+)$/;

export type SubmodulePlace = { readonly url: string } | { readonly elsewhere: string };

/**
 * Where a submodule of the repository at `base` is fetched from: on the same server, over the same protocol and by the same
 * credential, whatever protocol is written down. `elsewhere`: on another server, whose name it is, and not fetched.
 */
export function placeOfSubmodule(base: string, url: string): SubmodulePlace {
  const home = new URL(base);
  if (/^\.\.?\//.test(url)) return { url: withoutEnd(new URL(url, `${withoutEnd(base, "/")}/`).href, "/") };
  const scp = scpLike.exec(url);
  if (scp !== null) return onServer(home, String(scp[1]), `/${String(scp[2]).replace(/^\/+/, "")}`);
  if (url.startsWith("/")) return home.protocol === "file:" ? { url: `file://${url}` } : { elsewhere: url };
  if (!URL.canParse(url)) return { elsewhere: url };
  const given = new URL(url);
  if (given.protocol === "file:") return home.protocol === "file:" ? { url: given.href } : { elsewhere: url };
  const isHttp = given.protocol === "https:" || given.protocol === "http:";
  // Another port is another server; of SSH a port says nothing of the one that HTTP has.
  if (isHttp && given.host !== home.host) return { elsewhere: given.host };
  return onServer(home, given.hostname, given.pathname);
}

function onServer(home: URL, host: string, path: string): SubmodulePlace {
  const isSame = home.protocol !== "file:" && host.toLowerCase() === home.hostname.toLowerCase();
  return isSame ? { url: `${home.origin}${path}` } : { elsewhere: host };
}
