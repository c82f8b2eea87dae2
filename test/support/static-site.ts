import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};

interface Site {
  readonly url: string;
  /** From now on the files of this directory, and these texts at these paths. */
  serve(directory: string, texts: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

/** Somebody else's web server, on a port of its own. */
export async function staticSite(): Promise<Site> {
  let files = "";
  let texts: Readonly<Record<string, string>> = {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const text = texts[pathname];
    if (text !== undefined) return response.end(text);
    const path = pathname === "/" ? "/index.html" : pathname;
    const found = await readFile(join(files, path)).catch(() => null);
    response.writeHead(found === null ? 404 : 200, { "Content-Type": types[extname(path)] ?? "text/plain" });
    response.end(found);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port.");
  return {
    url: `http://localhost:${address.port}`,
    serve: (directory, given) => {
      [files, texts] = [directory, given];
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
