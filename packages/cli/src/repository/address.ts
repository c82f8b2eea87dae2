import { pathToFileURL } from "node:url";
import { withoutEnd } from "@slipway/text/trim";

/** Hosts on which the case of a path means nothing. */
const caseless = new Set(["github.com", "gitlab.com", "bitbucket.org"]);

interface Parts {
  readonly host: string;
  /** Without slashes at its ends, and without `.git`. */
  readonly path: string;
}

/** Of `https://…`, `ssh://…`, `git://…` and `git@host:path`; `null`: it is on this machine, or nothing of the kind. */
function partsOf(address: string): Parts | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && ["http:", "https:", "ssh:", "git:", "git+ssh:"].includes(url.protocol))
    return { host: hostOf(url), path: tidyPath(decodeURI(url.pathname)) };
  const [, host, path] = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(address) ?? [];
  // One letter and a colon begin a path on Windows.
  if (host === undefined || path === undefined || host.length === 1) return null;
  return { host: host.toLowerCase(), path: tidyPath(path) };
}

/** With its port, where that is not what the protocol uses anyway: `ssh.github.com:443` is not the same server. */
function hostOf({ protocol, hostname, port }: URL): string {
  const usual = protocol.includes("ssh") ? ["", "22"] : protocol === "git:" ? ["", "9418"] : [""];
  return usual.includes(port) ? hostname.toLowerCase() : `${hostname.toLowerCase()}:${port}`;
}

const tidyPath = (path: string): string =>
  withoutEnd(withoutEnd(path.replace(/^\/+/, ""), "/").replace(/\.git$/, ""), "/");

/** The same text for all addresses of one repository, whatever protocol, user or spelling. */
export function addressKey(address: string): string {
  const parts = partsOf(address);
  if (parts !== null) {
    const path = caseless.has(parts.host) ? parts.path.toLowerCase() : parts.path;
    return `${parts.host}/${path}`;
  }
  const url = address.startsWith("/") ? pathToFileURL(address).href : address;
  return withoutEnd(url, "/").replace(/\/\.git$/, "");
}

/** The address as an app takes it: `https://` where Git is spoken over a network, without anybody's credentials. */
export function cloneAddress(address: string): string {
  const parts = partsOf(address);
  if (parts === null) return address;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === "http:" || url?.protocol === "https:") return `${url.origin}${withoutEnd(url.pathname, "/")}`;
  return `https://${parts.host}/${parts.path}.git`;
}

/** Whether it lies on a file system, where only a local mode reads it. */
export const isLocal = (address: string): boolean => address.startsWith("/") || address.startsWith("file:");
