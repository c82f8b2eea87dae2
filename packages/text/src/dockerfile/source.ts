/** What can be seen of the folder that is built. */
export interface Source {
  /** Relative to the folder, with `/`. */
  readonly files: readonly string[];
  /** The text of a file; `null`: there is none, or it cannot be read. */
  readonly read: (path: string) => string | null;
}

export interface DockerfileProposal {
  /** What it is of: "a Node.js app with pnpm". */
  readonly of: string;
  readonly dockerfile: string;
  /** What a build need not send. */
  readonly dockerignore: string;
}

export const has = ({ files }: Source, path: string): boolean => files.includes(path);

/** The first group of a pattern in a file. */
export const found = (source: Source, path: string, pattern: RegExp): string | null =>
  pattern.exec(source.read(path) ?? "")?.[1] ?? null;

/** A file's JSON as an object; `{}` where it is none. */
export function jsonOf(source: Source, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(source.read(path) ?? "");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The JSON form of a command, or the shell's where the command has variables. */
export const cmd = (command: string): string =>
  /[$&|;"'`\\<>*?()]/.test(command) ? `CMD exec ${command}` : `CMD ${jsonForm(command.split(" "))}`;

const jsonForm = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;

/** A health check by a command, of which the image has all. */
export const healthCheck = (command: string): string =>
  `HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \\\n  CMD ${command}`;

/** BusyBox's, which Alpine's images have. */
export const wgetCheck = healthCheck("wget -q -O /dev/null http://127.0.0.1:$PORT/ || exit 1");

/** A Dockerfile of blocks with an empty line between them. */
export const dockerfileOf = (...blocks: readonly (readonly (string | null)[])[]): string =>
  `# syntax=docker/dockerfile:1\n\n${blocks
    .map((block) => block.filter((line) => line !== null).join("\n"))
    .filter((block) => block !== "")
    .join("\n\n")}\n`;

const ignoredAlways = [".git", ".github", ".env", ".env.*", "Dockerfile", ".dockerignore", "*.md"];

export const ignoring = (...more: readonly string[]): string => `${[...ignoredAlways, ...more].join("\n")}\n`;
