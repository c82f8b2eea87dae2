import * as z from "zod";
import { buildStepSchema, longestStepName, mostBuildSteps } from "../core/deployment/build-result.ts";
import { longestReported } from "../core/limits.ts";
import { logLineSchema } from "../core/log/log.ts";
import { repositoryReachSchema } from "../core/repository-address.ts";
import { buildStageSchema } from "../core/stage.ts";
import { enveloped, errorSchema } from "./answers/common.ts";
import type { Shown } from "./answers/shown.ts";

/**
 * What a build and the control plane send each other: "Build protocol" in docs/architecture.md. Both sides take their types from here.
 */

const build = { deployment_id: z.number().int().positive(), attempt: z.number().int().positive() };

/** The body of a request to `/api/builds/claim`. */
export const claimRequestSchema = z.object({
  ...build,
  ticket: z.string().min(1).max(200),
  /** 32 bytes in hex that the reporter generated: it authenticates the reports. */
  token: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ClaimRequest = z.input<typeof claimRequestSchema>;

/** The body of a request to `/api/builds/credentials`. */
export const orderRequestSchema = z.object(build);
export type OrderRequest = z.input<typeof orderRequestSchema>;

/** What the registry is reached by: AWS credentials for the repositories of the build's app and nothing else. */
const imageCredentialsSchema = z.object({
  access_key_id: z.string().min(1),
  secret_access_key: z.string().min(1),
  session_token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
});
export type ImageCredentials = Shown<typeof imageCredentialsSchema>;

const claimSchema = z.object({
  clone: z.object({
    url: z.string().min(1),
    reach: repositoryReachSchema.default("public"),
    /** `null` or the value of an HTTP `Authorization` header. Never has line breaks: it becomes a header. */
    authorization: z
      .string()
      .regex(/^[^\r\n]+$/)
      .nullable(),
    /** Empty: the head of `branch`. */
    commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})?$/),
    branch: z.string().min(1),
  }),
  build: z.object({
    root_dir: z.string(),
    /** Relative to the root directory; it may lie outside of it, within the repository. */
    dockerfile: z.string().min(1),
    platform: z.string().min(1),
    /** By the names of the Dockerfile's `ARG`s. */
    args: z.record(z.string(), z.string()).default({}),
    /** By the ids under which the Dockerfile mounts them. */
    secrets: z.record(z.string(), z.string()).default({}),
    /** Names of secrets that the app has and whose values are gone. */
    lost_secrets: z.array(z.string()).default([]),
    /** The stage to build; `null`: the last one. */
    target: z.string().nullable().default(null),
  }),
  image: z.object({
    repository: z.string().min(1),
    tag: z.string().min(1),
    registry: z.string().min(1),
    credentials: imageCredentialsSchema,
    /** Where the build finds what earlier ones left, and leaves it for later ones, for which it has `seconds`; `null`: nowhere. */
    cache: z
      .object({
        repository: z.string().min(1),
        from: z.array(z.string().min(1)),
        to: z.string().min(1),
        seconds: z.number().positive(),
      })
      .nullable()
      .default(null),
    /** The images of BuildKit from which docker may start a builder, the better one first. */
    builders: z.array(z.string().min(1)).default([]),
  }),
  deadline: z.iso.datetime({ offset: true }),
});
/** What a build is to do. */
export type Claim = Shown<typeof claimSchema>;

/** The body of a 200 to `/api/builds/claim`. */
export const claimAnswerSchema = enveloped(claimSchema);

/** The body of a 200 to `/api/builds/credentials`. */
export const credentialsAnswerSchema = enveloped(imageCredentialsSchema);

/**
 * A line of the log; `timestamp` is RFC 3339 UTC. Just one line each, so that nobody writes what reads like a line of somebody else.
 * If a line was cut, or overwritten, `before` and `after` have its context: it is used for redaction, and not stored.
 */
const lineSchema = logLineSchema.extend({
  // A replacement may be longer than what it replaces.
  line: z
    .string()
    .max(2 * longestReported.longest)
    .regex(/^[^\n]*\n$/),
  before: z.string().max(longestReported.around).optional(),
  after: z.string().max(longestReported.around).optional(),
});
export type Line = Shown<typeof lineSchema>;

/** The full hash that was checked out, and the first line of its message, of 200 characters at most. */
const clonedSchema = z.object({ commit: z.string().max(64), message: z.string().max(500) });
export type Cloned = Shown<typeof clonedSchema>;

const stepSchema = z.object({ number: z.number().int(), of: z.number().int() });
export type Step = Shown<typeof stepSchema>;

export type FailureCode =
  | "repository_not_found"
  | "repository_empty"
  | "branch_not_found"
  | "commit_not_found"
  | "clone_failed"
  | "root_dir_missing"
  | "dockerfile_missing"
  | "dockerfile_invalid"
  | "container_engine_required"
  | "build_arg_unknown"
  | "build_target_unknown"
  | "build_secret_missing"
  | "architecture_missing"
  | "build_failed"
  | "base_image_rate_limited"
  | "push_failed"
  | "build_timed_out";

const finishedSchema = z.object({
  outcome: z.enum(["succeeded", "failed"]),
  stage: buildStageSchema,
  /** A {@link FailureCode}, or that of a newer reporter. */
  code: z.string().max(100).nullable(),
  message: z.string().max(4000).nullable(),
  exit_code: z.number().int().nullable(),
  image_digest: z.string().max(100).nullable(),
  /** The steps of the Dockerfile that were begun. A replacement in a name may be longer than what it replaces. */
  steps: z
    .array(buildStepSchema.extend({ name: z.string().max(2 * longestStepName) }))
    .max(mostBuildSteps)
    .optional(),
});
/** How a build ended, as a reporter of this version says it. */
export type Finished = Shown<typeof finishedSchema> & { readonly code: FailureCode | null };
/** How a build ended, as it is received. */
export type ReportedEnd = z.output<typeof finishedSchema>;

/** The body of a request to `/api/builds/report`. */
export const reportRequestSchema = z.object({
  ...build,
  /** The number of the first of `lines`; where `lines` is empty, of the next line to come. */
  first: z.number().int().positive(),
  lines: z.array(lineSchema).max(500).default([]),
  cloned: clonedSchema.optional(),
  step: stepSchema.optional(),
  finished: finishedSchema.optional(),
});
/** A report, without the build that it is about. */
export type BuildReportRequest = Omit<Shown<typeof reportRequestSchema>, keyof typeof build | "finished"> & {
  readonly finished?: Finished;
};
export type ReportRequest = BuildReportRequest & Pick<ClaimRequest, keyof typeof build>;

/** The body of a 200 to `/api/builds/report`: the number of the next line. */
export const reportAnswerSchema = enveloped(z.object({ next: z.int().positive() }));

/** The body of a 409 to `/api/builds/report`. */
export const linesMissingSchema = errorSchema.extend({
  code: z.literal("lines_missing"),
  data: z.object({ next: z.int().positive() }),
});
export type LinesMissing = Shown<typeof linesMissingSchema>;
