import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { register } from "slipway/local-access/registry";
import type { SignInLink } from "slipway/local-access/wire";
import type { LocalAdmin } from "./admin.ts";
import { serveLocalAccess } from "./server.ts";
import { socketPaths } from "./socket-path.ts";

export interface OpenLocalAccessOptions {
  readonly admin: LocalAdmin;
  readonly dataDir: string;
  /** Where people reach the control plane. */
  readonly url: string;
  /** Where this user's local modes are listed. */
  readonly registry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How the user who started a local mode gets in: the command line over a Unix socket, a browser by a link. */
export interface OpenLocalAccess {
  /** A new sign-in link to a place of the dashboard. */
  link(to: string): Promise<SignInLink>;
  /** Why the command line has to log in with a token; `null`: it does not. */
  readonly problem: string | null;
  close(): Promise<void>;
}

const addressOf = (url: string, to: string, code: string): string =>
  // The code stands in the fragment, which no browser sends to any server.
  `${url}/login${to === "/" ? "" : `?${new URLSearchParams({ to })}`}#code=${code}`;

/** A page for this user alone that leads a browser to an address: on the command line of the browser all users could read it. */
function writePage(file: string, address: string): void {
  const quoted = address.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const page = `<!doctype html><meta charset="utf-8"><title>Slipway</title><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${quoted}">\n`;
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, page, { mode: 0o600, flag: "wx" });
  renameSync(`${file}.new`, file);
}

/** Opens both ways in. The caller holds the lock on the data directory. */
export async function openLocalAccess(options: OpenLocalAccessOptions): Promise<OpenLocalAccess> {
  const { admin, dataDir, url, registry, env } = options;
  const page = join(dataDir, "sign-in.html");
  const link = async (to: string): Promise<SignInLink> => {
    const address = addressOf(url, to, await admin.code());
    writePage(page, address);
    return { url: address, page };
  };
  const port = Number(new URL(url).port || 80);
  const steps: (() => Promise<void> | void)[] = [() => rmSync(page, { force: true })];
  let problem: string | null = null;
  try {
    const desk = { credentials: () => ({ port, token: admin.token }), link };
    const server = await serveLocalAccess(socketPaths(dataDir, env), desk);
    steps.push(server.close);
    steps.push(register(registry, { port, data: dataDir, socket: server.path }));
  } catch (error) {
    const causes = error instanceof AggregateError ? error.errors : [error];
    problem = causes.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join(" ");
  }
  return {
    link,
    problem,
    close: async () => {
      for (const step of steps.splice(0).reverse()) await step();
    },
  };
}
