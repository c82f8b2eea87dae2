import { formatDuration, type Run } from "@slipway/monitor/client";
import { commandLine } from "@slipway/text/words";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { appArgument } from "../command/options.ts";
import { numberOf } from "../command/settings.ts";
import type { Style } from "../output/colors.ts";
import { type Column, table } from "../output/table.ts";
import { ago } from "../output/words.ts";
import { findApp } from "../repository/find.ts";
import { UsageError } from "../system/failure.ts";

export const runs: Command = {
  name: "runs",
  summary: "List recent runs of an app: one-off commands, crons and release commands",
  arguments: [appArgument],
  options: [
    { name: "cron", value: "name", summary: "Only runs of this cron" },
    { name: "limit", value: "n", summary: "Maximum number of runs, up to 100 (default: 20)" },
  ],
  examples: ["runs shop", "runs shop --cron nightly"],
  run: async (context, given) => {
    const limit = numberOf("limit", given.text("limit") ?? "20");
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      throw new UsageError("--limit must be between 1 and 100.");
    const app = await findApp(context, given.argument("app"));
    const { items } = await context.client.listRuns(app.id, { limit, cron: given.text("cron") });
    if (context.json) return context.printJson(items);
    if (items.length === 0) return context.note(none(app.name, given.text("cron")));
    return context.print(table(columns(context), items, context.format));
  },
};

const none = (app: string, cron: string | undefined): string =>
  cron === undefined
    ? `No runs of ${app} yet. Run slipway run ${app} -- <command> to run a command once.`
    : `No runs of the cron ${cron} of ${app} yet. Run slipway apps show ${app} to see its crons.`;

const styles: Readonly<Record<Run["status"], Style>> = {
  pending: "dim",
  running: "cyan",
  succeeded: "green",
  failed: "red",
  cancelled: "dim",
};

const columns = ({ color, deps }: Context): readonly Column<Run>[] => [
  { title: "ID", align: "right", cell: ({ id }) => String(id) },
  {
    title: "BY",
    cell: ({ cron, trigger, actor }) => cron ?? (trigger === "release" ? "release command" : actor),
    shrinksTo: 15,
  },
  { title: "STATUS", cell: ({ status }) => status, style: (text, { status }) => color(styles[status], text) },
  { title: "EXIT", align: "right", cell: ({ exit_code: code }) => (code === null ? "–" : String(code)) },
  { title: "TOOK", align: "right", cell: took },
  { title: "WHEN", cell: ({ created_at }) => ago(created_at, deps.now()) },
  { title: "COMMAND", cell: ({ command }) => commandLine(command), shrinksTo: 16 },
];

const took = ({ started_at, finished_at }: Run): string =>
  started_at === null || finished_at === null
    ? "–"
    : formatDuration((Date.parse(finished_at) - Date.parse(started_at)) / 1000);
