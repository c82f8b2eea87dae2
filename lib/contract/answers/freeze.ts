import { freezeSchema as stored } from "../../core/freeze.ts";
import { timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

export const freezeSchema = stored
  .extend({
    actor: stored.shape.actor.describe("Who froze."),
    since: timestamp,
    until: timestamp.describe("It ends by itself then."),
  })
  .meta({ id: "Freeze", description: "A time in which pushes are not deployed, and people deploy only by override." });
export type ShownFreeze = Shown<typeof freezeSchema>;
