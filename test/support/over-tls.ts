import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { eventually, type LocalMode } from "./local-mode.ts";

/** What an app answers over TLS. */
export interface TlsAnswer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

export interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks apps of a local mode by name, as `curl --resolve <host>:<port>:127.0.0.1 --cacert <data>/acm/ca.pem` does: no name need
 * resolve, and a certificate that does not fit is an error.
 */
export function overTls(local: LocalMode): (host: string, asking?: Asking) => Promise<TlsAnswer> {
  // It is printed a moment after the line for which the start is waited.
  const printedPort = eventually(
    "the port of the apps",
    () => /Apps are at https:\/\/[^:]+:(\d+)/.exec(local.output())?.[1],
  );
  const ca = readFileSync(join(local.data, "acm/ca.pem"), "utf8");
  return async (host, { path = "/", method = "GET", headers = {} } = {}) => {
    const port = Number(await printedPort);
    return new Promise((resolve, reject) => {
      const named = { host: `${host}:${port}`, ...headers };
      const options = { host: "127.0.0.1", port, servername: host, ca, agent: false, path, method, headers: named };
      const asked = request(options, async (answer) => {
        let body = "";
        for await (const chunk of answer) body += chunk;
        resolve({ status: answer.statusCode ?? 0, body, location: answer.headers.location });
      });
      asked.once("error", reject);
      asked.end();
    });
  };
}
