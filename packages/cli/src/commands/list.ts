import { stages } from "@slipway/monitor/client";
import type { Command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { deploymentColumns } from "../output/deployments.ts";
import { table } from "../output/table.ts";
import { appNamed } from "../repository/find.ts";
import { numberOf } from "../settings.ts";

export const list: Command = {
  name: "list",
  summary: "lists the latest deployments, of one app or of all",
  arguments: [{ name: "app", summary: "its name or number", required: false, completes: "app" }],
  options: [
    { name: "stage", value: "stage", choices: stages, summary: "only those" },
    { name: "limit", value: "n", summary: "how many at most, up to 100 (20)" },
  ],
  examples: ["list", "list shop --stage failed"],
  run: async (context, given) => {
    const name = given.argument("app");
    const limit = numberOf("limit", given.text("limit") ?? "20");
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new UsageError("--limit must be from 1 to 100.");
    const apps = await context.client.listApps();
    const { items } = await context.client.listDeployments({
      appId: name === undefined ? undefined : appNamed(apps, name).id,
      stage: stages.find((stage) => stage === given.text("stage")),
      limit,
    });
    if (context.json) return context.printJson(items);
    if (items.length === 0) return context.note("There are none.");
    return context.print(table(deploymentColumns(apps, context.color, context.world.now()), items, context.format));
  },
};
