import type { LookupAddress } from "node:dns";
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { isNativeError } from "node:util/types";
import type { Outbound, Posted } from "../../core/ports/notices.ts";
import { judgedLookup, type Resolve, systemResolve } from "./judged-lookup.ts";
import { objectionToIp, objectionToUrl, type Reach } from "./public-address.ts";

export interface OutboundOptions {
  /** Unless said, what the system knows. */
  readonly resolve?: Resolve;
  /** Who does not answer within this time does not. */
  readonly timeoutMs?: number;
}

/** A name that is not known by then may be named all the same: it is judged again when something is sent. */
const nameMs = 3_000;

class Forbidden extends Error {}

/**
 * Requests over HTTPS. The addresses that a name leads to are judged where the connection is made, so that it is made to
 * one of those that were judged and not to what the name leads to a moment later.
 */
export function outbound(
  reach: Reach,
  { resolve = systemResolve, timeoutMs = 10_000 }: OutboundOptions = {},
): Outbound {
  const judged = async (hostname: string): Promise<readonly LookupAddress[]> => {
    const addresses = await resolve(hostname);
    for (const { address } of addresses) {
      const objection = objectionToIp(address, reach.loopback);
      if (objection !== null) throw new Forbidden(objection);
    }
    return addresses;
  };
  return {
    objection: async (text) => {
      const objection = objectionToUrl(text, reach);
      if (objection !== null) return objection;
      try {
        const known = judged(new URL(text).hostname.replace(/^\[|\]$/g, ""));
        await Promise.race([known, pause(nameMs, null, { ref: false })]);
        return null;
      } catch (error) {
        return error instanceof Forbidden ? error.message : null;
      }
    },

    post: async ({ url, headers, body }) => {
      const objection = objectionToUrl(url, reach);
      if (objection !== null) return refused(objection);
      const options = {
        method: "POST",
        headers: { ...headers, "Content-Length": Buffer.byteLength(body) },
        agent: false,
        lookup: judgedLookup(judged),
      } as const;
      try {
        return answered(await exchange(new URL(url), { ...options, signal: AbortSignal.timeout(timeoutMs) }, body));
      } catch (error) {
        if (error instanceof Forbidden) return refused(error.message);
        return { outcome: "unreachable", message: inWords(error) };
      }
    },
  };
}

/** Only the head of the answer: what else it says concerns nobody. */
function exchange(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((done, fail) => {
    const asked = request(url, options, (answer) => {
      answer.on("error", () => {});
      answer.destroy();
      done(answer);
    });
    // Who changes the protocol unasked has answered, too.
    asked.once("upgrade", (answer, socket) => {
      socket.destroy();
      done(answer);
    });
    asked.on("error", fail);
    asked.end(body);
  });
}

function answered({ statusCode = 0, headers }: IncomingMessage): Posted {
  return { outcome: "answered", status: statusCode, retryAfter: secondsIn(headers["retry-after"]) };
}

/** `Retry-After` in seconds, fractions rounded up; `null` for none, and for a date, which needs a clock that agrees. */
function secondsIn(header: string | undefined): number | null {
  const seconds = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null;
}

const refused = (objection: string): Posted => ({
  outcome: "refused",
  message: `Not sent: the URL ${objection}.`,
});

const sentences: Readonly<Record<string, string>> = {
  ENOTFOUND: "Its name is not known.",
  EAI_AGAIN: "Its name could not be looked up.",
  ECONNREFUSED: "It refuses connections.",
  ECONNRESET: "It closed the connection without a response.",
  ABORT_ERR: "It did not respond in time.",
};

function inWords(error: unknown): string {
  const code = isNativeError(error) && "code" in error ? String(error.code) : "";
  return sentences[code] ?? `It could not be reached: ${isNativeError(error) ? error.message : String(error)}.`;
}
