import { colouredText, inlineText, plainText } from "@slipway/text/inert";
import { type Redact, redactor } from "@slipway/text/redactor";
import { splitLong } from "@slipway/text/split";
import * as z from "zod";
import type { Claim } from "../contract/build.ts";
import { buildStepSchema, longestStepName, mostBuildSteps } from "../core/deployment/build-result.ts";
import { stageSeconds } from "../core/deployment/deadline.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import { buildStageSchema, isTerminal } from "../core/deployment/stage.ts";
import { imageTag } from "../core/images.ts";
import { largestLog, longestReported } from "../core/limits.ts";
import { type LogLine, logLineSchema } from "../core/log/log.ts";
import type { BuildReport, BuildReports } from "../core/ports/build-reports.ts";
import type { Deployments } from "../core/ports/deployments.ts";
import type { LogStore } from "../core/ports/log.ts";
import type { RepositoryAccess } from "../core/ports/repository-access.ts";
import type { Secrets } from "../core/ports/secrets.ts";
import type { WorkQueue } from "../core/ports/work-queue.ts";
import type { RepositoryReach } from "../core/repository-address.ts";
import { plusSeconds } from "../core/time.ts";
import { appendLines, buildWriter } from "../core/worker/write-log.ts";
import { type Answer, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";

const order = { deployment_id: z.number().int().positive(), attempt: z.number().int().positive() };
const claimSchema = z.object({
  ...order,
  ticket: z.string().min(1).max(200),
  token: z.string().regex(/^[0-9a-f]{64}$/),
});
const finishedSchema = z.object({
  outcome: z.enum(["succeeded", "failed"]),
  stage: buildStageSchema,
  code: z.string().max(100).nullable(),
  message: z.string().max(4000).nullable(),
  exit_code: z.number().int().nullable(),
  image_digest: z.string().max(100).nullable(),
  steps: z
    .array(buildStepSchema.extend({ name: z.string().max(2 * longestStepName) }))
    .max(mostBuildSteps)
    .optional(),
});
/** Just one line each, so that nobody writes what looks like a line of somebody else's. */
const reportedLineSchema = logLineSchema.extend({
  // A mark may be longer than what it stands for.
  line: z
    .string()
    .max(2 * longestReported.longest)
    .regex(/^[^\n]*\n$/),
  before: z.string().max(longestReported.around).optional(),
  after: z.string().max(longestReported.around).optional(),
});
const reportSchema = z.object({
  ...order,
  first: z.number().int().positive(),
  lines: z.array(reportedLineSchema).max(500).default([]),
  cloned: z.object({ commit: z.string().max(64), message: z.string().max(500) }).optional(),
  step: z.object({ number: z.number().int(), of: z.number().int() }).optional(),
  finished: finishedSchema.optional(),
});

/** What a build's reports reach. */
export interface BuildsDeps {
  readonly deployments: Deployments;
  readonly log: LogStore;
  readonly reports: BuildReports;
  readonly secrets: Secrets;
  readonly access: RepositoryAccess;
  readonly queue: WorkQueue;
  readonly imageRepositoryUri: string;
  /** How large an image of an app is in the registry. */
  readonly imageBytes: (appId: number, digest: string) => Promise<number | null>;
  readonly repositoryReach: RepositoryReach;
  readonly hash: (text: string) => string;
  readonly now: () => string;
}

const noLongerActive = (): ApiError => new ApiError("unauthorized", { sentence: "This build is no longer active." });

/** Met only by a build that does not end its log where the reporter does. */
const logIsFull = (): ApiError => new ApiError("unauthorized", { sentence: "This build's log takes nothing more." });

/** Exchanges a build's ticket for its token, and says what to build. */
export async function claimBuild(deps: BuildsDeps, body: unknown): Promise<Answer> {
  const { deployment_id, attempt, ticket, token } = parse(claimSchema, body);
  const row = await deps.deployments.get(deployment_id);
  if (row === null || isTerminal(row.stage) || row.ending !== null) throw noLongerActive();
  if (!(await deps.reports.claim(deployment_id, attempt, ticket, deps.hash(token)))) throw noLongerActive();
  const { repo_url: url, git_token, build_secrets } = row.settings;
  const [authorization, secrets] = await Promise.all([
    deps.access.authorization({ app_id: row.app_id, url, git_token }),
    build_secrets.length === 0 ? {} : deps.secrets.ofBuilds(row.app_id),
  ]);
  return data(buildOrder(deps, row, authorization, secrets));
}

function buildOrder(
  deps: BuildsDeps,
  row: Deployment,
  authorization: string | null,
  secrets: Readonly<Record<string, string>>,
): Claim {
  const { settings } = row;
  const seconds = stageSeconds(row, "cloning") ?? 0;
  return {
    clone: {
      url: settings.repo_url,
      reach: deps.repositoryReach,
      authorization,
      commit: row.commit_hash,
      branch: row.branch,
    },
    build: {
      root_dir: settings.root_dir,
      dockerfile: settings.dockerfile,
      platform: "linux/amd64",
      args: settings.build_args,
      secrets: Object.fromEntries(Object.entries(secrets).filter(([name]) => settings.build_secrets.includes(name))),
      lost_secrets: settings.build_secrets.filter((name) => !Object.hasOwn(secrets, name)),
      target: settings.build_target,
    },
    image: {
      repository: deps.imageRepositoryUri,
      tag: imageTag(row.app_id, row.id, row.build?.attempt ?? 1),
      registry: deps.imageRepositoryUri.split("/", 1)[0] ?? "",
    },
    deadline: plusSeconds(deps.now(), seconds + (stageSeconds(row, "building") ?? 0)),
  };
}

/** Stores what a build reported: lines first, then where it stands, then a message that it did. Answers when all of it is durable. */
export async function reportBuild(deps: BuildsDeps, token: string | null, body: unknown): Promise<Answer> {
  const batch = parse(reportSchema, body);
  const report = await deps.reports.get(batch.deployment_id, batch.attempt);
  if (token === null || report === null || report.token_hash !== deps.hash(token)) throw noLongerActive();
  const row = await deps.deployments.get(batch.deployment_id);
  if (row === null) throw noLongerActive();
  const redact = await redactionFor(deps, row.app_id);
  const lines = batch.lines.map((line) => storedLines(line, redact));
  if (lines.length > 0 && (await deps.log.head(row.id)).bytes > largestLog.refusedBytes) throw logIsFull();
  const appended = await appendLines(deps.log, row.id, buildWriter(batch.attempt), batch.first, lines);
  if (appended.outcome === "closed") throw noLongerActive();
  if (appended.outcome === "gap") return { status: 409, body: missing(appended.next) };
  const { cloned, step, finished } = batch;
  if (cloned ?? step ?? finished) {
    await deps.reports.report(row.id, batch.attempt, {
      ...(cloned ? { cloned: { ...cloned, message: inlineText(redact(cloned.message)) } } : {}),
      ...(step ? { step } : {}),
      ...(finished ? { finished: await storedEnd(deps, row.app_id, finished, redact) } : {}),
    });
    await deps.queue.send({ type: "build_reported", deployment_id: row.id, attempt: batch.attempt });
  }
  return data({ next: appended.outcome === "known" ? appended.next : batch.first + batch.lines.length });
}

async function storedEnd(
  deps: BuildsDeps,
  appId: number,
  { message, steps = [], ...finished }: z.infer<typeof finishedSchema>,
  redact: Redact,
): Promise<NonNullable<BuildReport["finished"]>> {
  const { image_digest } = finished;
  return {
    ...finished,
    message: message === null ? null : plainText(redact(message)),
    steps: steps.map((step) => ({ ...step, name: inlineText(redact(step.name)) })),
    image_bytes: image_digest === null ? null : await deps.imageBytes(appId, image_digest),
  };
}

const missing = (next: number) => ({
  success: false,
  error: "Earlier lines are missing.",
  code: "lines_missing",
  request_id: "",
  details: [],
  data: { next },
});

/** Redacted as a whole, then without what is no text, then split: the other way round a secret could be cut in two. */
function storedLines({ line, before, after, ...rest }: z.infer<typeof reportedLineSchema>, redact: Redact): LogLine[] {
  const text = colouredText(redact(line.slice(0, -1), { before, after }));
  return splitLong(text, largestLog.line - 1).map((piece) => ({ ...rest, line: `${piece}\n` }));
}

async function redactionFor(deps: BuildsDeps, appId: number): Promise<Redact> {
  return redactor(await deps.secrets.values(appId));
}
