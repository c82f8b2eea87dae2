import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { currentFreeze, frozen } from "../command/holds.ts";
import { timeOf } from "../command/options.ts";
import { UsageError } from "../system/failure.ts";

const show = {
  name: "show",
  summary: "Show whether deployments are frozen",
  examples: ["freeze"],
  run: async (context) => {
    const freeze = await context.client.showFreeze();
    if (context.json) return context.printJson(freeze);
    if (freeze === null)
      return context.note(
        "Deployments are not frozen. An admin can run slipway freeze begin --until 24h --reason why.",
      );
    return context.print(`${frozen(freeze)}\n`);
  },
} satisfies Command;

const begin: Command = {
  name: "begin",
  summary: "Freeze deployments of all apps for a time",
  description: `Pushes are ignored until then, and not deployed later. What is in progress finishes.
Admins can override it with --override and a reason. Replaces the freeze that is there.`,
  options: [
    { name: "until", value: "when", summary: "Its end: 24h, 3d or 2027-01-04T08:00:00Z, at most 90 days from now" },
    { name: "reason", value: "text", summary: "Reason, shown to everyone" },
  ],
  examples: ["freeze begin --until 3d --reason 'Company holidays'"],
  run: async (context, given) => {
    const until = timeOf(context, given, "until");
    const reason = given.text("reason");
    if (until === null || reason === undefined)
      throw new UsageError("A freeze needs an end and a reason.", "Run slipway freeze begin --until 24h --reason why.");
    const freeze = await context.client.beginFreeze({ until, reason });
    return context.json ? context.printJson(freeze) : context.print(`${frozen(freeze)}\n`);
  },
};

const end: Command = {
  name: "end",
  summary: "End the freeze",
  description: "Pushes that were ignored meanwhile are not deployed.",
  examples: ["freeze end"],
  run: async (context) => {
    await context.client.endFreeze();
    return context.json ? context.printJson(null) : context.print("Deployments are not frozen.\n");
  },
};

export const freeze: Command = {
  name: "freeze",
  summary: "Freeze deployments of all apps for a time",
  commands: [show, begin, end],
  run: show.run,
};

/** Beside a result, that deployments are frozen. */
export async function noteFreeze(context: Context): Promise<void> {
  const current = await currentFreeze(context);
  if (current !== null) context.note(frozen(current));
}
