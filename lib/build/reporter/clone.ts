import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { inlineText } from "@slipway/text/inert";
import type { Claim, Cloned } from "../../contract/build.ts";
import { type Checkout, type CheckoutOptions, checkOut } from "./checkout.ts";
import { BuildFailure } from "./failure.ts";
import { lfsSentence } from "./lfs.ts";
import { parseGitmodules, placeOfSubmodule, type Submodule } from "./submodules.ts";

const MAX_MESSAGE = 200;
/** Of submodules within submodules, and of all in one repository. */
const MAX_DEPTH = 5;
const MAX_SUBMODULES = 100;

export interface CloneOptions extends Omit<CheckoutOptions, "source"> {
  readonly source: Claim["clone"];
  /** Takes sentences about what is fetched beside the commit, and what is not. */
  readonly note: (sentence: string) => void;
}

/**
 * Checks out the pinned commit, or the head of the branch where none is pinned, in `directory`, which is made; with its
 * submodules on the same server, and without the objects of Git LFS. Throws a {@link BuildFailure} of the stage `cloning`.
 */
export async function clone(options: CloneOptions): Promise<Cloned> {
  const checkout = await checkOut(options);
  const [cloned] = await Promise.all([headOf(options, checkout), complete(options, checkout, MAX_DEPTH)]);
  return cloned;
}

async function headOf(options: CloneOptions, { git, ...checkout }: Checkout): Promise<Cloned> {
  const { stdout, ok, stderr } = await git("log", "-1", "--format=%H%n%B");
  if (!ok)
    throw new BuildFailure(
      "cloning",
      "clone_failed",
      `The commit of ${checkout.url} can't be read. Deploy again. Git says: ${stderr}`,
    );
  const [hash = "", message = ""] = stdout.split("\n");
  // Redacted before it is cut: half a secret is not recognised any more.
  return { commit: hash, message: [...inlineText(options.redact(message))].slice(0, MAX_MESSAGE).join("") };
}

type ModuleOptions = CheckoutOptions & Pick<CloneOptions, "note">;

/** What a checkout lacks yet: its submodules, and a word about Git LFS. */
async function complete(options: ModuleOptions, checkout: Checkout, depth: number): Promise<void> {
  const [sentence] = await Promise.all([
    lfsSentence(checkout.git, options.directory),
    fetchSubmodules(options, checkout, depth),
  ]);
  if (sentence !== null) options.note(options.redact(sentence));
}

async function fetchSubmodules(options: ModuleOptions, checkout: Checkout, depth: number): Promise<void> {
  const { note } = options;
  const modules = (await submodulesOf(checkout)).filter(({ path }) => isWithin(path, checkout.sparse));
  if (modules.length === 0) return;
  const commits = await commitsOf(checkout, modules);
  for (const [index, module] of modules.entries()) {
    const commit = commits.get(module.path);
    // Named, but no part of this commit.
    if (commit === undefined) continue;
    if (depth === 0 || index >= MAX_SUBMODULES)
      note(`The submodule ${module.path} is not fetched: there are too many of them.`);
    else await fetchSubmodule(options, checkout, module, commit, depth);
  }
}

async function fetchSubmodule(
  { needed: _all, ...options }: ModuleOptions,
  { url: base }: Checkout,
  { path, url }: Submodule,
  commit: string,
  depth: number,
): Promise<void> {
  const place = placeOfSubmodule(base, url);
  if ("elsewhere" in place) {
    options.note(
      `The submodule ${path} is not fetched: it is on ${place.elsewhere}, and only submodules on the app's own Git server are. Its directory is empty in this build.`,
    );
    return;
  }
  const directory = join(options.directory, path);
  // Git makes an empty directory of each; anything else is not what the tree says.
  if (!(await lstat(directory).catch(() => null))?.isDirectory()) return;
  options.note(`Fetching the submodule ${path} from ${place.url} at ${commit.slice(0, 12)}`);
  const source = { ...options.source, url: place.url, commit, branch: null };
  try {
    const module = { ...options, directory, source };
    await complete(module, await checkOut(module), depth - 1);
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    const hint = "If it is private, the app needs a Git token that can read it.";
    throw new BuildFailure("cloning", error.code, `The submodule ${path} can't be fetched. ${error.message} ${hint}`);
  }
}

/** Of the commit itself: a file that is checked out may be a link. */
async function submodulesOf({ git }: Checkout): Promise<readonly Submodule[]> {
  const { ok, stdout } = await git("config", "-z", "--blob", "HEAD:.gitmodules", "--get-regexp", "^submodule\\.");
  return ok ? parseGitmodules(stdout) : [];
}

/** The commits that the tree has at the submodules' paths. */
async function commitsOf({ git }: Checkout, modules: readonly Submodule[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await git("ls-tree", "-z", "HEAD", "--", ...modules.map(({ path }) => path));
  return new Map(
    stdout.split("\0").flatMap((entry): [string, string][] => {
      const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(entry) ?? [];
      return commit === undefined || path === undefined ? [] : [[path, commit]];
    }),
  );
}

const isWithin = (path: string, directories: readonly string[] | null): boolean =>
  directories === null || directories.some((directory) => path === directory || path.startsWith(`${directory}/`));
