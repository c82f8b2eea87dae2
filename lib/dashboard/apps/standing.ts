import { type App, type Deployment, isTerminal, stageFacts } from "@slipway/monitor/client";

/** What serves an app's users, apart from how its last deployment went. `undefined`: not known yet. */
export interface Standing {
  readonly serving: { readonly id: number; readonly deployment: Deployment | undefined } | null;
  /** The last deployment, where it is not the one that serves. */
  readonly last: { readonly deployment: Deployment; readonly outcome: string; readonly tone: Tone } | null | undefined;
}

type Tone = "danger" | "working" | "waiting" | "neutral";

/** From an app and its newest deployment (`null`: there is none). */
export function standingOf(
  app: Pick<App, "live_deployment_id">,
  live: Deployment | null | undefined,
  latest: Deployment | null | undefined,
): Standing {
  const id = app.live_deployment_id;
  return {
    serving: id === null ? null : { id, deployment: live ?? undefined },
    last: latest && latest.id === id ? null : latest && { deployment: latest, ...outcomeOf(latest) },
  };
}

/** What a sentence says after the deployment's number: `failed and was rolled back`. */
function outcomeOf(deployment: Deployment): { readonly outcome: string; readonly tone: Tone } {
  const { stage, progress, failed_stage, rolled_back } = deployment;
  if (stage === "awaiting_approval") return { outcome: "waits for approval", tone: "waiting" };
  if (!isTerminal(stage)) return { outcome: `${workWords[stage]} (${progress}%)`, tone: "working" };
  if (stage !== "failed") return { outcome: endWords[stage], tone: "neutral" };
  if (rolled_back) return { outcome: "failed and was rolled back", tone: "danger" };
  const where = failed_stage === null ? "" : ` while ${stageFacts[failed_stage].label.toLowerCase()}`;
  return { outcome: `failed${where}`, tone: "danger" };
}

const workWords = {
  pending: "is waiting in the queue",
  cloning: "is cloning",
  building: "is building",
  deploying: "is being released",
} as const;

const endWords = { success: "succeeded", cancelled: "was cancelled", superseded: "was superseded" } as const;
