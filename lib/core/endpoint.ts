import { notifiedStages } from "@slipway/monitor/stages";
import * as z from "zod";
import { stageSchema } from "./stage.ts";

export const endpointTypeSchema = z.enum(["slack", "discord", "webhook", "email"]);
export type EndpointType = z.infer<typeof endpointTypeSchema>;

/** What an endpoint can be notified of: that a deployment entered a stage, or that a run of a cron failed or did not start. */
export const noticeEventSchema = z.enum([...stageSchema.options, "run_failed"]);
export type NoticeEvent = z.infer<typeof noticeEventSchema>;

/** What an endpoint is notified of unless somebody says otherwise. Programs that know deployments only have to ask for more. */
export const usualEvents = (type: EndpointType): readonly NoticeEvent[] =>
  type === "webhook" ? notifiedStages : [...notifiedStages, "run_failed"];

/** Where an app's notices go. The address itself and the secret that signs are SSM SecureStrings; nobody is shown them again. */
const endpointSchema = z.object({
  id: z.string(),
  type: endpointTypeSchema,
  events: z.array(noticeEventSchema),
  /** Of the address; by which people recognize endpoints. */
  host: z.string(),
  /** Of an e-mail the address, which is no secret; otherwise `null`. */
  to: z.string().nullable(),
  /** SHA-256 of the address, from which nobody can derive it. Two apps may notify the same hook, whose limit counts both. */
  address_hash: z.string().nullable(),
  /** When it got its address: whether one works says nothing of the next. */
  addressed_at: z.string(),
});
export type NotificationEndpoint = z.infer<typeof endpointSchema>;

/** The endpoints in a row. Before there were notices, anything flat could be stored here: that goes nowhere. */
export const endpointsSchema = z.array(z.unknown()).transform((entries) =>
  entries.flatMap((entry) => {
    const parsed = endpointSchema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  }),
);

/** How sending to an endpoint went lately, at the address that it has had since `addressed_at`. */
export const endpointHealthSchema = z.object({
  endpoint_id: z.string(),
  addressed_at: z.string(),
  /** `null`: the last notice arrived, or there was none yet. */
  failing_since: z.string().nullable().default(null),
  last_error: z.string().nullable().default(null),
  last_sent_at: z.string().nullable().default(null),
  /** It asked to be left alone until then. */
  quiet_until: z.string().nullable().default(null),
});
export type EndpointHealth = z.infer<typeof endpointHealthSchema>;

/** The health of an endpoint among those of its app; nothing is known of one that was never sent to. */
export function healthOf(
  { id, addressed_at }: Pick<NotificationEndpoint, "id" | "addressed_at">,
  healths: readonly EndpointHealth[],
): EndpointHealth {
  const found = healths.find((one) => one.endpoint_id === id && one.addressed_at === addressed_at);
  return found ?? endpointHealthSchema.parse({ endpoint_id: id, addressed_at });
}

/** An endpoint as people see it: which it is, and whether it works. */
export function presentEndpoint(endpoint: NotificationEndpoint, healths: readonly EndpointHealth[]) {
  const { addressed_at: _, address_hash: __, ...shown } = endpoint;
  return { ...shown, ...presentHealth(healthOf(endpoint, healths)) };
}

/** What people see of a health. */
export const presentHealth = ({ failing_since, last_error, last_sent_at }: EndpointHealth) => ({
  failing_since,
  last_error,
  last_sent_at,
});

/** What of an endpoint is secret. */
export interface EndpointAddress {
  /** Where its notices are sent. */
  readonly url: string;
  /** What signs them; `null`: they are not signed. */
  readonly secret: string | null;
}

/** What became of an attempt to send to an endpoint. */
export type Attempted =
  | { readonly outcome: "sent" }
  /** It asked for a pause, which is no failure. */
  | { readonly outcome: "postponed"; readonly until: string }
  | { readonly outcome: "failed"; readonly error: string };
