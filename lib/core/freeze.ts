import { inlineText } from "@slipway/text/inert";
import * as z from "zod";

/** For how long no app is deployed automatically, and why. */
export const freezeSchema = z.object({
  reason: z.string(),
  /** Who froze, as people read it. */
  actor: z.string(),
  actor_id: z.string().nullable(),
  since: z.string(),
  /** It ends by itself then. */
  until: z.string(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** The freeze that counts at this time; `null`: none, or it is over. */
export const freezeAt = (freeze: Freeze | null, now: string): Freeze | null =>
  freeze !== null && Date.parse(now) < Date.parse(freeze.until) ? freeze : null;

/** That deployments are frozen, until when, by whom and why, in one sentence and one line. */
export const frozenSentence = ({ until, actor, reason }: Freeze): string =>
  inlineText(`Deployments are frozen until ${minuteOf(until)} by ${actor}: ${reason}`);

/** `2026-11-30 08:00 UTC`. */
const minuteOf = (timestamp: string): string =>
  `${new Date(timestamp).toISOString().slice(0, 16).replace("T", " ")} UTC`;
