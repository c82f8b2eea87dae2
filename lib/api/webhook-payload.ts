import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import { addressesOf, isNoCommit, type PushPayload, pushSchema } from "../contract/push.ts";
import { changedPaths } from "../core/push/changed-paths.ts";
import type { Push } from "../core/push/push.ts";
import { repositoryIdOf } from "../core/push/repository.ts";
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

/** A push as core knows it. Refuses what is none, naming each field. */
export function readPush(payload: unknown): Push {
  const parsed = parse(pushSchema, payload);
  const { ref, after, repository } = parsed;
  const addresses = addressesOf(repository);
  const commits = parsed.commits ?? [];
  const before = isNoCommit(parsed.before) ? "" : parsed.before;
  return {
    repositories: addresses,
    repository_id: repository.id === undefined ? null : idAmong(addresses, repository.id),
    name: oneLine(repository.full_name ?? repository.name ?? addresses[0] ?? "", 200),
    ref,
    before,
    after,
    deleted: parsed.deleted || isNoCommit(after),
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

const idAmong = (addresses: readonly string[], number: number): string | null =>
  addresses.map((address) => repositoryIdOf(address, number)).find((id) => id !== null) ?? null;

/** The one who pushed, by the name under which their host knows them. */
function pusherOf({ pusher, sender }: PushPayload): string {
  const names = [pusher?.login, pusher?.username, pusher?.name, sender?.login, sender?.username];
  return names.map((name) => oneLine(name ?? "", 100)).find((name) => name !== "") ?? "webhook";
}

/** What somebody else wrote, fit for a line of a log. */
const oneLine = (text: string, longest: number): string => shorten(inlineText(text.slice(0, 10 * longest)), longest);
