import fs from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexPack } from "isomorphic-git";
import type { Source } from "../../core/ports/git.ts";
import { sourceIn, textIn } from "./file.ts";
import { type PktLine, readPktLines, writePktLines } from "./pkt-lines.ts";
import { askServer, discoveryOf, repositoryOf, type ServerOptions } from "./repository-server.ts";

export interface Asking {
  readonly signal: AbortSignal;
  readonly server: ServerOptions;
  /** The value of an `Authorization` header, or `null`; its time counts too. */
  readonly authorize: () => Promise<string | null>;
}

/** The directories of a commit are a hundredth of what its files are. What is larger takes longer to read than a build to begin. */
const largestPack = 4 * 1024 * 1024;

/** SHA-256 is not read here. */
const readable = /^[0-9a-f]{40}$/;

/**
 * What a commit of a repository on any host holds: its directories are fetched without its files, which Git's protocol has had
 * since 2018 and hosts may leave out. `null`: this one does, or the commit is not there, or holds too much.
 */
export async function bloblessSource(url: string, commit: string, asking: Asking): Promise<Source | null> {
  if (!readable.test(commit)) return null;
  const host = await hostOf(url, asking);
  const pack = host && (await host.fetch(commit, ["deepen 1", "filter blob:none"]));
  if (host === null || pack === null || pack === undefined) return null;
  const source = await withPack(pack, (gitdir) => sourceIn(gitdir, commit));
  return (
    source && {
      entries: source.entries,
      read: async ({ hash }) => {
        const file = await host.fetch(hash, []);
        return file === null ? null : withPack(file, (gitdir) => textIn(gitdir, hash));
      },
    }
  );
}

interface Host {
  /** A pack with an object and what it is made of, as far as the options say. `null`: there is none that can be read here. */
  fetch(hash: string, options: readonly string[]): Promise<Buffer | null>;
}

const gitProtocol = { "Git-Protocol": "version=2" };

/** `null`: the host does not send commits without their files. */
async function hostOf(url: string, { signal, server, authorize }: Asking): Promise<Host | null> {
  const authorization = await authorize();
  const headers = authorization === null ? gitProtocol : { ...gitProtocol, Authorization: authorization };
  const found = await askServer({ url: discoveryOf(url), headers, signal }, server);
  const moved = repositoryOf(found.url);
  if (found.status !== 200 || moved === null || !filters(readPktLines(found.body))) return null;
  return {
    fetch: async (hash, options) => {
      const lines = ["command=fetch", "section", "no-progress", "ofs-delta", ...options, `want ${hash}`, "done", "end"];
      const type = "application/x-git-upload-pack";
      const answer = await askServer(
        {
          url: `${moved}/git-upload-pack`,
          method: "POST",
          headers: { ...headers, "Content-Type": `${type}-request`, Accept: `${type}-result` },
          body: writePktLines(lines),
          signal,
        },
        server,
      );
      return answer.status === 200 ? packIn(readPktLines(answer.body)) : null;
    },
  };
}

const textOf = (line: PktLine): string => (typeof line === "string" ? "" : line.toString("utf8").trimEnd());

/** Whether a host that says what it can do can leave files out. */
const filters = (lines: readonly PktLine[]): boolean =>
  lines.some((line) => {
    const [, features] = /^fetch=(.*)$/.exec(textOf(line)) ?? [];
    return features?.split(" ").includes("filter") ?? false;
  });

/** The pack in an answer to `fetch`, whose lines begin with the number of their stream: 1 the pack, 2 progress, 3 an error. */
function packIn(lines: readonly PktLine[]): Buffer | null {
  const begins = lines.findIndex((line) => textOf(line) === "packfile");
  if (begins < 0) return null;
  const streams = lines.slice(begins + 1).filter((line) => typeof line !== "string");
  if (streams.some((line) => line[0] === 3)) return null;
  const pack = Buffer.concat(streams.filter((line) => line[0] === 1).map((line) => line.subarray(1)));
  return pack.length > largestPack ? null : pack;
}

/** Lets a pack be read as a repository of its own, which goes afterwards. */
async function withPack<Value>(pack: Buffer, read: (gitdir: string) => Promise<Value>): Promise<Value> {
  const dir = await mkdtemp(join(tmpdir(), "slipway-commit-"));
  const gitdir = join(dir, ".git");
  const filepath = ".git/objects/pack/pack-fetched.pack";
  try {
    await mkdir(join(gitdir, "objects", "pack"), { recursive: true });
    await writeFile(join(dir, filepath), pack);
    await indexPack({ fs, dir, gitdir, filepath });
    return await read(gitdir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
