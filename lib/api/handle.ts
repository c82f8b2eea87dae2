import type { Holder } from "../core/access/credential.ts";
import type { Principal } from "../core/access/principal.ts";
import { largestBody } from "../core/limits.ts";
import { SecretsThrottled } from "../core/secrets-throttled.ts";
import { readableApp } from "./apps.ts";
import { recordAction } from "./audit.ts";
import { readableDeployment } from "./deployments.ts";
import type { Answer, ApiDeps } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { isForeign, isNavigation } from "./origin.ts";
import { anonymous, hasRole, tooLow } from "./principal.ts";
import { elsewhere, type Route, routes } from "./routes.ts";
import { readableRun } from "./runs.ts";

/** A request as it arrives, before anything of it is believed. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** `null`: no credentials were asked for or given. */
  readonly principal: Principal | null;
  /** What a write must repeat; `null`: nothing, since no cookie authenticates. */
  readonly csrf: string | null;
  /** What the principal stands on; `null`: on nothing that can be taken away. */
  readonly holder?: Holder | null;
  readonly address: string;
}

/** Finds the route, checks who asks, reads the body, and runs it. Throws `ApiError`. */
export async function handle(deps: ApiDeps, request: ApiRequest): Promise<Answer> {
  const { route, id } = find(request);
  const principal = request.principal ?? (route.role === null ? anonymous : null);
  if (principal === null) throw new ApiError("unauthorized");
  if (!admitsForeign(route, request)) refuseForged(deps, request);
  await admit(deps, route, principal, id);
  const body = readBody(request);
  const { csrf, holder = null, query, headers, address } = request;
  const name = `${route.method} ${route.path}`;
  const action = route.audit?.action ?? "";
  const call = { principal, csrf, holder, route: name, action, id, query, body, headers, address };
  const answer = await route.run(deps, call).catch((error: unknown) => {
    if (!(error instanceof SecretsThrottled)) throw error;
    deps.logger.error("Secrets were not written", { error });
    throw new ApiError("secrets_throttled", { sentence: error.message, headers: { "Retry-After": "10" } });
  });
  const recorded = route.audit?.describe && recordAction(deps, route.audit.describe, call, answer);
  await Promise.all([answer.underWay, recorded]);
  return answer;
}

/** Whether a page of another origin may ask for it, too. */
const admitsForeign = ({ from }: Route, { method, headers }: ApiRequest): boolean =>
  from === "anywhere" || (from === "links" && isNavigation(method, headers));

/**
 * A browser adds its cookie to whatever a page makes it send. So a page elsewhere may ask for nothing, also where no
 * authorizer has checked its origin, and for writes in a session the value counts that only our own pages can read.
 */
export function refuseForged(
  deps: Pick<ApiDeps, "allowedOrigins">,
  { method, headers, csrf }: Pick<ApiRequest, "method" | "headers" | "csrf">,
): void {
  if (isForeign(headers, deps.allowedOrigins)) throw new ApiError("foreign_origin");
  if (method !== "GET" && csrf !== null && headers["x-slipway-csrf"] !== csrf) throw new ApiError("csrf_required");
}

/** Refuses whose role is too low; but what they do not see is not there, whatever their role. */
async function admit(deps: ApiDeps, route: Route, principal: Principal, id: number): Promise<void> {
  if (route.role === null || hasRole(principal, route.role)) return;
  if (route.path.startsWith("/api/apps/:id")) await readableApp(deps, { principal }, id);
  if (route.path.startsWith("/api/deployments/:id")) await readableDeployment(deps, { principal }, id);
  if (route.path.startsWith("/api/runs/:id")) await readableRun(deps, { principal }, id);
  throw tooLow(principal, route.role);
}

function find(request: ApiRequest): { route: Route; id: number } {
  const matching = routes.flatMap((route) => {
    const id = match(route.path, request.path);
    return id === null ? [] : [{ route, id }];
  });
  const found = matching.find(({ route }) => route.method === request.method);
  if (found !== undefined) return found;
  const others = elsewhere.filter(({ path }) => match(path, request.path) !== null);
  const allowed = [...matching.map(({ route }) => route.method), ...others.map(({ method }) => method)];
  if (allowed.length === 0) throw new ApiError("not_found");
  const Allow = allowed.join(", ");
  throw new ApiError("method_not_allowed", { sentence: `Allowed methods: ${Allow}.`, headers: { Allow } });
}

const named = ":id";

/** The id in the path, 0 where the path has none; `null`: it does not match. */
function match(pattern: string, path: string): number | null {
  const at = pattern.indexOf(named);
  if (at === -1) return pattern === path ? 0 : null;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + named.length)];
  if (!path.startsWith(before) || !path.endsWith(after) || path.length <= before.length + after.length) return null;
  const id = path.slice(before.length, path.length - after.length);
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;
}

function readBody({ body, headers, method }: ApiRequest): unknown {
  if (body === null || body === "" || method === "GET") return undefined;
  if (Buffer.byteLength(body) > largestBody.request) throw new ApiError("body_too_large");
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== undefined && type !== "application/json") throw new ApiError("unsupported_media_type");
  try {
    return JSON.parse(body, refuseReserved);
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError("malformed_json");
  }
}

/** JavaScript reads these from every object, libraries too: data under such a name is lost on its way, or taken for something else. */
function refuseReserved(name: string, value: unknown): unknown {
  if (name !== "__proto__" && name !== "constructor") return value;
  const details = [{ field: name, message: "is a reserved name" }];
  throw new ApiError("invalid_request", { sentence: `The request has invalid fields: ${name}.`, details });
}
