import type { ErrorCode } from "../../contract/errors.ts";
import { ApiError } from "../errors.ts";
import type { Described } from "./operation.ts";

/** Errors that every write can get before its body is validated. */
const ofWrites: readonly ErrorCode[] = [
  "malformed_json",
  "invalid_request",
  "foreign_origin",
  "body_too_large",
  "unsupported_media_type",
  "storage_unavailable",
];

const ofPaths: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ["/api/apps/:id", "app_not_found"],
  ["/api/deployments/:id", "deployment_not_found"],
  ["/api/runs/:id", "run_not_found"],
  ["/api/tokens/:id", "token_not_found"],
];

/** With which codes an operation may be refused, by status; failures of ours are `5XX`. */
export function refusalsOf({ route, operation }: Described): ReadonlyMap<string, readonly ErrorCode[]> {
  const { method, path, role, from } = route;
  const codes = new Set<ErrorCode>([
    ...(role === null ? [] : (["unauthorized"] as const)),
    ...(role === null && from === "anywhere" ? [] : (["foreign_origin"] as const)),
    ...(method === "GET" ? [] : ofWrites),
    ...(method === "GET" || role === null ? [] : (["csrf_required"] as const)),
    ...(role === null || role === "viewer" ? [] : (["forbidden"] as const)),
    ...(operation.query === undefined ? [] : (["invalid_request"] as const)),
    ...(operation.idempotent ? (["idempotency_conflict"] as const) : []),
    ...(path.includes(":id") ? (["not_found"] as const) : []),
    ...ofPaths.filter(([prefix]) => path.startsWith(prefix)).map(([, code]) => code),
    ...(operation.errors ?? []),
    "too_many_requests",
    "internal_error",
  ]);
  return Map.groupBy(codes, (code) => (code === "internal_error" ? "5XX" : String(new ApiError(code).status)));
}
