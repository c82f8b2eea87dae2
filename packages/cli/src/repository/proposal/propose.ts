import { posix } from "node:path";
import { isWithin } from "../git.ts";
import { readDockerfile } from "./dockerfile.ts";

/** What can be seen of a repository. */
export interface Seen {
  /** Relative to its root. */
  readonly files: readonly string[];
  /** The text of a file; `null`: it cannot be read. */
  readonly read: (path: string) => string | null;
  /** Paths that look like health checks, as its source names them: `/healthz`. */
  readonly mentions: readonly string[];
  /** As the server would clone it. */
  readonly address: string;
  readonly branch: Proposed<string>;
  /** Of apps that are there. */
  readonly takenNames: readonly string[];
}

interface Proposed<T> {
  readonly value: T;
  /** Why, in a few words. */
  readonly because: string;
}

export interface Proposal {
  readonly name: Proposed<string>;
  readonly repoUrl: Proposed<string>;
  readonly branch: Proposed<string>;
  readonly rootDir: Proposed<string>;
  readonly dockerfile: Proposed<string>;
  /** `null`: the image says it. */
  readonly port: Proposed<number | null>;
  readonly healthCheckPath: Proposed<string | null>;
}

const notOurs = /(^|\/)(node_modules|vendor|\.git|testdata|fixtures)\//;

/** The Dockerfiles that something could be deployed from, those nearest to `directory` first. */
export function dockerfilesOf({ files }: Pick<Seen, "files">, directory: string): readonly string[] {
  const names = files.filter(
    (path) => /(^|\/)(Dockerfile(\.[\w-]+)?|[\w-]+\.Dockerfile)$/.test(path) && !notOurs.test(path),
  );
  const rank = (path: string): number => {
    const folder = posix.dirname(path);
    const isPlain = posix.basename(path) === "Dockerfile" ? 0 : 1;
    // The one of this folder, then those around it, then those in it, then all others.
    const near = isWithin(directory, folder) ? 0 : isWithin(folder, directory) ? 100 : 200;
    return near + 10 * Math.abs(depth(directory) - depth(folder)) + isPlain;
  };
  return names.toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

/**
 * The one Dockerfile that is meant in a folder without a question: the one of the folder, or around it, or the only one.
 * `null`: nobody can say.
 */
export function obviousDockerfile(candidates: readonly string[], directory: string): string | null {
  const [first, ...others] = candidates;
  if (first === undefined) return null;
  const isAround = isWithin(directory, posix.dirname(first)) && posix.basename(first) === "Dockerfile";
  return isAround || others.length === 0 ? first : null;
}

/** What an app of this Dockerfile would be. */
export function propose(seen: Seen, dockerfile: string): Proposal {
  const rootDir = posix.dirname(dockerfile);
  const { port, healthCheckPath } = readDockerfile(seen.read(dockerfile) ?? "");
  const said = posix.basename(dockerfile);
  return {
    name: nameOf(seen, rootDir),
    repoUrl: { value: seen.address, because: "this repository" },
    branch: seen.branch,
    rootDir: { value: rootDir, because: `where ${said} is` },
    dockerfile: { value: said, because: "found here" },
    port:
      port === null
        ? { value: null, because: "what the image exposes, otherwise 3000; the app gets it in PORT" }
        : { value: port, because: `from ${said}` },
    healthCheckPath:
      healthCheckPath === null
        ? healthOf(seen, rootDir)
        : { value: healthCheckPath, because: `HEALTHCHECK in ${said}` },
  };
}

/** Frameworks that answer health checks by themselves, by what a file of theirs says. */
const frameworks: readonly {
  readonly file: string;
  readonly says: RegExp;
  readonly path: string;
  readonly name: string;
}[] = [
  { file: "pom.xml", says: /spring-boot-starter-actuator/, path: "/actuator/health", name: "Spring Boot Actuator" },
  {
    file: "build.gradle",
    says: /spring-boot-starter-actuator/,
    path: "/actuator/health",
    name: "Spring Boot Actuator",
  },
  {
    file: "build.gradle.kts",
    says: /spring-boot-starter-actuator/,
    path: "/actuator/health",
    name: "Spring Boot Actuator",
  },
  { file: "Gemfile.lock", says: /^ {4}rails \((7\.[1-9]|[89]|\d\d)/m, path: "/up", name: "Rails" },
];

/** From the most specific to the least. */
const knownPaths = ["/healthz", "/health", "/api/healthz", "/api/health", "/livez", "/readyz", "/ping"];

function healthOf({ read, files, mentions }: Seen, rootDir: string): Proposed<string | null> {
  const there = new Set(files);
  const framework = frameworks.find(({ file, says }) => {
    const path = posix.join(rootDir, file);
    return there.has(path) && says.test(read(path) ?? "");
  });
  if (framework !== undefined) return { value: framework.path, because: `${framework.name} answers it` };
  const mentioned = knownPaths.find((path) => mentions.includes(path));
  return mentioned === undefined
    ? { value: null, because: "what the image's HEALTHCHECK requests, otherwise /" }
    : { value: mentioned, because: "the source names it" };
}

function nameOf({ read, address, takenNames }: Seen, rootDir: string): Proposed<string> {
  const named = packageName(read(posix.join(rootDir, "package.json")));
  const folder = rootDir === "." ? null : posix.basename(rootDir);
  const found =
    named !== null
      ? { value: label(named), because: "from package.json" }
      : {
          value: label(folder ?? posix.basename(address)),
          because: folder === null ? "from the repository" : "from the folder",
        };
  const value = found.value === "" ? "app" : found.value;
  if (!takenNames.includes(value)) return { ...found, value };
  const number = [...Array(takenNames.length + 2).keys()].slice(2).find((n) => !takenNames.includes(`${value}-${n}`));
  return { value: `${value.slice(0, 60)}-${number}`, because: `${value} is taken` };
}

function packageName(text: string | null): string | null {
  try {
    const manifest: unknown = JSON.parse(text ?? "null");
    const name = typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : null;
    return typeof name === "string" && label(name) !== "" ? name : null;
  } catch {
    return null;
  }
}

/** A DNS label: `@acme/My_Shop.git` is `my-shop`. */
export function label(name: string): string {
  return name
    .replace(/^@[^/]*\//, "")
    .replace(/\.git$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}

const depth = (path: string): number => (path === "." ? 0 : path.split("/").length);
