import type { EndpointInput } from "../contract/endpoints.ts";
import { type EndpointAddress, type NotificationEndpoint, usualEvents } from "../core/endpoint.ts";
import type { ApiDeps } from "./deps.ts";
import { ApiError, type Detail } from "./errors.ts";

/** What becomes of the endpoints of an app. */
interface EndpointPlan {
  readonly endpoints: readonly NotificationEndpoint[];
  /** What goes to where secrets lie, by endpoint. */
  readonly addresses: readonly {
    readonly id: string;
    readonly given: Partial<Record<keyof EndpointAddress, string>>;
  }[];
  readonly removed: readonly string[];
}

type PlanDeps = Pick<ApiDeps, "outbound" | "mailFrom" | "now" | "hash" | "secret">;

/** The endpoints that a request asks for, beside those that are there. Refuses with everything that is wrong at once. */
export async function planEndpoints(
  deps: PlanDeps,
  before: readonly NotificationEndpoint[],
  asked: readonly EndpointInput[],
): Promise<EndpointPlan> {
  const known = new Map(before.map((endpoint) => [endpoint.id, endpoint]));
  const found = await Promise.all(asked.map((input) => problemOf(deps, known, input)));
  const details = found.flatMap((problem, index): Detail[] =>
    problem === null ? [] : [{ ...problem, field: `notifications.${index}.${problem.field}` }],
  );
  if (details.length > 0) {
    const named = details.map(({ field }) => field).join(", ");
    throw new ApiError("invalid_request", { sentence: `The request has invalid fields: ${named}.`, details });
  }
  const planned = asked.map((input) => planOne(deps, known.get(input.id ?? ""), input));
  const kept = new Set(planned.map(({ endpoint }) => endpoint.id));
  return {
    endpoints: planned.map(({ endpoint }) => endpoint),
    addresses: planned.map(({ endpoint, given }) => ({ id: endpoint.id, given })),
    removed: [...known.keys()].filter((id) => !kept.has(id)),
  };
}

async function problemOf(
  deps: PlanDeps,
  known: ReadonlyMap<string, NotificationEndpoint>,
  input: EndpointInput,
): Promise<Detail | null> {
  const before = input.id === undefined ? undefined : known.get(input.id);
  if (input.id !== undefined && before === undefined)
    return { field: "id", message: "is of no endpoint of this app; leave it out for a new one" };
  if (before !== undefined && before.type !== input.type)
    return { field: "type", message: `must stay ${before.type}; remove the endpoint and add another` };
  if (input.type === "email") {
    if (deps.mailFrom !== "") return null;
    return { field: "type", message: "must not be email: this installation has no MailFrom to send from" };
  }
  const message = input.url === undefined ? null : await deps.outbound.objection(input.url);
  return message === null ? null : { field: "url", message };
}

function planOne(deps: PlanDeps, before: NotificationEndpoint | undefined, input: EndpointInput) {
  const to = input.type === "email" ? (input.to ?? before?.to ?? null) : null;
  const url = input.type === "email" ? undefined : input.url;
  const secret = input.type === "webhook" ? input.secret : undefined;
  const isMoved = url !== undefined || to !== (before?.to ?? null);
  const endpoint: NotificationEndpoint = {
    id: before?.id ?? deps.secret().slice(0, 12),
    type: input.type,
    events: [...(input.events ?? before?.events ?? usualEvents(input.type))],
    host: hostOf(url, to) ?? before?.host ?? "",
    to,
    address_hash: url === undefined ? (before?.address_hash ?? null) : deps.hash(url),
    addressed_at: before === undefined || isMoved ? deps.now() : before.addressed_at,
  };
  return { endpoint, given: { ...(url === undefined ? {} : { url }), ...(secret === undefined ? {} : { secret }) } };
}

function hostOf(url: string | undefined, to: string | null): string | undefined {
  if (url !== undefined) return new URL(url).host;
  return to?.split("@").at(-1);
}
