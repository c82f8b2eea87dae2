import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { Permission } from "../../kernel/service.ts";
import { type Action, action, type Condition, condition } from "./model.ts";
import type { Store, Tags } from "./store.ts";

export const operation = operationsOf("ValidationError");

/** A list of the query protocol, where an empty one is an empty string. */
export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === "" ? [] : value), z.array(item));

export const number = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** `[{Key, Value}]` as a record. */
export const tagList = list(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256).default("") }))
  .transform((tags) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])))
  .default({});

export const resourceName = z
  .string()
  .max(32)
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, "may hold letters, digits and hyphens, at most 32");

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html */
const redirectConfig = z
  .object({
    Protocol: z
      .string()
      .regex(/^(HTTPS?|#\{protocol\})$/)
      .default("#{protocol}"),
    Port: z
      .string()
      .regex(/^(\d{1,5}|#\{port\})$/)
      .default("#{port}"),
    Host: z.string().min(1).max(128).default("#{host}"),
    Path: z.string().min(1).max(128).startsWith("/").default("/#{path}"),
    Query: z.string().max(128).default("#{query}"),
    StatusCode: z.enum(["HTTP_301", "HTTP_302"]),
  })
  .refine(
    ({ Protocol, Port, Host, Path }) => `${Protocol}${Port}${Host}${Path}` !== "#{protocol}#{port}#{host}/#{path}",
    "The redirect configuration is not valid because it creates a loop.",
  );

const weighted = z.object({ TargetGroupArn: z.string(), Weight: number(0, 999).default(1) });
const actionInput = z
  .object({
    Type: z.enum(["forward", "fixed-response", "redirect"]),
    TargetGroupArn: z.string().optional(),
    ForwardConfig: z.object({ TargetGroups: list(weighted).default([]) }).optional(),
    RedirectConfig: redirectConfig.optional(),
    FixedResponseConfig: z
      .object({
        StatusCode: number(200, 599),
        ContentType: z.string().default("text/plain"),
        MessageBody: z.string().max(1024).default(""),
      })
      .optional(),
  })
  .transform((input): unknown => {
    if (input.Type === "redirect") return { Type: input.Type, ...input.RedirectConfig };
    if (input.Type === "fixed-response") return { Type: input.Type, ...input.FixedResponseConfig };
    const single = input.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: input.TargetGroupArn, Weight: 1 }];
    const groups = input.ForwardConfig?.TargetGroups ?? [];
    return { Type: input.Type, TargetGroups: groups.length > 0 ? groups : single };
  })
  .pipe(action);
/** Exactly one, as neither authentication nor the like is there that could come before it. */
export const actions = list(actionInput).refine((all) => all.length === 1, "exactly one action is needed");

/** Where a condition carries its values, by its field. */
const CONFIGS = {
  "host-header": "HostHeaderConfig",
  "path-pattern": "PathPatternConfig",
  "http-header": "HttpHeaderConfig",
} as const satisfies Record<Condition["Field"], string>;
const values = z.object({ Values: list(z.string()) });
const conditionInput = z
  .object({
    Field: z.string(),
    Values: list(z.string()).optional(),
    HostHeaderConfig: values.optional(),
    PathPatternConfig: values.optional(),
    HttpHeaderConfig: values.extend({ HttpHeaderName: z.string().max(40) }).optional(),
  })
  .transform(({ Field, Values, ...input }): unknown => {
    const config = Object.hasOwn(CONFIGS, Field) ? input[CONFIGS[Field as Condition["Field"]]] : undefined;
    return { Field, Values, ...config };
  })
  .pipe(condition);
/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const MOST_CONDITION_VALUES = 5;
export const conditions = list(conditionInput)
  .refine((all) => all.length > 0, "at least one condition is needed")
  .refine(
    (all) => all.flatMap(({ Values }) => Values).length <= MOST_CONDITION_VALUES,
    `A rule can only have '${MOST_CONDITION_VALUES}' condition values`,
  );

export const paging = { Marker: z.string().optional(), PageSize: number(1, 400).default(400) };

/** One page of a list; the marker is the index of the next item. */
export function page<T>(items: readonly T[], input: { Marker?: string | undefined; PageSize: number }) {
  const from = Number(input.Marker ?? 0);
  const to = from + input.PageSize;
  return { items: items.slice(from, to), NextMarker: to < items.length ? String(to) : undefined };
}

export function showAction(one: Action): unknown {
  if (one.Type === "redirect") {
    const { Type, ...RedirectConfig } = one;
    return { Type, RedirectConfig };
  }
  if (one.Type === "fixed-response") {
    const { Type, StatusCode, ...config } = one;
    return { Type, FixedResponseConfig: { ...config, StatusCode: String(StatusCode) } };
  }
  const [only, ...others] = one.TargetGroups;
  return {
    Type: one.Type,
    TargetGroupArn: others.length === 0 ? only?.TargetGroupArn : undefined,
    ForwardConfig: { TargetGroups: one.TargetGroups, TargetGroupStickinessConfig: { Enabled: false } },
  };
}

export function showCondition({ Field, ...config }: Condition): unknown {
  const old = Field === "http-header" ? {} : { Values: config.Values };
  return { Field, ...old, [CONFIGS[Field]]: config };
}

/** What the operations of this service work on. */
export interface ElbDeps {
  readonly context: LocalContext;
  readonly store: Store;
}

const keyed = (prefix: string, tags: Tags): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));

/** For an operation on something that exists: its tags are conditions. */
export function onExisting({ store }: ElbDeps, name: string, arn: string): Permission {
  return { action: `elasticloadbalancing:${name}`, resource: arn, context: keyed("aws:ResourceTag", store.tags(arn)) };
}

/** For a `Describe…`, which has no resource-level permissions. */
export const describing = (name: string) => (): Permission[] => [
  { action: `elasticloadbalancing:${name}`, resource: "*" },
];

/** For a creation: with tags it needs `AddTags` on what it will make. `made` is the ARN with `*` for what AWS chooses. */
export function creating(name: string, resource: string, made: string, tags: Tags): Permission[] {
  const context = { ...keyed("aws:RequestTag", tags), "aws:TagKeys": Object.keys(tags) };
  const create = { action: `elasticloadbalancing:${name}`, resource, context };
  if (Object.keys(tags).length === 0) return [{ ...create, context: {} }];
  const tag = { ...context, "elasticloadbalancing:CreateAction": name };
  return [create, { action: "elasticloadbalancing:AddTags", resource: made, context: tag }];
}

/** `arn:aws:elasticloadbalancing:<region>:<account>:<rest>`. */
export const arnOf = ({ region, account }: LocalContext, rest: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${rest}`;
