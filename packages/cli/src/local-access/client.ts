import { request } from "node:http";
import { dirname } from "node:path";
import { json } from "node:stream/consumers";
import type * as z from "zod/mini";
import { find, type Registered } from "./registry.ts";
import { isAbsent, objectionTo } from "./trust.ts";
import { type Credentials, credentialsSchema, type SignInLink, signInLinkSchema } from "./wire.ts";

/** What the local mode on a port answered this user. */
export type Asked<T> =
  | { readonly outcome: "answered"; readonly data: string; readonly answer: T }
  /** No local mode of this user is listed for the port. */
  | { readonly outcome: "absent" }
  /** One is listed, and does not answer: it has ended, or was killed. */
  | { readonly outcome: "silent"; readonly data: string }
  /** What is listed may be somebody else's doing, so it is not believed. */
  | { readonly outcome: "distrusted"; readonly why: string };

export interface LocalAccess {
  credentials(port: number): Promise<Asked<Credentials>>;
  link(port: number, to: string): Promise<Asked<SignInLink>>;
}

const timeoutMs = 5_000;

function exchange(socketPath: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? "" : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = { Connection: "close", "Content-Length": Buffer.byteLength(sent) };
    const asked = request({ socketPath, method, path, headers, timeout: timeoutMs }, (answer) => {
      if (answer.statusCode === 200) return void json(answer).then(resolve, reject);
      answer.resume();
      reject(new Error(`The local mode answered ${answer.statusCode}.`));
    });
    asked.on("timeout", () => asked.destroy(new Error("The local mode did not answer in time.")));
    asked.on("error", reject);
    asked.end(sent);
  });
}

/** The socket and its directory must be this user's own: another's answer would be believed, and given to. */
function objectionToSocket({ socket }: Registered): string | null {
  return objectionTo(dirname(socket), "directory") ?? objectionTo(socket, "socket");
}

/** Asks the local modes that are listed in a directory. It sends nothing to a port, whoever holds it. */
export function localAccess(directory: string): LocalAccess {
  async function ask<T>(port: number, schema: z.ZodMiniType<T>, method: string, path: string, body?: unknown) {
    const found = find(directory, port);
    if (found.outcome !== "found") return found;
    const { entry } = found;
    const silent = { outcome: "silent", data: entry.data } as const;
    try {
      const why = objectionToSocket(entry);
      if (why !== null) return { outcome: "distrusted", why } as const;
    } catch (error) {
      if (isAbsent(error)) return silent;
      throw error;
    }
    try {
      const answer = schema.parse(await exchange(entry.socket, method, path, body));
      return { outcome: "answered", data: entry.data, answer } as const;
    } catch {
      // Whatever went wrong, nobody is there who could be asked; doctor says so.
      return silent;
    }
  }
  return {
    credentials: async (port) => {
      const asked = await ask(port, credentialsSchema, "GET", "/credentials");
      // The entry may be of a local mode that meanwhile serves another port, and somebody else this one.
      if (asked.outcome === "answered" && asked.answer.port !== port) return { outcome: "silent", data: asked.data };
      return asked;
    },
    link: (port, to) => ask(port, signInLinkSchema, "POST", "/links", { to }),
  };
}
