import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import * as z from "zod";
import { changedPaths } from "../core/push/changed-paths.ts";
import type { Push } from "../core/push/push.ts";
import { repositoryKey } from "../core/push/repository.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";

/** What a webhook's body says, from JSON or from the form that GitHub offers as the other content type. */
export function readPayload(contentType: string | undefined, body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body);
  switch (contentType?.split(";", 1)[0]?.trim().toLowerCase()) {
    case undefined:
    case "application/json":
      return json(text);
    case "application/x-www-form-urlencoded":
      return json(new URLSearchParams(text).get("payload") ?? "");
    default:
      throw new ApiError("unsupported_media_type", {
        sentence: "Send application/json, or application/x-www-form-urlencoded with the JSON as payload.",
      });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("malformed_json");
  }
}

const commitHash = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i, "must be a full commit hash of 40 or, with SHA-256, 64 characters")
  .toLowerCase();
const noCommit = "0".repeat(40);
const isNone = (hash: string): boolean => /^0+$/.test(hash);
/** What only says more; in another shape it says nothing. */
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
  full_name: optionalText,
  name: optionalText,
  clone_url: optionalText,
  ssh_url: optionalText,
  git_url: optionalText,
  html_url: optionalText,
  url: optionalText,
});

const addressesOf = ({ clone_url, ssh_url, git_url, html_url, url }: z.infer<typeof repositorySchema>): string[] =>
  [clone_url, ssh_url, git_url, html_url, url].filter((address) => address !== undefined);

/** What of a push is used. GitHub's shape, of which Gitea's and Forgejo's are supersets, and most of it may be left out. */
const pushSchema = z.object({
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
  /** Of Gitea, which lists fewer commits than it says there are. */
  total_commits: z.number().optional(),
  repository: repositorySchema.refine(
    (repository) => addressesOf(repository).some((address) => repositoryKey(address) !== null),
    "must have the repository's address as clone_url",
  ),
  pusher: person,
  sender: person,
});

/** A push as core knows it. Refuses what is none, naming each field. */
export function readPush(payload: unknown): Push {
  const parsed = parse(pushSchema, payload);
  const { ref, after, repository } = parsed;
  const addresses = addressesOf(repository);
  const commits = parsed.commits ?? [];
  const before = isNone(parsed.before) ? "" : parsed.before;
  return {
    repositories: addresses,
    name: oneLine(repository.full_name ?? repository.name ?? addresses[0] ?? "", 200),
    ref,
    before,
    after,
    deleted: parsed.deleted || isNone(after),
    message: parsed.head_commit?.message ?? commits.find(({ id }) => id === after)?.message ?? "",
    changed: changedPaths({
      after,
      created: parsed.created || before === "",
      forced: parsed.forced,
      commits,
      total: parsed.total_commits ?? null,
    }),
    pusher: pusherOf(parsed),
    pusher_account: parsed.sender?.id ?? null,
  };
}

/** The one who pushed, by the name under which their host knows them. */
function pusherOf({ pusher, sender }: z.infer<typeof pushSchema>): string {
  const names = [pusher?.login, pusher?.username, pusher?.name, sender?.login, sender?.username];
  return names.map((name) => oneLine(name ?? "", 100)).find((name) => name !== "") ?? "webhook";
}

/** What somebody else wrote, fit for a line of a log. */
const oneLine = (text: string, longest: number): string => shorten(inlineText(text.slice(0, 10 * longest)), longest);
