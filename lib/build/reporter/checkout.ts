import { mkdir, rm } from "node:fs/promises";
import { posix } from "node:path";
import { AddressRefused } from "../../adapters/git/repository-server.ts";
import type { Resolve } from "../../adapters/http/judged-lookup.ts";
import type { Claim } from "../../contract/build.ts";
import type { RepositoryReach } from "../../core/repository-address.ts";
import { BuildFailure } from "./failure.ts";
import { type Git, type GitAnswer, type GitOptions, gitIn } from "./git.ts";
import { cloneFailure, gitTrouble } from "./git-failure.ts";
import { locate, type Place } from "./locate.ts";
import { backoff, pause, type Surroundings } from "./surroundings.ts";

/** How often an unreachable server is tried in all. */
const ATTEMPTS = 4;
/** How much history of the branch is fetched, where the server gives out no commit by its hash, before all of it is. */
const DEPTHS: readonly number[] = [50, 1000];
/** Not `refs/*`: on GitHub that would be every pull request too. */
const ALL_REFERENCES: readonly string[] = ["+refs/heads/*:refs/origin/heads/*", "+refs/tags/*:refs/origin/tags/*"];
/** History without the content of its files; servers that know no filters send all of it. */
const WITHOUT_FILES = "--filter=blob:none";
/** As Git writes a remote's name; it holds the address of what is fetched. */
const REMOTE = "origin";

/** What is checked out of which repository. */
interface CheckoutSource extends Pick<Claim["clone"], "url" | "reach" | "authorization" | "commit"> {
  /** `null`: none is known, and the commit is fetched by its hash. */
  readonly branch: string | null;
}

export interface CheckoutOptions
  extends Omit<GitOptions, "url" | "authorization" | "protocols" | "pin">,
    Pick<Surroundings, "random"> {
  readonly source: CheckoutSource;
  /** How names are looked up, where not as the system does. */
  readonly resolve?: Resolve;
  /** All that is needed of it, as far as these are a plain directory and a plain file there; absent: everything. */
  readonly needed?: { readonly directory: string; readonly file: string };
}

export interface Checkout {
  readonly git: Git;
  /** Where the repository was found. */
  readonly url: string;
  /** The directories that were checked out, with what lies above them; `null`: all. */
  readonly sparse: readonly string[] | null;
}

/**
 * Checks out a commit, or the head of the branch where none is given, in `directory`, which is made: without history, and
 * only what is needed where that is less than all. Throws a {@link BuildFailure} of the stage `cloning`.
 */
export async function checkOut(options: CheckoutOptions): Promise<Checkout> {
  const { url, pin } = await placeOf(options);
  const source = { ...options.source, url };
  const { authorization, reach } = source;
  const git = gitIn({ ...options, url, authorization, pin, protocols: protocols[reach] });
  const retried = retrying(git, options);
  const sparse = await checkOutNeeded({ ...options, source }, git, retried);
  if (sparse !== null) return { git, url, sparse };
  await begin(git, options.directory, source);
  const commit = await fetchCommit(retried, source, []);
  await must(retried("checkout", "--quiet", "--detach", commit), source);
  return { git, url, sparse: null };
}

const protocols: Readonly<Record<RepositoryReach, string>> = { public: "https", anywhere: "https:http:file" };

async function placeOf({ source, resolve, signal }: CheckoutOptions): Promise<Place> {
  try {
    return await locate(source, { reach: source.reach, ...(resolve === undefined ? {} : { resolve }) }, signal);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw failureOf(error instanceof AddressRefused ? "address_refused" : "unreachable", source, said);
  }
}

/** An empty repository, whatever was there, of the kind that the commit's hash is of. */
async function begin(git: Git, directory: string, source: CheckoutSource, format?: "sha256"): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const hashes = format ?? (source.commit.length === 64 ? "sha256" : "sha1");
  await must(git("init", "--quiet", "--template=", `--object-format=${hashes}`), source);
  await must(git("config", `remote.${REMOTE}.url`, source.url), source);
  if (format === undefined && source.commit === "" && (await speaksSha256(git, source)))
    await begin(git, directory, source, "sha256");
}

/** Where no commit is given, the server's references show of which kind its hashes are. */
async function speaksSha256(git: Git, { branch }: CheckoutSource): Promise<boolean> {
  const { stdout } = await git("ls-remote", REMOTE, `refs/heads/${branch ?? ""}`);
  return /^[0-9a-f]{64}\t/.test(stdout);
}

/** Fetches trees, and of files only those below the directories that are needed. `null`: that does not do, and everything is. */
async function checkOutNeeded(options: CheckoutOptions, git: Git, retried: Git): Promise<readonly string[] | null> {
  const { source, needed, directory } = options;
  const root = posix.normalize(needed?.directory ?? ".").replace(/\/$/, "");
  const file = posix.normalize(posix.join(root, needed?.file ?? "."));
  if (needed === undefined || root === "." || /^[-.]|["\\\n]/.test(root) || /^(?:-|\.\.)|["\\\n]/.test(file))
    return null;
  await begin(git, directory, source);
  const commit = await fetchCommit(retried, source, [WITHOUT_FILES]);
  const { stdout } = await must(git("ls-tree", "-z", commit, "--", root, file), source);
  const entries = new Map(
    stdout.split("\0").map((entry): [string, string] => {
      const [about = "", path = ""] = entry.split("\t");
      return [path, about.split(" ", 1)[0] ?? ""];
    }),
  );
  // Links lead anywhere in the repository.
  if (entries.get(root) !== "040000" || !/^100/.test(entries.get(file) ?? "")) return null;
  const folder = posix.dirname(file);
  const directories = [root, ...(folder === "." ? [] : [folder])];
  const set = await git("sparse-checkout", "set", "--cone", ...directories);
  const checkedOut = set.ok && (await retried("checkout", "--quiet", "--detach", commit)).ok;
  return checkedOut ? directories : null;
}

/** Brings the commit into the repository, by the shortest way that the server allows, and returns what names it. */
async function fetchCommit(git: Git, source: CheckoutSource, filter: readonly string[]): Promise<string> {
  const { commit, branch } = source;
  if (commit === "") {
    const head = await fetchFrom(git, ["--depth=1", ...filter], [`refs/heads/${branch ?? ""}`]);
    if (!head.ok) throw await fetchFailure(git, source, head);
    return "FETCH_HEAD";
  }
  const direct = await fetchFrom(git, ["--depth=1", ...filter], [commit]);
  if (direct.ok) return commit;
  if (gitTrouble(direct.stderr) !== "reference_missing") throw await fetchFailure(git, source, direct);
  for (const depth of branch === null ? [] : DEPTHS) {
    const deeper = await fetchFrom(git, [`--depth=${depth}`, WITHOUT_FILES], [`refs/heads/${branch}`]);
    // The branch is gone: the commit may still be on another.
    if (!deeper.ok) break;
    if (await has(git, commit)) return commit;
  }
  const shallow = (await git("rev-parse", "--is-shallow-repository")).stdout.trim() === "true";
  const full = await fetchFrom(git, [WITHOUT_FILES, ...(shallow ? ["--unshallow"] : [])], ALL_REFERENCES);
  if (full.ok && (await has(git, commit))) return commit;
  throw await fetchFailure(git, source, full.ok ? direct : full);
}

function fetchFrom(git: Git, options: readonly string[], refs: readonly string[]): Promise<GitAnswer> {
  return git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...options, REMOTE, ...refs);
}

async function has(git: Git, commit: string): Promise<boolean> {
  return (await git("cat-file", "-e", `${commit}^{commit}`)).ok;
}

/** A reference is also missing where there are no references at all, which calls for other advice. */
async function fetchFailure(git: Git, source: CheckoutSource, { stderr }: GitAnswer): Promise<BuildFailure> {
  const trouble = gitTrouble(stderr);
  if (trouble !== "reference_missing") return failureOf(trouble, source, stderr);
  const heads = await git("ls-remote", REMOTE);
  return failureOf(heads.ok && heads.stdout.trim() === "" ? "repository_empty" : trouble, source, stderr);
}

function failureOf(trouble: Parameters<typeof cloneFailure>[0], source: CheckoutSource, said: string): BuildFailure {
  const { code, message } = cloneFailure(trouble, { ...source, branch: source.branch ?? "" }, said);
  return new BuildFailure("cloning", code, message);
}

/** For what depends on nobody else but the commit: any failure is `clone_failed`. */
async function must(answer: Promise<GitAnswer>, source: CheckoutSource): Promise<GitAnswer> {
  const given = await answer;
  if (given.ok) return given;
  const trouble = gitTrouble(given.stderr) === "path_too_long" ? "path_too_long" : "other";
  throw failureOf(trouble, source, given.code === 127 ? "git is not installed" : given.stderr);
}

/** Git that tries again, a few times, what failed since the server could not be reached. */
function retrying(git: Git, { after, random, signal }: Pick<CheckoutOptions, "after" | "random" | "signal">): Git {
  return async (...args) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await git(...args);
      const final = answer.ok || attempt === ATTEMPTS || signal.aborted;
      if (final || gitTrouble(answer.stderr) !== "unreachable") return answer;
      await pause(backoff(attempt, random(), { base: 1000 }), after, signal);
    }
  };
}
