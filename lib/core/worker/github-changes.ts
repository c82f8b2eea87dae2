import type { Message } from "../work-queue/message.ts";
import type { WorkerDeps } from "./deps.ts";

/** Longer than the request may take that announces the change. */
export const gitHubSettleSeconds = 60;

/**
 * Records what somebody was about to do to the GitHub App, if it took effect. The app lies where no transaction reaches: so the
 * entry is sent ahead, and whoever did it and could not record it any more has it recorded here. The same entry twice is one.
 */
export async function recordGitHubChange(
  { gitHubApps, audit, logger }: Pick<WorkerDeps, "gitHubApps" | "audit" | "logger">,
  { entry, connected_at, is_gone }: Extract<Message, { type: "github_changed" }>,
): Promise<void> {
  const isThere = (await gitHubApps.get())?.connected_at === connected_at;
  if (isThere === is_gone)
    return logger.info("A change of the GitHub App did not take effect", { action: entry.action });
  await audit.record(entry);
}
