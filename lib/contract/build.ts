import type { Surrounding } from "@slipway/text/redactor";
import * as z from "zod";
import type { BuildStep } from "../core/deployment/build-result.ts";
import type { BuildStage } from "../core/deployment/stage.ts";
import { repositoryReachSchema } from "../core/repository-address.ts";

/**
 * What goes over the wire between a build and the control plane: "The build's own protocol" in docs/architecture.md.
 */

/** `null` or the value of an HTTP `Authorization` header. Never has line breaks: it becomes a header. */
const authorization = z
  .string()
  .regex(/^[^\r\n]+$/)
  .nullable();

const claim = z.object({
  clone: z.object({
    url: z.string().min(1),
    reach: repositoryReachSchema.default("public"),
    authorization,
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
  image: z.object({ repository: z.string().min(1), tag: z.string().min(1), registry: z.string().min(1) }),
  deadline: z.iso.datetime({ offset: true }),
});

/** The body of a 200 to `/api/builds/claim`. */
export const claimAnswer = z.object({ success: z.literal(true), data: claim });

/** The body of a 200 to `/api/builds/report`. */
export const reportAnswer = z.object({ success: z.literal(true), data: z.object({ next: z.int().positive() }) });

/** The body of a 409 to `/api/builds/report`. */
export const linesMissing = z.object({
  code: z.literal("lines_missing"),
  data: z.object({ next: z.int().positive() }),
});

/** What a build is to do. */
export type Claim = z.infer<typeof claim>;

/**
 * A line of the log. `line` ends in exactly one `\n`; `timestamp` is RFC 3339 UTC. Of a line that was cut, or written over, `before`
 * and `after` say what stands around it: they are for redaction, and not stored.
 */
export interface Line extends Surrounding {
  readonly line: string;
  readonly timestamp: string;
  readonly stream: "stdout" | "stderr" | "system";
}

/** The full hash that was checked out, and the first line of its message, of 200 characters at most. */
export interface Cloned {
  readonly commit: string;
  readonly message: string;
}

export interface Step {
  readonly number: number;
  readonly of: number;
}

export type FailureCode =
  | "repository_not_found"
  | "repository_empty"
  | "branch_not_found"
  | "commit_not_found"
  | "clone_failed"
  | "root_dir_missing"
  | "dockerfile_missing"
  | "dockerfile_invalid"
  | "build_arg_unknown"
  | "build_target_unknown"
  | "build_secret_missing"
  | "build_failed"
  | "base_image_rate_limited"
  | "push_failed"
  | "build_timed_out";

export interface Finished {
  readonly outcome: "succeeded" | "failed";
  readonly stage: BuildStage;
  readonly code: FailureCode | null;
  readonly message: string | null;
  readonly exit_code: number | null;
  readonly image_digest: string | null;
  /** Of a build that succeeded: the steps of its Dockerfile. */
  readonly steps?: readonly BuildStep[];
}

/** What one report says, beside whose it is. */
export interface BuildReportRequest {
  /** The number of the first of `lines`; where `lines` is empty, of the next line to come. */
  readonly first: number;
  readonly lines: readonly Line[];
  readonly cloned?: Cloned;
  readonly step?: Step;
  readonly finished?: Finished;
}
