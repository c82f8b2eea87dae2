import type { UnreachableError } from "@slipway/monitor/client";

/** By the codes of Node's network errors. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "DNS lookup failed",
  ECONNRESET: "connection reset",
  UND_ERR_SOCKET: "connection reset",
  ETIMEDOUT: "timed out",
  UND_ERR_CONNECT_TIMEOUT: "timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not trusted",
};

/** Why nobody answers at the address of `error`, and what to do about it. */
export function unreachable(
  { baseUrl, cause }: Pick<UnreachableError, "baseUrl" | "cause">,
  env: Readonly<Record<string, string | undefined>>,
): { sentence: string; advice: string } {
  if (cause instanceof Error && cause.name === "SyntaxError") {
    const sentence = `The server at ${baseUrl} is not Slipway.`;
    return { sentence, advice: "Check the URL: --url, SLIPWAY_URL or slipway login <url>." };
  }
  const why = reasonOf(cause);
  return {
    sentence: `Can't reach Slipway at ${baseUrl}${why === null ? "." : `: ${why}.`}`,
    advice: advise(baseUrl, env),
  };
}

function advise(baseUrl: string, env: Readonly<Record<string, string | undefined>>): string {
  const { hostname } = URL.canParse(baseUrl) ? new URL(baseUrl) : { hostname: "" };
  if (["localhost", "127.0.0.1", "[::1]"].includes(hostname))
    return "Is npm start running? If Slipway runs elsewhere, use slipway login <url>, --url or SLIPWAY_URL.";
  const hasProxy = env.HTTPS_PROXY !== undefined || env.https_proxy !== undefined;
  if (hasProxy && env.NODE_USE_ENV_PROXY === undefined)
    return "HTTPS_PROXY is set. To use it, set NODE_USE_ENV_PROXY=1.";
  return "Check your network and the URL: --url, SLIPWAY_URL or slipway login <url>.";
}

/** `fetch` wraps what happened, and tries of several addresses are wrapped once more. */
function reasonOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name === "AbortError") return "timed out";
  const code = "code" in error ? String(error.code) : "";
  const own = reasons[code];
  if (own !== undefined) return own;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return reasonOf(inner) ?? (code === "" ? null : code);
}
