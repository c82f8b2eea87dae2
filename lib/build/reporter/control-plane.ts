import type { IncomingMessage } from "node:http";
import { text as textOf } from "node:stream/consumers";
import type * as z from "zod";
import {
  type BuildReportRequest,
  type Claim,
  type ClaimRequest,
  claimAnswerSchema,
  credentialsAnswerSchema,
  type ImageCredentials,
  linesMissingSchema,
  type OrderRequest,
  type ReportRequest,
  reportAnswerSchema,
} from "../../contract/build.ts";
import type { Configuration } from "./configuration.ts";
import { parseJson } from "./json.ts";
import type { Surroundings } from "./surroundings.ts";

/** An answer that may be different next time. `reason` is for people; `afterMs` is when the server asked to be left alone until. */
interface TryAgain {
  readonly kind: "again";
  readonly reason: string;
  readonly afterMs: number;
}

type ClaimAnswer =
  | { readonly kind: "claimed"; readonly claim: Claim }
  /** Another attempt would get the same. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
  | TryAgain;

export type ReportAnswer =
  | { readonly kind: "accepted"; readonly next: number }
  | { readonly kind: "lines_missing"; readonly next: number }
  /** The build is no longer wanted. */
  | { readonly kind: "unwanted"; readonly status: number }
  | TryAgain;

type CredentialsAnswer =
  | { readonly kind: "renewed"; readonly credentials: ImageCredentials }
  /** The build is no longer wanted. */
  | { readonly kind: "unwanted"; readonly status: number }
  | TryAgain;

/** The control plane as a build sees it. Each call is one request; none ever rejects. */
export interface ControlPlane {
  /** Aborting gives up on the answer. */
  claim(signal: AbortSignal): Promise<ClaimAnswer>;
  report(report: BuildReportRequest): Promise<ReportAnswer>;
  /** Fresh credentials for the registry. Aborting gives up on the answer. */
  credentials(signal: AbortSignal): Promise<CredentialsAnswer>;
}

/** How long an answer may take. API Gateway gives up after 29 s. */
const ANSWER_MS = 30_000;
/** How long a `Retry-After` is believed. */
const MAX_RETRY_AFTER_S = 60;

/** Speaks for one build, with a token that this very process invented. */
export function controlPlane(
  { url, deploymentId, attempt, ticket }: Configuration,
  token: string,
  after: Surroundings["after"],
): ControlPlane {
  const whose = { deployment_id: deploymentId, attempt };
  const headers = { authorization: `Bearer ${token}` };
  return {
    claim: async (signal) => {
      const request: ClaimRequest = { ...whose, ticket, token };
      const answer = await post(`${url}/api/builds/claim`, request, {}, after, signal);
      if (answer.kind === "again") return answer;
      if (answer.status === 200)
        return parsed(claimAnswerSchema, answer, ({ data }) => ({ kind: "claimed", claim: data }));
      if (isTransient(answer.status)) return again(answer);
      return { kind: "refused", status: answer.status, reason: answer.text };
    },
    credentials: async (signal) => {
      const request: OrderRequest = whose;
      const answer = await post(`${url}/api/builds/credentials`, request, headers, after, signal);
      if (answer.kind === "again") return answer;
      if (answer.status === 200)
        return parsed(credentialsAnswerSchema, answer, ({ data }) => ({ kind: "renewed", credentials: data }));
      return isTransient(answer.status) ? again(answer) : { kind: "unwanted", status: answer.status };
    },
    report: async (report) => {
      const request: ReportRequest = { ...whose, ...report };
      const answer = await post(`${url}/api/builds/report`, request, headers, after);
      if (answer.kind === "again") return answer;
      if (answer.status === 200)
        return parsed(reportAnswerSchema, answer, ({ data }) => ({ kind: "accepted", next: data.next }));
      if (answer.status === 409)
        return parsed(linesMissingSchema, answer, ({ data }) => ({ kind: "lines_missing", next: data.next }));
      if (answer.status === 401 || answer.status === 410) return { kind: "unwanted", status: answer.status };
      return again(answer);
    },
  };
}

interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

const isTransient = (status: number): boolean => status >= 500 || status === 408 || status === 425 || status === 429;

function again({ status, retryAfter, text }: Answer): TryAgain {
  const seconds = Number(retryAfter ?? 0);
  const afterMs = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_S) * 1000 : 0;
  return { kind: "again", reason: `HTTP ${status} ${text.slice(0, 200)}`.trim(), afterMs };
}

/** A body that is not what the protocol says comes from something in between, such as a proxy: worth another attempt. */
function parsed<T, A>(schema: z.ZodType<T>, answer: Answer, use: (body: T) => A): A | TryAgain {
  const body = schema.safeParse(parseJson(answer.text));
  return body.success ? use(body.data) : again(answer);
}

async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  after: Surroundings["after"],
  signal?: AbortSignal,
): Promise<Answer | TryAgain> {
  const timeout = new AbortController();
  const abandon = (): void => timeout.abort();
  signal?.addEventListener("abort", abandon, { once: true });
  const cancel = after(ANSWER_MS, () => timeout.abort(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
  try {
    const all = { "content-type": "application/json", ...headers };
    const response = await send(url, JSON.stringify(body), all, timeout.signal);
    const { statusCode: status = 0, headers: answered } = response;
    const text = await textOf(response);
    // The token is for the control plane and nobody it may point to.
    if (status >= 300 && status < 400) return { kind: "again", reason: `HTTP ${status}: a redirect`, afterMs: 0 };
    return { kind: "answer", status, retryAfter: answered["retry-after"] ?? null, text };
  } catch (error) {
    return { kind: "again", reason: reasonOf(timeout.signal.aborted ? timeout.signal.reason : error), afterMs: 0 };
  } finally {
    cancel();
    signal?.removeEventListener("abort", abandon);
  }
}

/**
 * One POST, whose redirects are not followed. Not by `fetch`, and with no more than it needs: to load all that there is takes more
 * processor time than all else that the reporter of a short build does.
 */
async function send(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request } = process.getBuiltinModule(url.startsWith("https:") ? "node:https" : "node:http");
  return new Promise((resolve, reject) => {
    request(url, { method: "POST", headers, signal }, resolve).once("error", reject).end(body);
  });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
