import { inlineText, plainText } from "@slipway/text/inert";
import { type Redact, redactor } from "@slipway/text/redactor";
import type * as z from "zod";
import {
  type Claim,
  claimRequestSchema,
  type LinesMissing,
  orderRequestSchema,
  type ReportedEnd,
  reportRequestSchema,
} from "../contract/build.ts";
import { buildSecretParameter } from "../core/configuration/secret-parameter.ts";
import type { BuildReport } from "../core/deployment/build-report.ts";
import { stageSeconds } from "../core/deployment/deadline.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import {
  buildKitImages,
  cacheTag,
  type ImageCredentials,
  imageTag,
  type PushedImage,
  repositoriesOf,
} from "../core/images.ts";
import { largestLog } from "../core/limits.ts";
import { type Append, emptyLog } from "../core/log/log.ts";
import { storedLines } from "../core/log/stored-lines.ts";
import type { Secrets } from "../core/ports/apps.ts";
import type { BuildOrder, BuildReports, ImageAccess } from "../core/ports/builds.ts";
import type { Deployments } from "../core/ports/deployments.ts";
import type { RepositoryAccess } from "../core/ports/git.ts";
import type { WorkQueue } from "../core/ports/infrastructure.ts";
import type { RepositoryReach } from "../core/repository-address.ts";
import { isTerminal } from "../core/stage.ts";
import { plusSeconds } from "../core/time.ts";
import { appendLines, buildWriter, type WriteLogDeps } from "../core/worker/write-log.ts";
import { type Answer, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import type { KnownBuild, KnownBuilds } from "./known-builds.ts";
import { parse } from "./parse.ts";

type Batch = z.infer<typeof reportRequestSchema>;

/** What a build's reports reach. */
export interface BuildsDeps extends WriteLogDeps {
  readonly deployments: Deployments;
  readonly reports: BuildReports;
  readonly secrets: Secrets;
  readonly access: RepositoryAccess;
  readonly queue: WorkQueue;
  readonly imageAccess: ImageAccess;
  /** What the addresses of all apps' repositories begin with. */
  readonly repositoriesUri: string;
  /** What the registry has under a tag of an app's images. */
  readonly pushedImage: (appId: number, tag: string, reported: string) => Promise<PushedImage>;
  readonly repositoryReach: RepositoryReach;
  readonly known: KnownBuilds;
  readonly hash: (text: string) => string;
  readonly now: () => string;
}

/** How long a build may take to leave its cache for later ones, once it has ended. */
const savingSeconds = 5 * 60;

const noLongerActive = (): ApiError => new ApiError("unauthorized", { sentence: "This build is no longer active." });

/** Met only by a build that does not end its log where the reporter does. */
const logIsFull = (): ApiError => new ApiError("unauthorized", { sentence: "The log of this build is closed." });

/** Exchanges a build's ticket for its token, and says what to build. */
export async function claimBuild(deps: BuildsDeps, body: unknown): Promise<Answer> {
  const { deployment_id, attempt, ticket, token } = parse(claimRequestSchema, body);
  const row = await deps.deployments.get(deployment_id);
  if (row === null || isTerminal(row.stage) || row.ending !== null) throw noLongerActive();
  if (!(await deps.reports.claim(deployment_id, attempt, ticket, deps.hash(token)))) throw noLongerActive();
  // Most often its lines are the first ones. Where they are not, none can be put there, and the head is read.
  const head = attempt === 1 ? emptyLog : null;
  deps.known.set({ deployment_id, attempt }, { app_id: row.app_id, token_hash: deps.hash(token), head });
  const { repo_url: url, git_token, build_secrets } = row.settings;
  const [authorization, credentials, secrets] = await Promise.all([
    deps.access.authorization({ app_id: row.app_id, url, git_token }),
    deps.imageAccess.credentials(row.app_id, { deployment_id, attempt }),
    build_secrets.length === 0 ? {} : deps.secrets.ofBuilds(row.app_id),
  ]);
  return data(buildOrder(deps, row, { authorization, credentials, secrets }));
}

/** Gives a build that runs the same credentials as its claim did, fresh ones. */
export async function renewBuildCredentials(deps: BuildsDeps, token: string | null, body: unknown): Promise<Answer> {
  const asked = parse(orderRequestSchema, body);
  const row = await reportingDeployment(deps, token, asked);
  if (isTerminal(row.stage) || row.ending !== null || row.build?.attempt !== asked.attempt || !row.build.running)
    throw noLongerActive();
  return data(await deps.imageAccess.credentials(row.app_id, asked));
}

/** The deployment of a build that says who it is. */
async function reportingDeployment(
  deps: BuildsDeps,
  token: string | null,
  { deployment_id, attempt }: BuildOrder,
): Promise<Deployment> {
  const [report, row] = await Promise.all([
    deps.reports.get(deployment_id, attempt),
    deps.deployments.get(deployment_id),
  ]);
  if (token === null || report === null || report.token_hash !== deps.hash(token)) throw noLongerActive();
  if (row === null) throw noLongerActive();
  return row;
}

/** The same, of a build that reports: from memory where it has reported to this process before. */
async function reportingBuild(deps: BuildsDeps, token: string | null, order: BuildOrder): Promise<KnownBuild> {
  const known = deps.known.get(order);
  if (known !== undefined && token !== null && known.token_hash === deps.hash(token)) return known;
  const [row, head] = await Promise.all([reportingDeployment(deps, token, order), deps.log.head(order.deployment_id)]);
  return { app_id: row.app_id, token_hash: deps.hash(token ?? ""), head };
}

interface BuildAccess {
  readonly authorization: string | null;
  readonly credentials: ImageCredentials;
  /** The values of the secrets of the app's builds, by their parameters. */
  readonly secrets: Readonly<Record<string, string>>;
}

function buildOrder(deps: BuildsDeps, row: Deployment, { authorization, credentials, secrets }: BuildAccess): Claim {
  const { settings } = row;
  const seconds = stageSeconds(row, "cloning") ?? 0;
  const given = settings.build_secrets.map((name) => {
    const parameter = buildSecretParameter(name, settings.build_secret_versions[name]);
    return { name, value: Object.hasOwn(secrets, parameter) ? secrets[parameter] : undefined };
  });
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
      platform: settings.architecture === "arm64" ? "linux/arm64" : "linux/amd64",
      args: settings.build_args,
      secrets: Object.fromEntries(given.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      lost_secrets: given.filter(({ value }) => value === undefined).map(({ name }) => name),
      target: settings.build_target,
    },
    image: {
      repository: repositoriesOf(deps.repositoriesUri, row.app_id).images,
      tag: imageTag(row.id, row.build?.attempt ?? 1),
      registry: deps.repositoriesUri.split("/", 1)[0] ?? "",
      credentials,
      cache: row.build_cache ? cacheOf(deps, row) : null,
      builders: [...buildKitImages(deps.repositoriesUri)],
    },
    deadline: plusSeconds(deps.now(), seconds + (stageSeconds(row, "building") ?? 0)),
  };
}

/** Of the branch's own builds, or else of those of the branch that the app follows. */
function cacheOf(deps: BuildsDeps, { app_id, branch, settings }: Deployment) {
  const to = cacheTag(branch, deps.hash);
  const from = [...new Set([to, cacheTag(settings.branch, deps.hash)])];
  return { repository: repositoriesOf(deps.repositoriesUri, app_id).cache, from, to, seconds: savingSeconds };
}

/**
 * Stores what a build reported: lines first, then where it stands, then a message that it did. Where all that is new is the step
 * that it has reached, the message says that: the next one says more. Answers when all of it is durable.
 */
export async function reportBuild(deps: BuildsDeps, token: string | null, body: unknown): Promise<Answer> {
  const batch = parse(reportRequestSchema, body);
  const build = await reportingBuild(deps, token, batch);
  const redact = await redactionFor(deps, build.app_id);
  const { deployment_id, attempt, cloned, step, finished } = batch;
  // The registry can be asked meanwhile.
  const [appended, end] = await Promise.all([
    storeLines(deps, build, batch, redact),
    finished ? storedEnd(deps, build.app_id, batch, finished, redact) : null,
  ]);
  if (appended.outcome === "closed") throw noLongerActive();
  if (appended.outcome === "gap") return { status: 409, body: missing(appended.next) };
  const reported = { type: "build_reported", deployment_id, attempt } as const;
  if (cloned ?? finished) {
    await deps.reports.report(deployment_id, attempt, {
      ...(cloned ? { cloned: { ...cloned, message: inlineText(redact(cloned.message)) } } : {}),
      ...(step ? { step } : {}),
      ...(end ? { finished: end } : {}),
    });
    await deps.queue.send(reported);
  } else if (step) await deps.queue.send({ ...reported, step });
  return data({ next: appended.outcome === "known" ? appended.next : batch.first + batch.lines.length });
}

async function storeLines(deps: BuildsDeps, build: KnownBuild, batch: Batch, redact: Redact): Promise<Append> {
  const { deployment_id, attempt, first } = batch;
  const lines = batch.lines.map(({ line, before, after, ...rest }) =>
    storedLines(line.slice(0, -1), (text) => redact(text, { before, after }), rest),
  );
  const head = lines.length === 0 ? null : (build.head ?? (await deps.log.head(deployment_id)));
  if (head !== null && head.bytes > largestLog.refusedBytes) throw logIsFull();
  const appended = await appendLines(deps, deployment_id, buildWriter(attempt), first, lines, head);
  // After a chunk of somebody else's it is read anew.
  const after = appended.outcome === "append" ? appended.chunk.head : null;
  deps.known.set(batch, { ...build, head: appended.outcome === "known" ? build.head : after });
  return appended;
}

async function storedEnd(
  deps: BuildsDeps,
  appId: number,
  { deployment_id, attempt }: BuildOrder,
  reported: ReportedEnd,
  redact: Redact,
): Promise<NonNullable<BuildReport["finished"]>> {
  const { message, steps = [], ...finished } = reported;
  const end = {
    ...finished,
    message: message === null ? null : plainText(redact(message)),
    steps: steps.map((step) => ({ ...step, name: inlineText(redact(step.name)) })),
    image_bytes: null,
  };
  if (finished.image_digest === null) return end;
  const tag = imageTag(deployment_id, attempt);
  const pushed = await deps.pushedImage(appId, tag, finished.image_digest);
  if (pushed.outcome === "found") return { ...end, image_digest: pushed.digest, image_bytes: pushed.bytes };
  // What is not there cannot be released, and what is not what was built must not be.
  const found = pushed.outcome === "absent" ? "no image" : `the image ${pushed.digest}`;
  return {
    ...end,
    outcome: "failed",
    code: "push_failed",
    image_digest: null,
    message: `The build reported the image ${inlineText(finished.image_digest)}, but the registry has ${found} under its tag ${tag}. Deploy again; if it happens again, check that nothing else pushes to the app's repository.`,
  };
}

const missing = (next: number): LinesMissing => ({
  success: false,
  error: "Earlier lines are missing.",
  code: "lines_missing",
  request_id: "",
  details: [],
  data: { next },
});

async function redactionFor(deps: BuildsDeps, appId: number): Promise<Redact> {
  return redactor(await deps.secrets.values(appId));
}
