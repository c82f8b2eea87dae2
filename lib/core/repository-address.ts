import ipaddr from "ipaddr.js";
import * as z from "zod";

/**
 * Where repositories may lie. `public`: on the Internet, over https. `anywhere`, for a laptop: also on this machine and in
 * its network, over http and in its file system.
 */
export const repositoryReachSchema = z.enum(["public", "anywhere"]);
export type RepositoryReach = z.infer<typeof repositoryReachSchema>;

const mustBePublic = "must be at a public address, not at one inside a network";
const mustBeHttps = "must be an https:// address: a network between must not be able to change what is built";
const notLinkLocal = "must not be at a link-local address: metadata services answer there";
const onFileSystem = "must be an https:// address: repositories on a file system are read in the local mode only";

/** Why a repository at this address is not read, as far as the address says by itself; `null`: its name must be looked up. */
export function objectionToRepository(text: string, reach: RepositoryReach): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === "file:") return reach === "anywhere" ? null : onFileSystem;
  if (url === null || !["https:", "http:"].includes(url.protocol) || url.username !== "" || url.password !== "")
    return "must be an https:// address without a user name and password";
  if (url.protocol === "http:" && reach === "public") return mustBeHttps;
  const bare = bareHost(url);
  if (ipaddr.isValid(bare)) return objectionToServer(bare, reach);
  return reach === "public" && (bare === "localhost" || bare.endsWith(".localhost")) ? mustBePublic : null;
}

/** Nearby addresses that a laptop's own repositories may have. */
const nearby: ReadonlySet<string> = new Set(["loopback", "private", "uniqueLocal", "carrierGradeNat"]);

/** Why a server at this IP address is not spoken to; `null`: it is. */
export function objectionToServer(address: string, reach: RepositoryReach): string | null {
  // An IPv4 address in IPv6 clothes is what it is inside.
  const range = ipaddr.isValid(address) ? ipaddr.process(address).range() : "invalid";
  if (range === "unicast") return null;
  if (reach === "anywhere" && nearby.has(range) && !isMetadata(address)) return null;
  return reach === "public" ? mustBePublic : notLinkLocal;
}

/** EC2's metadata service has a unique local address too. */
const isMetadata = (address: string): boolean => ipaddr.process(address).toString() === "fd00:ec2::254";

/** The host of a URL, without the brackets of IPv6; the URL's parser has understood octal and decimal addresses by then. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");
