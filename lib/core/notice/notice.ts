import { inlineText, plainText } from "@slipway/text/inert";
import * as z from "zod";
import { triggerSchema } from "../deployment/deployment.ts";
import { type Stage, stageSchema } from "../stage.ts";
import { type Fact, inWords } from "./fact.ts";
import { type NoticedRun, runFacts, runHeadline } from "./run.ts";

const text = z.string().nullable();

/** A deployment as the event bus announced it when it entered a stage. */
export const noticedDeploymentSchema = z.object({
  id: z.number().int().positive(),
  app_id: z.number().int().positive(),
  app_name: z.string(),
  /** `""`: announced before it was part of the event. */
  repo_url: z.string().default(""),
  stage: stageSchema,
  message: z.string(),
  commit_hash: z.string(),
  commit_message: z.string(),
  branch: z.string(),
  actor: z.string(),
  trigger: triggerSchema,
  reason: text,
  /** Whole seconds. */
  duration: z.number().nullable(),
  error_message: text,
  error_code: text,
  exit_code: z.number().nullable(),
  failed_stage: stageSchema.nullable(),
  rolled_back: z.boolean(),
  url: text,
  image_digest: text,
  rollback_of: z.number().nullable(),
  created_at: z.string(),
  started_at: text,
  finished_at: text,
});
export type NoticedDeployment = z.infer<typeof noticedDeploymentSchema>;

interface AnyNotice {
  /** The same for each attempt, so that a receiver knows a repeat. */
  readonly delivery: string;
  /** Where the dashboard has more, and where a deployment is approved too; `null`: nobody said where that is. */
  readonly link: string | null;
}

/** That a deployment entered a stage. */
export interface DeploymentNotice extends AnyNotice {
  /** Somebody wants to see whether it arrives; it says nothing of a real deployment. */
  readonly isTest: boolean;
  readonly deployment: NoticedDeployment;
}

/** That a run failed. */
interface RunNotice extends AnyNotice {
  readonly run: NoticedRun;
}

/** What an endpoint is sent. */
export type Notice = DeploymentNotice | RunNotice;

interface AnyBody extends AnyNotice {
  readonly summary: string;
}

/** What somebody's own program is sent. How it is written on the wire is injected, as `encode`. */
export type WebhookBody =
  | (AnyBody & { readonly type: "deployment" | "test"; readonly event: Stage; readonly data: NoticedDeployment })
  | (AnyBody & { readonly type: "run"; readonly event: "run_failed"; readonly data: NoticedRun });

/** The page of a deployment. `publicUrl`: where people reach the control plane; `""`: not known. */
export const linkTo = (publicUrl: string, deploymentId: number): string | null =>
  publicUrl === "" ? null : `${publicUrl}/deployments/${deploymentId}`;

/** What stands in for a deployment when an endpoint is tried out. */
export function testDeployment(app: { readonly id: number; readonly name: string }, actor: string, now: string) {
  return {
    id: 1,
    app_id: app.id,
    app_name: app.name,
    repo_url: "",
    stage: "success",
    message: "A test: nothing was deployed",
    commit_hash: "0".repeat(40),
    commit_message: "A test: nothing was deployed",
    branch: "main",
    actor,
    trigger: "api",
    reason: null,
    duration: 42,
    error_message: null,
    error_code: null,
    exit_code: null,
    failed_stage: null,
    rolled_back: false,
    url: null,
    image_digest: null,
    rollback_of: null,
    created_at: now,
    started_at: now,
    finished_at: now,
  } satisfies NoticedDeployment;
}

const did: Readonly<Record<Stage, string>> = {
  pending: "was requested",
  cloning: "started",
  building: "is being built",
  awaiting_approval: "is waiting for approval",
  deploying: "is being released",
  success: "succeeded",
  failed: "failed",
  cancelled: "was cancelled",
  superseded: "was replaced by a newer one",
};

/** What happened, in a line: `shop: deployment 12 failed in building`. */
export function headline(notice: Notice): string {
  if ("run" in notice) return runHeadline(notice.run);
  const { deployment, isTest } = notice;
  if (isTest) return `${deployment.app_name}: test notification from Slipway`;
  const where = deployment.failed_stage === null ? "" : ` in ${deployment.failed_stage}`;
  const back = deployment.rolled_back ? "; the earlier release was restored" : "";
  return `${deployment.app_name}: deployment ${deployment.id} ${did[deployment.stage]}${where}${back}`;
}

/** Why, where there is more to say than the headline does. */
export function explanation(notice: Notice): string | null {
  if ("run" in notice) return notice.run.message;
  const { deployment, isTest } = notice;
  if (isTest) return "Notifications of this app arrive here.";
  if (deployment.error_message !== null && plainText(deployment.error_message).trim() !== "")
    return deployment.error_message;
  return deployment.stage === "cancelled" || deployment.stage === "superseded" ? deployment.message : null;
}

/** What people ask next, in the order in which they ask. */
export function facts(notice: Notice): readonly Fact[] {
  if ("run" in notice) return runFacts(notice.run).filter(({ value }) => inlineText(value) !== "");
  const { deployment, isTest } = notice;
  const commit = [deployment.commit_hash.slice(0, 7), firstLine(deployment.commit_message)].filter(Boolean).join(" ");
  const known: readonly (readonly [label: string, value: string | null])[] = isTest
    ? [["By", deployment.actor]]
    : [
        ["Commit", commit],
        ["Branch", deployment.branch],
        ["By", deployment.actor],
        ["Reason", deployment.reason],
        ["Duration", deployment.duration === null ? null : inWords(deployment.duration)],
        ["App", deployment.stage === "success" ? deployment.url : null],
      ];
  return known.flatMap(([label, value]) =>
    value === null || inlineText(value) === ""
      ? []
      : [{ label, value, isLink: label === "App" && URL.canParse(value) }],
  );
}

/** What the link is for. */
export function linkLabel(notice: Notice): string {
  if ("run" in notice) return "See the runs";
  const { deployment, isTest } = notice;
  if (isTest) return "See the app";
  return deployment.stage === "awaiting_approval" ? "Approve or reject" : "See the deployment";
}

const firstLine = (text: string): string => text.trim().split(/[\r\n]/, 1)[0] ?? "";
