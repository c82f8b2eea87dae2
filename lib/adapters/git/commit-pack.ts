import fs from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexPack, readCommit } from "isomorphic-git";
import type { Commit, CommitRange } from "../../core/ports/git.ts";
import { askServer, type ServerOptions } from "./repository-server.ts";

interface Asking {
  readonly signal: AbortSignal;
  readonly server: ServerOptions;
  /** The value of an `Authorization` header, or `null`. */
  readonly authorize: () => Promise<string | null>;
}

/** Beyond that nobody reads on. */
const mostCommits = 250;
/** isomorphic-git reads no repositories of SHA-256. */
const hash = /^[0-9a-f]{40}$/;

/**
 * The commits of `head` that `base` has not, newest first, of a repository that is reached over smart HTTP: a fetch of commits
 * alone, without files and directories. `null`: the server does not know one of them, or gives no commits without the rest.
 * https://git-scm.com/docs/protocol-v2
 */
export async function smartHttpCommits(
  url: string,
  base: string,
  head: string,
  { signal, server, authorize }: Asking,
): Promise<CommitRange | null> {
  if (!hash.test(base) || !hash.test(head)) return null;
  const authorization = await authorize();
  const ask = async (isDone: boolean): Promise<Fetched | null> => {
    const answer = await askServer(
      {
        url: `${url}/git-upload-pack`,
        method: "POST",
        headers: {
          "content-type": "application/x-git-upload-pack-request",
          accept: "application/x-git-upload-pack-result",
          "git-protocol": "version=2",
          ...(authorization === null ? {} : { authorization }),
        },
        body: fetchOf(base, head, isDone),
        signal,
      },
      server,
    );
    return answer.status === 200 ? fetchedOf(answer.body) : null;
  };
  // Without `done` the server says whether it knows the base; it sends the commits at once where they lead to it.
  const first = await ask(false);
  if (first === null || !first.knows(base)) return null;
  const fetched = first.pack === null ? await ask(true) : first;
  return fetched?.pack == null ? null : commitsIn(fetched.pack, head);
}

const packet = (text: string): string => `${(text.length + 5).toString(16).padStart(4, "0")}${text}\n`;
const delimiter = "0001";
const flush = "0000";

function fetchOf(base: string, head: string, isDone: boolean): Buffer {
  const wanted = ["no-progress", "ofs-delta", "filter tree:0", `want ${head}`, `have ${base}`];
  const parts = [...wanted, ...(isDone ? ["done"] : [])].map(packet);
  return Buffer.from([packet("command=fetch"), delimiter, ...parts, flush].join(""));
}

interface Fetched {
  readonly knows: (commit: string) => boolean;
  readonly pack: Buffer | null;
}

/** `null`: it is no answer to a fetch, or says that it failed. */
function fetchedOf(body: Buffer): Fetched | null {
  const known = new Set<string>();
  const pack: Buffer[] = [];
  let section = "";
  for (const line of packetsOf(body)) {
    if (line === null) return null;
    const text = line.subarray(0, 100).toString("latin1").trimEnd();
    if (text.startsWith("ERR ")) return null;
    if (section === "packfile") {
      // Bands: 1 the pack, 2 progress, 3 why it failed.
      if (line[0] === 3) return null;
      if (line[0] === 1) pack.push(line.subarray(1));
    } else if (text.startsWith("ACK ")) known.add(text.slice(4).split(" ", 1)[0] ?? "");
    else if (["acknowledgments", "packfile"].includes(text)) section = text;
  }
  return { knows: (commit) => known.has(commit), pack: pack.length === 0 ? null : Buffer.concat(pack) };
}

/** The lines of a body, without those that only part it; `null`: it is cut, or is none of Git's. */
function* packetsOf(body: Buffer): Generator<Buffer | null> {
  for (let at = 0; at < body.length; ) {
    const size = Number.parseInt(body.subarray(at, at + 4).toString("latin1"), 16);
    if (!(size >= 0) || at + Math.max(size, 4) > body.length) return yield null;
    if (size >= 4) yield body.subarray(at + 4, at + size);
    at += Math.max(size, 4);
  }
}

async function commitsIn(pack: Buffer, head: string): Promise<CommitRange | null> {
  const gitdir = await mkdtemp(join(tmpdir(), "slipway-commits-"));
  try {
    await mkdir(join(gitdir, "objects", "pack"), { recursive: true });
    const filepath = join("objects", "pack", "pack-fetched.pack");
    await writeFile(join(gitdir, filepath), pack);
    const { oids } = await indexPack({ fs, dir: gitdir, gitdir, filepath });
    return await walk(gitdir, new Set(oids), head);
  } finally {
    await rm(gitdir, { recursive: true, force: true });
  }
}

/** From the head through its parents, as far as they were fetched: the others are `base`'s, too. */
async function walk(gitdir: string, fetched: ReadonlySet<string>, head: string): Promise<CommitRange> {
  const cache = {};
  const commits: Commit[] = [];
  const seen = new Set<string>();
  const waiting: {
    readonly oid: string;
    readonly at: number;
    readonly commit: Commit;
    readonly parents: readonly string[];
  }[] = [];
  const add = async (oid: string): Promise<void> => {
    if (seen.has(oid) || !fetched.has(oid)) return;
    seen.add(oid);
    const { commit } = await readCommit({ fs, gitdir, oid, cache });
    const { message, author, committer, parent } = commit;
    const known = { hash: oid, message, author: author.name };
    waiting.push({ oid, at: committer.timestamp, commit: known, parents: parent });
  };
  await add(head);
  while (waiting.length > 0) {
    if (commits.length >= mostCommits) return { commits, complete: false };
    waiting.sort((one, other) => one.at - other.at);
    const next = waiting.pop();
    if (next === undefined) break;
    commits.push(next.commit);
    for (const parent of next.parents) await add(parent);
  }
  return { commits, complete: true };
}
