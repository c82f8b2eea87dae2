import { posix } from "node:path";
import { proposeDockerfile } from "@slipway/text/dockerfile/propose";
import type { DockerfileProposal } from "@slipway/text/dockerfile/source";
import type { ShownDockerfile } from "../contract/answers/dockerfile.ts";
import { showDockerfileSchema } from "../contract/requests.ts";
import type { Source } from "../core/ports/git.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";
import { repositoryUrl } from "./repository-url.ts";

/** Of the repository's host, for each of the two questions. */
const deadlineMs = 8000;
/** A file that was read may lead to another one, such as from a package.json to its lock file. */
const mostRounds = 8;

type Deps = Pick<ApiDeps, "heads" | "sources" | "localRepositories" | "logger">;

/** Whether a repository has the Dockerfile that an app of it would be built with, and one for it if it has none. */
export async function showDockerfile(deps: Deps, call: Pick<Call, "query" | "principal">): Promise<Answer> {
  if (call.principal.apps !== null)
    throw new ApiError("forbidden", {
      sentence: "Your token is limited to certain apps and cannot look at repositories.",
    });
  const { repoUrl, branch, rootDir, dockerfile } = parse(showDockerfileSchema, call.query);
  const path = posix.join(rootDir, dockerfile);
  const unknown = (reason: string): ShownDockerfile => ({ path, exists: null, proposal: null, reason });
  // No app has this number: what is read is what everybody may read, or what the GitHub App was given.
  const repository = { app_id: 0, url: repositoryUrl(deps, repoUrl), git_token: false, branch, commit: "" };
  const head = await deps.heads.resolve(repository, deadlineMs);
  if (head.outcome !== "resolved") return data(unknown(head.message));
  const source = await open(deps, { ...repository, commit: head.commit });
  if (source === null)
    return data(unknown("The repository's host does not list files without a clone. The first deployment will tell."));
  if (source.entries.some((entry) => entry.path === path))
    return data({ path, exists: true, proposal: null, reason: null } satisfies ShownDockerfile);
  return data(await proposed(source, rootDir, path));
}

async function open(
  { sources, logger }: Deps,
  repository: Parameters<Deps["sources"]["open"]>[0],
): Promise<Source | null> {
  try {
    return await sources.open(repository, deadlineMs);
  } catch (error) {
    logger.warn("What a repository holds could not be read", { url: repository.url, error });
    return null;
  }
}

async function proposed(source: Source, rootDir: string, path: string): Promise<ShownDockerfile> {
  const root = posix.join(rootDir, ".");
  const prefix = root === "." ? "" : `${root.replace(/\/$/, "")}/`;
  const own = source.entries.filter((entry) => entry.path.startsWith(prefix));
  if (own.length === 0)
    return { path, exists: false, proposal: null, reason: `There is no directory ${rootDir} in the repository.` };
  const relative: Source = {
    entries: own.map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) })),
    read: source.read,
  };
  const proposal = await proposalFor(relative);
  const reason =
    proposal === null
      ? `There is no ${path}, and nothing shows what the app is made with. Write one and push it.`
      : null;
  return { path, exists: false, proposal, reason };
}

/** Proposes again and again until all that it asks for was read: a repository elsewhere is not read ahead. */
async function proposalFor({ entries, read }: Source): Promise<DockerfileProposal | null> {
  const files = entries.map(({ path }) => path);
  const texts = new Map<string, string | null>();
  for (let round = 0; round < mostRounds; round++) {
    const missing = new Set<string>();
    const textOf = (path: string): string | null => {
      if (!texts.has(path)) missing.add(path);
      return texts.get(path) ?? null;
    };
    const proposal = proposeDockerfile({ files, read: textOf });
    if (missing.size === 0) return proposal;
    await Promise.all(
      [...missing].map(async (path) => {
        const entry = entries.find((one) => one.path === path);
        texts.set(path, entry === undefined ? null : await read(entry));
      }),
    );
  }
  return null;
}
