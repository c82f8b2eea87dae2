import { mkdir } from "node:fs/promises";
import { inlineText } from "@slipway/text/inert";
import { AddressRefused } from "../../adapters/git/repository-server.ts";
import type { Resolve } from "../../adapters/http/judged-lookup.ts";
import type { Claim, Cloned } from "../../contract/build.ts";
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
const MAX_MESSAGE = 200;

export interface CloneOptions
  extends Omit<GitOptions, "url" | "authorization" | "protocols" | "pin">,
    Pick<Surroundings, "random"> {
  readonly source: Claim["clone"];
  /** How names are looked up, where not as the system does. */
  readonly resolve?: Resolve;
}

/**
 * Checks out the pinned commit, or the head of the branch where none is pinned, in `directory`, which is made. Submodules and LFS
 * objects are not fetched. Throws a {@link BuildFailure} of the stage `cloning`.
 */
export async function clone({ source: asked, ...options }: CloneOptions): Promise<Cloned> {
  const { url, pin } = await placeOf(asked, options);
  const source = { ...asked, url };
  await mkdir(options.directory, { recursive: true });
  const { authorization, reach } = source;
  const git = gitIn({ ...options, url, authorization, pin, protocols: protocols[reach] });
  await must(git("init", "--quiet", "--template="), source);
  const commit = await fetchCommit(retrying(git, options), source);
  await must(git("checkout", "--quiet", "--detach", commit), source);
  const { stdout } = await must(git("log", "-1", "--format=%H%n%B"), source);
  const [hash = "", message = ""] = stdout.split("\n");
  // Redacted before it is cut: half a secret is not recognised any more.
  return { commit: hash, message: [...inlineText(options.redact(message))].slice(0, MAX_MESSAGE).join("") };
}

const protocols: Readonly<Record<RepositoryReach, string>> = { public: "https", anywhere: "https:http:file" };

async function placeOf(
  source: Claim["clone"],
  { resolve, signal }: Pick<CloneOptions, "resolve" | "signal">,
): Promise<Place> {
  try {
    return await locate(source, { reach: source.reach, ...(resolve === undefined ? {} : { resolve }) }, signal);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw failureOf(error instanceof AddressRefused ? "address_refused" : "unreachable", source, said);
  }
}

/** Brings the commit into the repository, by the shortest way that the server allows, and returns what names it. */
async function fetchCommit(git: Git, source: Claim["clone"]): Promise<string> {
  const { commit, branch } = source;
  if (commit === "") {
    const head = await fetchFrom(git, source, ["--depth=1"], [`refs/heads/${branch}`]);
    if (!head.ok) throw await fetchFailure(git, source, head);
    return "FETCH_HEAD";
  }
  const direct = await fetchFrom(git, source, ["--depth=1"], [commit]);
  if (direct.ok) return commit;
  if (gitTrouble(direct.stderr) !== "reference_missing") throw await fetchFailure(git, source, direct);
  for (const depth of DEPTHS) {
    const deeper = await fetchFrom(git, source, [`--depth=${depth}`], [`refs/heads/${branch}`]);
    // The branch is gone: the commit may still be on another.
    if (!deeper.ok) break;
    if (await has(git, commit)) return commit;
  }
  const shallow = (await git("rev-parse", "--is-shallow-repository")).stdout.trim() === "true";
  const full = await fetchFrom(git, source, shallow ? ["--unshallow"] : [], ALL_REFERENCES);
  if (full.ok && (await has(git, commit))) return commit;
  throw await fetchFailure(git, source, full.ok ? direct : full);
}

function fetchFrom(
  git: Git,
  { url }: Claim["clone"],
  options: readonly string[],
  refs: readonly string[],
): Promise<GitAnswer> {
  return git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...options, "--", url, ...refs);
}

async function has(git: Git, commit: string): Promise<boolean> {
  return (await git("cat-file", "-e", `${commit}^{commit}`)).ok;
}

/** A reference is also missing where there are no references at all, which calls for other advice. */
async function fetchFailure(git: Git, source: Claim["clone"], { stderr }: GitAnswer): Promise<BuildFailure> {
  const trouble = gitTrouble(stderr);
  if (trouble !== "reference_missing") return failureOf(trouble, source, stderr);
  const heads = await git("ls-remote", "--", source.url);
  return failureOf(heads.ok && heads.stdout.trim() === "" ? "repository_empty" : trouble, source, stderr);
}

function failureOf(trouble: Parameters<typeof cloneFailure>[0], source: Claim["clone"], said: string): BuildFailure {
  const { code, message } = cloneFailure(trouble, source, said);
  return new BuildFailure("cloning", code, message);
}

/** For what depends on nobody else: any failure is `clone_failed`. */
async function must(answer: Promise<GitAnswer>, source: Claim["clone"]): Promise<GitAnswer> {
  const given = await answer;
  if (!given.ok) throw failureOf("other", source, given.code === 127 ? "git is not installed" : given.stderr);
  return given;
}

/** Git that tries again, a few times, what failed since the server could not be reached. */
function retrying(git: Git, { after, random, signal }: Pick<CloneOptions, "after" | "random" | "signal">): Git {
  return async (...args) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await git(...args);
      const final = answer.ok || attempt === ATTEMPTS || signal.aborted;
      if (final || gitTrouble(answer.stderr) !== "unreachable") return answer;
      await pause(backoff(attempt, random(), { base: 1000 }), after, signal);
    }
  };
}
