import { spawn } from "node:child_process";
import type { RequestListener } from "node:http";

/** Git's own server side, as CGI, for the repositories below a directory. */
export function gitHttp(root: string): RequestListener {
  return (request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
    const backend = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? "GET",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        // The repositories of tests may belong to somebody else than who runs this.
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "safe.directory",
        GIT_CONFIG_VALUE_0: "*",
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    backend.on("close", () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf("\r\n\r\n");
      const headers = Object.fromEntries(
        answer
          .subarray(0, end)
          .toString()
          .split("\r\n")
          .map((header) => header.split(": ", 2) as [string, string]),
      );
      const { Status = "200", ...others } = headers;
      response.writeHead(Number.parseInt(Status, 10), others);
      response.end(answer.subarray(end + 4));
    });
  };
}
