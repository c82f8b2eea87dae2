import type { Asked, KnownApp } from "../history.ts";
import type { Outage } from "../installation.ts";

/** A deployment as the API shows it, as far as its end is judged. */
export interface Shown {
  readonly id: number;
  readonly app_id: number;
  readonly commit_hash: string;
  readonly stage: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly exit_code: number | null;
  readonly failed_stage: string | null;
  readonly rolled_back: boolean;
  readonly rollback_of: number | null;
  readonly trigger: string;
  readonly reason: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly log_complete: boolean;
  readonly timeline: readonly { readonly stage: string }[];
}

export interface EndCase {
  readonly asked: Asked;
  readonly shown: Shown;
  /** All others that were asked for of the same app. */
  readonly others: readonly Asked[];
  readonly app: KnownApp;
  /** What happened to the machine between its beginning and its end. */
  readonly during: readonly Outage["why"][];
  /** Whether an earlier release served when it failed. */
  readonly hadRelease: boolean;
}

/** The model: why an end is not explained by what was asked for; `null`: it is. */
export function unexplained(given: EndCase): string | null {
  const { asked, shown } = given;
  if (!shown.log_complete) return "its log is not complete";
  if (asked.commit !== shown.commit_hash && shown.stage === "success")
    return `it released ${shown.commit_hash}, not ${asked.commit}`;
  return judges[shown.stage]?.(given) ?? (shown.stage in judges ? null : `it is still ${shown.stage}`);
}

const judges: Readonly<Record<string, (given: EndCase) => string | null>> = {
  success: ({ asked, app }) => {
    if (asked.kind !== "good") return `a ${asked.kind} version succeeded`;
    if (asked.asks.has("reject")) return "it succeeded although it was rejected";
    const needsApproval = app.settings.approval === "required" && asked.rollbackOf === null;
    return needsApproval && !asked.asks.has("approve") ? "it succeeded without its approval" : null;
  },
  failed: ({ asked, shown, during, hadRelease }) => {
    const { error_code: code, exit_code, failed_stage, rolled_back } = shown;
    if (during.includes("full")) return null;
    if (asked.kind === "broken" && code === "build_failed")
      return exit_code === 7 && failed_stage === "building"
        ? null
        : `it failed in ${failed_stage} with ${exit_code}, not 7`;
    if (asked.kind === "sick" && code === "release_failed")
      return rolled_back === hadRelease ? null : `rolled_back is ${rolled_back}`;
    // Slipway starts a build twice; whose host is killed as often fails as documented.
    const kills = during.filter((why) => why !== "stopped").length;
    if (code === "build_host_lost" && kills >= 2) return null;
    return `a ${asked.kind} version failed with ${code}`;
  },
  cancelled: ({ asked, shown, others, app }) => {
    if (shown.error_code === "approval_rejected") return asked.asks.has("reject") ? null : "nobody rejected it";
    if (shown.error_code !== null) return `it was cancelled with ${shown.error_code}`;
    const newer = others.filter(({ id }) => id > asked.id);
    const isOvertaken = newer.some(
      ({ by, rollbackOf }) => rollbackOf !== null || (by === "webhook" && app.settings.onNewPush === "cancel_running"),
    );
    return asked.asks.has("cancel") || isOvertaken || app.deleted ? null : "nobody cancelled it";
  },
  superseded: ({ asked, shown, others, app }) => {
    if (shown.error_code === "app_pinned") {
      const mayBePinned = app.settings.afterRollback !== "resume" && others.some((one) => one.rollbackOf !== null);
      return asked.by === "webhook" && mayBePinned ? null : "nothing pinned its app";
    }
    return others.some(({ id }) => id > asked.id) ? null : "nothing newer was asked for";
  },
};
