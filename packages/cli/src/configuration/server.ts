import { withoutEnd } from "@slipway/text/trim";
import { UsageError } from "../system/failure.ts";
import type { Configuration } from "./file.ts";

/** Where a local mode is, unless it was started otherwise. */
const usualUrl = "http://localhost:8080";

export interface Server {
  readonly url: string;
  /** `null`: none is needed, or none is known. */
  readonly token: string | null;
}

export interface Given {
  /** Of the command line. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Which server a command goes to, and with which token: the command line counts before the environment, and that before
 * what was stored. A stored token goes to the server that it was stored for, and to no other.
 */
export function chooseServer({ url, token, env }: Given, { current, servers }: Configuration): Server {
  const address = tidyUrl(url ?? given(env.SLIPWAY_URL) ?? current ?? usualUrl);
  return { url: address, token: token ?? given(env.SLIPWAY_TOKEN) ?? servers[address]?.token ?? null };
}

/** `slipway.example.com/` is `https://slipway.example.com`, and this machine `http://localhost:8080`. Throws a `UsageError`. */
export function tidyUrl(text: string): string {
  const isOwn = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text);
  const whole = /^https?:\/\//i.test(text) ? text : `${isOwn ? "http" : "https"}://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (url === null || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new UsageError(`"${text}" is not a valid server URL.`, "Example: https://slipway.example.com.");
  return `${url.origin}${withoutEnd(url.pathname, "/")}`;
}

/** Whether a token travels to it in clear over a network. */
export function isInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);
