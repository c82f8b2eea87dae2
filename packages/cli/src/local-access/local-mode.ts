import type { Asked, LocalAccess } from "./client.ts";
import type { Credentials } from "./wire.ts";

/** The port of a server on this machine; `null`: it is another one. */
export function localPort(url: string): number | null {
  const { protocol, hostname, port } = new URL(url);
  const isHere = protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return isHere ? Number(port || 80) : null;
}

/** Why a local mode does not let this user in without a token, and what to do; `null`: it does, or there is none. */
export function refusalBy(asked: Asked<unknown>): { readonly says: string; readonly advice: string } | null {
  switch (asked.outcome) {
    case "answered":
    case "absent":
      return null;
    case "silent":
      return {
        says: `the local mode of ${asked.data} is registered for this port but does not answer`,
        advice: "Run npm start again. If another program uses this port, specify your server with --url.",
      };
    case "distrusted":
      return {
        says: `the local socket may not be yours, so no token is requested over it: ${asked.why}`,
        advice: "Delete it and run npm start again, or run slipway login.",
      };
  }
}

/** The token of a local mode's user, asked for when it is first needed; `""`: there is none. */
export class LocalToken {
  readonly #access: LocalAccess;
  readonly #asked = new Map<number, Promise<Asked<Credentials>>>();

  constructor(access: LocalAccess) {
    this.#access = access;
  }

  ask(port: number): Promise<Asked<Credentials>> {
    const asked = this.#asked.get(port) ?? this.#access.credentials(port);
    this.#asked.set(port, asked);
    return asked;
  }

  async of(port: number): Promise<string> {
    const asked = await this.ask(port);
    return asked.outcome === "answered" ? asked.answer.token : "";
  }
}
