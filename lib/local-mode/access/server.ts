import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import type { Credentials, SignInLink } from "slipway/local-access/wire";
import * as z from "zod";
import { makePrivate } from "./socket-path.ts";

/** What a local mode does for its own user. */
export interface LocalDesk {
  credentials(): Credentials;
  /** A new sign-in link that leads to a place of the dashboard. */
  link(to: string): Promise<SignInLink>;
}

export interface LocalAccessServer {
  readonly path: string;
  close(): Promise<void>;
}

const linkSchema = z.object({ to: z.string().regex(/^\/(?![/\\])[\x21-\x7e]{0,500}$/) });
/** More than any request here is. */
const largestBody = 4096;

async function answer(desk: LocalDesk, request: IncomingMessage): Promise<readonly [status: number, body: unknown]> {
  if (Number(request.headers["content-length"] ?? 0) > largestBody) return [413, {}];
  switch (`${request.method} ${request.url}`) {
    case "GET /credentials":
      return [200, desk.credentials()];
    case "POST /links": {
      const asked = linkSchema.safeParse(JSON.parse((await text(request)) || "{}"));
      return asked.success ? [200, await desk.link(asked.data.to)] : [400, {}];
    }
    default:
      return [404, {}];
  }
}

/** The one who may connect is the one who may enter the socket's directory: the file system decides, and nothing else is asked. */
async function listen(server: Server, path: string): Promise<void> {
  makePrivate(dirname(path));
  // Whoever holds the lock on the data directory is the only one here; what lies there is left by a process that was killed.
  if (existsSync(path) && lstatSync(path).isSocket()) rmSync(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  chmodSync(path, 0o600);
}

/**
 * Lets this user in over a Unix socket: at the first of the paths where that is possible. Throws where it is at none. The caller
 * holds the lock on the data directory.
 */
export async function serveLocalAccess(paths: readonly string[], desk: LocalDesk): Promise<LocalAccessServer> {
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, body] = await answer(desk, request).catch(() => [500, {}] as const);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };
  const problems: unknown[] = [];
  for (const path of paths) {
    const server = createServer((request, response) => void respond(request, response));
    try {
      await listen(server, path);
      return { path, close: () => closed(server, path) };
    } catch (error) {
      problems.push(error);
    }
  }
  throw new AggregateError(problems, "No Unix socket could be opened for the command line.");
}

async function closed(server: Server, path: string): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await done;
  rmSync(path, { force: true });
}
