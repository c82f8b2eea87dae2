import * as z from "zod";
import { type EndpointType, noticeEventSchema } from "../core/endpoint.ts";
import { nameText } from "./text.ts";

/** What of an address can be said without looking its name up. */
const address = nameText(2000).refine(isWebAddress, "must be an https:// address without a user name and password");

function isWebAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && ["https:", "http:"].includes(url.protocol) && url.username === "" && url.password === "";
}

const common = {
  /** Of an endpoint that is there: what is not given of it stays. */
  id: z.string().min(1).max(100).optional(),
  events: z
    .array(noticeEventSchema)
    .min(1)
    .refine((events) => new Set(events).size === events.length, "must name each event once")
    .meta({ uniqueItems: true })
    .optional(),
};
const endpoint = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("slack"), ...common, url: address.optional() }),
    z.strictObject({ type: z.literal("discord"), ...common, url: address.optional() }),
    z.strictObject({
      type: z.literal("webhook"),
      ...common,
      url: address.optional(),
      /** Signs what is sent. */
      secret: z.string().min(16, "must have at least 16 characters").max(200).optional(),
    }),
    z.strictObject({
      type: z.literal("email"),
      ...common,
      to: z.email("must be an e-mail address").max(254).optional(),
    }),
  ])
  .meta({
    id: "EndpointInput",
    description:
      "A notification endpoint. A new one has no `id` and needs an address; with an `id`, omitted fields keep their values.",
  });
export type EndpointInput = z.infer<typeof endpoint>;

/** What an endpoint of each type cannot be without. */
const needed = {
  slack: ["url"],
  discord: ["url"],
  webhook: ["url", "secret"],
  email: ["to"],
} as const satisfies Readonly<Record<EndpointType, readonly string[]>>;

/** All endpoints of an app: what is not among them is removed. */
export const endpointsInputSchema = z
  .array(
    endpoint.superRefine((value, context) => {
      if (value.id !== undefined) return;
      const given: Readonly<Record<string, unknown>> = value;
      for (const field of needed[value.type]) {
        if (given[field] === undefined)
          context.addIssue({ code: "custom", path: [field], message: "must be given for a new endpoint" });
      }
    }),
  )
  .max(20)
  .superRefine((endpoints, context) => {
    const ids = endpoints.map(({ id }) => id);
    for (const [index, id] of ids.entries()) {
      if (id !== undefined && ids.indexOf(id) < index)
        context.addIssue({ code: "custom", path: [index, "id"], message: "must not be repeated" });
    }
  });
