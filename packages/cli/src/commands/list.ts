import { stages } from "@slipway/monitor/client";
import type { Command } from "../command/command.ts";
import { numberOf } from "../command/settings.ts";
import { deploymentColumns } from "../output/deployments.ts";
import { table } from "../output/table.ts";
import { noApps } from "../output/words.ts";
import { appNamed } from "../repository/find.ts";
import { UsageError } from "../system/failure.ts";

export const list: Command = {
  name: "list",
  summary: "List recent deployments of one app or all apps",
  arguments: [{ name: "app", summary: "App name or number (default: all apps)", required: false, completes: "app" }],
  options: [
    { name: "stage", value: "stage", choices: stages, summary: "Only deployments in this stage" },
    { name: "limit", value: "n", summary: "Maximum number of deployments, up to 100 (default: 20)" },
  ],
  examples: ["list", "list shop --stage failed"],
  run: async (context, given) => {
    const name = given.argument("app");
    const limit = numberOf("limit", given.text("limit") ?? "20");
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      throw new UsageError("--limit must be between 1 and 100.");
    const apps = await context.client.listApps();
    const { items } = await context.client.listDeployments({
      appId: name === undefined ? undefined : appNamed(apps, name).id,
      stage: stages.find((stage) => stage === given.text("stage")),
      limit,
    });
    if (context.json) return context.printJson(items);
    if (items.length === 0) return context.note(none(name, given.text("stage"), apps.length));
    const columns = deploymentColumns(apps, context.color, context.deps.now());
    // Of one app its name would stand in each line.
    const shown = name === undefined ? columns : columns.filter(({ title }) => title !== "APP");
    return context.print(table(shown, items, context.format));
  },
};

function none(app: string | undefined, stage: string | undefined, apps: number): string {
  const of = app === undefined ? "" : ` of ${app}`;
  const whose = app === undefined ? "" : ` ${app}`;
  if (stage !== undefined) return `No deployments${of} in stage ${stage}. Run slipway list${whose} to see all stages.`;
  if (apps === 0) return noApps;
  return `No deployments${of} yet. Run slipway deploy ${app ?? "<app>"} to deploy.`;
}
