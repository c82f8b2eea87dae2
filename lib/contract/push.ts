import * as z from "zod";
import { repositoryKey } from "../core/push/repository.ts";

/** A push as Git hosts send it to a webhook: GitHub's shape, of which Gitea's and Forgejo's are supersets. */

const commitHash = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i, "must be a full commit hash of 40 or, with SHA-256, 64 characters")
  .toLowerCase();

/** What stands in for the hash of a commit where there is none: before a branch was created, after it was deleted. */
const noCommit = "0".repeat(40);
/** Whether a hash stands for no commit: all zeros, as many as the repository's hashes have digits. */
export const isNoCommit = (hash: string): boolean => /^0+$/.test(hash);

/** Additional information: a value of another type is ignored. */
const optionalText = z.string().optional().catch(undefined);
const flag = z.boolean().default(false);
const paths = z.array(z.string()).optional();
const person = z
  .object({
    id: z.number().int().positive().optional().catch(undefined),
    login: optionalText,
    username: optionalText,
    name: optionalText,
  })
  .optional()
  .catch(undefined);

const repositorySchema = z.object({
  id: z.number().int().positive().optional().catch(undefined),
  full_name: optionalText,
  name: optionalText,
  clone_url: optionalText,
  ssh_url: optionalText,
  git_url: optionalText,
  html_url: optionalText,
  url: optionalText,
});

/** The addresses of the repository of a push, the one for cloning first. */
export const addressesOf = ({
  clone_url,
  ssh_url,
  git_url,
  html_url,
  url,
}: z.output<typeof repositorySchema>): string[] =>
  [clone_url, ssh_url, git_url, html_url, url].filter((address) => address !== undefined);

/** The fields of a push that Slipway uses; most of them may be left out. */
export const pushSchema = z.object({
  ref: z.string().min(1).max(1000),
  before: commitHash.default(noCommit),
  after: commitHash,
  created: flag,
  deleted: flag,
  forced: flag,
  head_commit: z.object({ message: optionalText }).nullish(),
  commits: z
    .array(z.object({ id: optionalText, message: optionalText, added: paths, removed: paths, modified: paths }))
    .nullish(),
  /** From Gitea, which lists fewer commits than this number. */
  total_commits: z.number().optional(),
  repository: repositorySchema.refine(
    (repository) => addressesOf(repository).some((address) => repositoryKey(address) !== null),
    "must have the repository's address as clone_url",
  ),
  pusher: person,
  sender: person,
});
export type PushPayload = z.output<typeof pushSchema>;
