import type { App, AppStatus } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import type { Color } from "../output/colors.ts";
import { type Column, table } from "../output/table.ts";
import { ago, noApps } from "../output/words.ts";
import { findApp } from "../repository/find.ts";
import { noteFreeze } from "./freeze.ts";

export const status: Command = {
  name: "status",
  summary: "Show whether apps are up, or the tasks of one app",
  arguments: [{ name: "app", summary: "App name or number (default: all apps)", required: false, completes: "app" }],
  examples: ["status", "status shop"],
  run: async (context, given) => {
    const name = given.argument("app");
    if (name === undefined) return allApps(context);
    const app = await findApp(context, name);
    const shown = await context.client.showAppStatus(app.id);
    if (context.json) return context.printJson(shown);
    const health = styled(context.color, shown.health, shown.health);
    context.print(`${inlineText(app.name)} is ${health}.\n`);
    if (shown.tasks.length === 0)
      return context.note(
        app.live_deployment_id === null
          ? `Nothing is live yet. Run slipway deploy ${app.name} to deploy it.`
          : `No tasks are running. Run slipway logs ${app.name} to see why, or slipway restart ${app.name}.`,
      );
    return context.print(`\n${table(taskColumns(context), shown.tasks, context.format)}`);
  },
};

async function allApps(context: Context): Promise<undefined> {
  const apps = await context.client.listApps();
  if (context.json)
    return context.printJson(
      apps.map(({ id, name, health, live_deployment_id, url }) => ({ id, name, health, live_deployment_id, url })),
    );
  if (apps.length === 0) return context.note(noApps);
  context.print(table(appColumns(context), apps, context.format));
  await noteFreeze(context);
  return undefined;
}

const appColumns = ({ color }: Context): readonly Column<App>[] => [
  { title: "APP", cell: ({ name }) => name },
  {
    title: "HEALTH",
    cell: ({ health }) => health ?? "unknown",
    style: (text, { health }) => styled(color, health, text),
  },
  {
    title: "RELEASE",
    cell: ({ live_deployment_id: id }) => (id === null ? "–" : `#${id}`),
    optional: true,
  },
  { title: "URL", cell: ({ url }) => url ?? "", goesBelow: true },
];

type Task = AppStatus["tasks"][number];

const taskColumns = ({ color, deps }: Context): readonly Column<Task>[] => [
  { title: "PROCESS", cell: ({ process }) => process },
  { title: "RELEASE", cell: ({ deployment_id: id }) => (id === null ? "–" : `#${id}`) },
  { title: "STATE", cell: ({ state }) => state },
  {
    title: "HEALTH",
    cell: ({ health }) => health ?? "–",
    style: (text, { health }) =>
      health === "healthy" ? color("green", text) : health === "unhealthy" ? color("red", text) : text,
  },
  { title: "SINCE", cell: ({ since }) => ago(since, deps.now()) },
  { title: "EXIT", cell: ({ exit_code: code }) => (code === null ? "–" : String(code)) },
  { title: "REASON", cell: ({ reason }) => reason ?? "", goesBelow: true },
];

function styled(color: Color, health: App["health"], text: string): string {
  if (health === "live") return color("green", text);
  if (health === "degraded") return color("yellow", text);
  return health === "down" ? color("red", text) : text;
}
