import { type Endpoint, notifiedStages } from "@slipway/monitor/client";
import { type Problems, problemsOfError, problemsOfIssues } from "../form/problems.ts";
import { patchAppSchema } from "../form/schemas.ts";

/** An endpoint while it is typed. Of one that is stored, an empty address or secret is kept. */
export interface EndpointDraft {
  readonly id: string | undefined;
  readonly type: Endpoint["type"];
  readonly events: Endpoint["events"];
  readonly url: string;
  readonly to: string;
  readonly secret: string;
}

const newEndpoint: EndpointDraft = {
  id: undefined,
  type: "slack",
  events: [...notifiedStages, "run_failed"],
  url: "",
  to: "",
  secret: "",
};

export const draftOfEndpoint = (endpoint: Endpoint | null): EndpointDraft =>
  endpoint === null
    ? newEndpoint
    : { ...newEndpoint, id: endpoint.id, type: endpoint.type, events: endpoint.events, to: endpoint.to ?? "" };

/** What the API gets of an endpoint that stays as it is. */
export const kept = ({ id, type }: Endpoint): EndpointInput => ({ id, type });

export type EndpointInput = Readonly<Record<string, unknown>>;

function toInput({ id, type, events, url, to, secret }: EndpointDraft): EndpointInput {
  const given = { ...(id === undefined ? {} : { id }), type, events };
  if (type === "email") return { ...given, ...filled({ to }) };
  return { ...given, ...filled(type === "webhook" ? { url, secret } : { url }) };
}

const filled = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts)
      .map(([name, text]) => [name, text.trim()] as const)
      .filter(([, text]) => text !== ""),
  );

/** What may be sent, or what is wrong, by field. */
export function validateEndpoint(draft: EndpointDraft): { input: EndpointInput } | { problems: Problems } {
  const input = toInput(draft);
  const parsed = patchAppSchema.safeParse({ notifications: [input] });
  return parsed.success ? { input } : { problems: withinEndpoint(problemsOfIssues(parsed.error.issues)) };
}

/** What the server said of the endpoint that was sent. */
export const problemsOfRefusal = (error: unknown): Problems =>
  withinEndpoint(problemsOfError(error instanceof Error ? error : new Error(String(error)), ["notifications"]));

const withinEndpoint = (problems: Problems): Problems =>
  Object.fromEntries(
    Object.entries(problems).map(([field, message]) => [field.replace(/^notifications\.\d+\.?/, ""), message]),
  );
