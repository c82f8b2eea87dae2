import * as z from "zod";
import type { HeaderList } from "../apigateway/message.ts";

/** Headers that a policy adds, and those it takes away. */
export interface HeadersPolicy {
  readonly add: readonly { readonly name: string; readonly value: string; readonly override: boolean }[];
  /** Lower-case names. */
  readonly remove: readonly string[];
}

const Flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const Security = z.object({
  ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string(), Override: Flag }).optional(),
  ContentTypeOptions: z.object({ Override: Flag }).optional(),
  FrameOptions: z.object({ FrameOption: z.string(), Override: Flag }).optional(),
  ReferrerPolicy: z.object({ ReferrerPolicy: z.string(), Override: Flag }).optional(),
  StrictTransportSecurity: z
    .object({
      AccessControlMaxAgeSec: z.coerce.number(),
      IncludeSubdomains: Flag.default(false),
      Preload: Flag.default(false),
      Override: Flag,
    })
    .optional(),
  XSSProtection: z.object({ Protection: Flag, ModeBlock: Flag.default(false), Override: Flag }).optional(),
});
const Custom = z.object({ Header: z.string(), Value: z.string(), Override: Flag });
const Properties = z.object({
  ResponseHeadersPolicyConfig: z.object({
    SecurityHeadersConfig: Security.default({}),
    CustomHeadersConfig: z.object({ Items: z.array(Custom) }).default({ Items: [] }),
    RemoveHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string() })) }).default({ Items: [] }),
  }),
});

type Added = HeadersPolicy["add"][number];

function securityHeaders(config: z.infer<typeof Security>): Added[] {
  const { ContentSecurityPolicy: csp, ContentTypeOptions: type, FrameOptions: frame } = config;
  const { ReferrerPolicy: referrer, StrictTransportSecurity: strict, XSSProtection: xss } = config;
  const transport = strict && [
    `max-age=${strict.AccessControlMaxAgeSec}`,
    ...(strict.IncludeSubdomains ? ["includeSubDomains"] : []),
    ...(strict.Preload ? ["preload"] : []),
  ];
  const all: (Added | undefined)[] = [
    csp && { name: "content-security-policy", value: csp.ContentSecurityPolicy, override: csp.Override },
    type && { name: "x-content-type-options", value: "nosniff", override: type.Override },
    frame && { name: "x-frame-options", value: frame.FrameOption, override: frame.Override },
    referrer && { name: "referrer-policy", value: referrer.ReferrerPolicy, override: referrer.Override },
    strict &&
      transport && { name: "strict-transport-security", value: transport.join("; "), override: strict.Override },
    xss && {
      name: "x-xss-protection",
      value: xss.Protection ? `1${xss.ModeBlock ? "; mode=block" : ""}` : "0",
      override: xss.Override,
    },
  ];
  return all.filter((header) => header !== undefined);
}

/** Reads an `AWS::CloudFront::ResponseHeadersPolicy`: security, custom and removed headers. */
export function headersPolicy(properties: unknown): HeadersPolicy {
  const { ResponseHeadersPolicyConfig: config } = Properties.parse(properties);
  const custom = config.CustomHeadersConfig.Items.map(({ Header, Value, Override }) => ({
    name: Header,
    value: Value,
    override: Override,
  }));
  return {
    add: [...securityHeaders(config.SecurityHeadersConfig), ...custom],
    remove: config.RemoveHeadersConfig.Items.map(({ Header }) => Header.toLowerCase()),
  };
}

/** The headers under the policy. What the origin set stays where the policy does not override. */
export function applyPolicy(policy: HeadersPolicy, headers: HeaderList): HeaderList {
  const present = new Set(headers.map(([name]) => name.toLowerCase()));
  const added = policy.add.filter(({ name, override }) => override || !present.has(name.toLowerCase()));
  const replaced = new Set(added.map(({ name }) => name.toLowerCase()));
  const kept = headers.filter(([name]) => {
    const key = name.toLowerCase();
    return !replaced.has(key) && !policy.remove.includes(key);
  });
  return [...kept, ...added.map(({ name, value }) => [name, value] as const)];
}
