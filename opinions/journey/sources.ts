import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An application that answers with its version, prints it, or ends at once where it is `broken`. */
const server = (version: string, isBroken: boolean): string => `
import { createServer } from "node:http";
console.log("version ${version}");
if (${isBroken}) process.exit(7);
const server = createServer((request, response) => response.end("${version}"));
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

export interface Version {
  readonly version: string;
  /** `build`: a step of its image fails; `start`: the application ends at once. */
  readonly broken?: "build" | "start";
}

const filesOf = ({ version, broken }: Version): Readonly<Record<string, string>> => ({
  Dockerfile: [
    "FROM node:24-alpine",
    "WORKDIR /app",
    "COPY . .",
    ...(broken === "build" ? ["RUN exit 3"] : []),
    'CMD ["node", "server.mjs"]',
    "",
  ].join("\n"),
  "server.mjs": server(version, broken === "start"),
});

/** A Git repository at `path` to which versions of the application are committed. */
export interface Sources {
  readonly path: string;
  /** The commit's hash. */
  commit(version: Version): string;
}

export function sourcesAt(path: string): Sources {
  const git = (...args: string[]): string => {
    const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"];
    return execFileSync("git", [...identity, ...args], { cwd: path, encoding: "utf8" }).trim();
  };
  mkdirSync(path, { recursive: true });
  git("init", "--quiet");
  return {
    path,
    commit: (version) => {
      for (const [name, content] of Object.entries(filesOf(version))) writeFileSync(join(path, name), content);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", `Version ${version.version}`);
      return git("rev-parse", "HEAD");
    },
  };
}
