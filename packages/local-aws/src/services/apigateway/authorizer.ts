import * as z from "zod";
import type { FunctionInvoker } from "../../kernel/part.ts";
import { globMatches } from "../iam/glob.ts";
import { type GatewayRequest, headerOf } from "./message.ts";

const OneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Statement = z.object({ Effect: z.enum(["Allow", "Deny"]), Action: OneOrMore, Resource: OneOrMore });
const Policy = z.object({
  Statement: z.union([Statement.transform((one) => [one]), z.array(Statement)]),
});
const Answer = z.object({
  principalId: z.coerce.string(),
  policyDocument: Policy,
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullish(),
});

/** What an authorizer said. `context` goes to `requestContext.authorizer`, all values strings as API Gateway makes them. */
export type Authorization =
  | { readonly kind: "allowed"; readonly context: Readonly<Record<string, string>> }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "denied"; readonly explicit: boolean; readonly context: Readonly<Record<string, string>> }
  /** The function failed. */
  | { readonly kind: "failed" }
  /** The function's answer is none that API Gateway understands. */
  | { readonly kind: "misconfigured" };

/** A REQUEST authorizer. */
export interface Authorizer {
  readonly functionArn: string;
  /** `method.request.header.X`, `route.request.querystring.X`: where one is missing the function is not asked. */
  readonly identitySources: readonly string[];
}

type Verdict = "allowed" | "denied explicitly" | "not allowed";

function judge(policy: z.infer<typeof Policy>, arn: string): Verdict {
  const about = policy.Statement.filter(
    (statement) =>
      statement.Action.some((action) => globMatches(action.toLowerCase(), "execute-api:invoke")) &&
      statement.Resource.some((resource) => globMatches(resource, arn)),
  );
  if (about.some((statement) => statement.Effect === "Deny")) return "denied explicitly";
  return about.length > 0 ? "allowed" : "not allowed";
}

function hasIdentity(source: string, request: GatewayRequest): boolean {
  const [, , place, name] = source.split(".");
  if (place === undefined || name === undefined) return true;
  const value = place === "header" ? headerOf(request.headers, name) : new URLSearchParams(request.query).get(name);
  return value !== undefined && value !== null && value !== "";
}

/** Asks the authorizer whether `arn` may be invoked. */
export async function authorize(
  invoker: FunctionInvoker,
  authorizer: Authorizer,
  request: GatewayRequest,
  event: Readonly<Record<string, unknown>>,
  arn: string,
): Promise<Authorization> {
  if (!authorizer.identitySources.every((source) => hasIdentity(source, request))) return { kind: "unauthorized" };
  const result = await invoker.invoke(authorizer.functionArn, { type: "REQUEST", methodArn: arn, ...event });
  if (!result.ok) return { kind: result.errorMessage === "Unauthorized" ? "unauthorized" : "failed" };
  const parsed = Answer.safeParse(result.payload);
  if (!parsed.success) return { kind: "misconfigured" };
  const given = Object.entries(parsed.data.context ?? {}).filter(([, value]) => value !== null);
  const context = {
    ...Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
    principalId: parsed.data.principalId,
  };
  const verdict = judge(parsed.data.policyDocument, arn);
  if (verdict === "allowed") return { kind: "allowed", context };
  return { kind: "denied", explicit: verdict === "denied explicitly", context };
}
