import type * as z from "zod";
import type { ErrorCode } from "../../contract/errors.ts";
import type { Route, RouteName } from "../routes.ts";

export const tags = {
  Deployments: "Deploy apps, and follow and control deployments.",
  Apps: "What is deployed, and how.",
  Runs: "One-off commands and release commands.",
  Metrics: "Delivery metrics.",
  Access: "Tokens, sessions and the audit log.",
  System: "Health, GitHub, webhooks and these documents.",
} as const;

/** An answer that is no refusal. */
export interface Success {
  readonly description: string;
  /** Without one it has no body. */
  readonly schema?: z.ZodType;
  /** The media type of `schema`, where it is not JSON. */
  readonly type?: string;
  readonly example?: unknown;
  readonly headers?: readonly ("ETag" | "Set-Cookie")[];
}

/** What the table of routes does not say of one. */
export interface ApiOperation {
  /** `listApps`: as `packages/monitor/src/client` calls it, if it does. */
  readonly id: string;
  readonly tag: keyof typeof tags;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** `false`: it may be left out. */
  readonly needsBody?: boolean;
  /** A request with which the examples of the document are tried. */
  readonly example?: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown };
  /** With an `Idempotency-Key` the same request again leads to the same deployment or run. */
  readonly idempotent?: true;
  /** The `key` in the address is enough. */
  readonly keyed?: true;
  /** By status; more than one where it answers in several media types. */
  readonly answers: Readonly<Record<number, Success | readonly Success[]>>;
  /** What it may be refused with, beyond what every route of its kind may. */
  readonly errors?: readonly ErrorCode[];
}

/** What stands in the documents of a route; `internal`: nothing, since only Slipway itself calls it. */
export type Operations = Readonly<Record<RouteName, ApiOperation | "internal">>;
export type SomeOperations = Readonly<Partial<Operations>>;

/** A route with what is said of it. */
export interface Described {
  readonly route: Omit<Route, "run">;
  readonly operation: ApiOperation;
}
