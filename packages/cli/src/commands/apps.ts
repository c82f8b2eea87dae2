import type { App } from "@slipway/monitor/client";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { appArgument, yes } from "../command/options.ts";
import { settingOptions, settingsGiven } from "../command/settings.ts";
import { changes, shownSettings } from "../output/settings.ts";
import { type Column, facts, table } from "../output/table.ts";
import { noApps } from "../output/words.ts";
import { findApp } from "../repository/find.ts";
import { Cancelled, exit, UsageError } from "../system/failure.ts";
import { noteFreeze } from "./freeze.ts";

const list = {
  name: "list",
  summary: "List apps",
  examples: ["apps"],
  run: async (context) => void (await listApps(context)),
} satisfies Command;

/** Prints the apps; answers how many there are. */
export async function listApps(context: Context): Promise<number> {
  const apps = await context.client.listApps();
  if (context.json) context.printJson(apps);
  else if (apps.length === 0) context.note(noApps);
  else {
    context.print(table(appColumns(apps), apps, context.format));
    await noteFreeze(context);
  }
  return apps.length;
}

const appColumns = (apps: readonly App[]): readonly Column<App>[] => [
  { title: "ID", align: "right", cell: ({ id }) => String(id) },
  { title: "NAME", cell: ({ name }) => name },
  { title: "LIVE", align: "right", cell: (app) => String(app.live_deployment_id ?? ""), optional: true },
  { title: "HEALTH", cell: ({ health }) => health ?? "unknown", optional: true },
  // Of most apps pushes are deployed, which needs no column.
  ...(apps.some((app) => pushesOf(app) !== "deployed") ? [{ title: "PUSHES", cell: pushesOf }] : []),
  { title: "BRANCH", cell: ({ branch }) => branch, shrinksTo: 8, optional: true },
  { title: "ADDRESS", cell: ({ url }) => url ?? "", goesBelow: true },
  { title: "REPOSITORY", cell: ({ repo_url }) => repo_url, goesBelow: true },
];

/** What becomes of pushes to its branch. */
const pushesOf = ({ pinned, auto_deploy }: App): string => (pinned ? "held" : auto_deploy ? "deployed" : "paused");

const createApp: Command = {
  name: "create",
  summary: "Create an app",
  description: "Does not deploy it. To create an app from a repository, use slipway init.",
  arguments: [{ name: "name", summary: "App name, a unique DNS label; or use --name", required: false }],
  options: settingOptions(false),
  examples: [
    "apps create shop --repo-url https://github.com/acme/shop --health-check-path /healthz",
    "apps create shop --from shop.json",
    "apps create shop --repo-url /srv/git/shop --env LEVEL=debug --secret API_KEY < key.txt",
  ],
  run: async (context, given) => {
    const name = given.argument("name");
    const input = await settingsGiven(context, given, null);
    const app = await context.client.createApp({ ...input, ...(name === undefined ? {} : { name }) });
    if (context.json) return context.printJson(app);
    context.print(`Created app ${app.name} (${app.id}).\n`);
    return context.note(`Run slipway deploy ${app.name} to deploy it.`);
  },
};

const showApp: Command = {
  name: "show",
  summary: "Show an app and its settings",
  arguments: [appArgument],
  examples: ["apps show shop"],
  run: async (context, given) => {
    const app = await findApp(context, given.argument("app"));
    return context.json ? context.printJson(app) : context.print(facts(shownSettings(app), context.format));
  },
};

const setApp: Command = {
  name: "set",
  summary: "Change settings of an app",
  description: "Other settings are kept. Changes apply on the next deployment.",
  arguments: [appArgument],
  options: settingOptions(true),
  examples: [
    "apps set shop --port 8080 --env LEVEL=info --unset-env DEBUG",
    "apps set shop --strategy canary --percent 20",
    "apps set shop --secret API_KEY",
  ],
  run: changeApp,
};

async function changeApp(context: Context, given: Given): Promise<undefined> {
  const before = await findApp(context, given.argument("app"));
  const input = await settingsGiven(context, given, before);
  if (Object.keys(input).length === 0)
    throw new UsageError("No settings to change.", "Run slipway apps set --help for a list of settings.");
  const after = await context.client.changeApp(before.id, input);
  if (context.json) return context.printJson(after);
  const shown = changes(before, after, Object.keys(Object(input.secrets)), Object.keys(Object(input.buildSecrets)));
  if (shown.length === 0) return context.note(`No changes: ${after.name} already has these settings.`);
  context.print(facts(shown, context.format));
  if (before.auto_deploy && !after.auto_deploy)
    context.note(`Pushes are not deployed until someone runs slipway apps set ${after.name} --auto-deploy true.`);
  if (after.pending_changes.length > 0)
    context.note(`Not live yet: ${after.pending_changes.join(", ")}. Run slipway restart ${after.name} to apply.`);
  return undefined;
}

const deleteApp: Command = {
  name: "delete",
  summary: "Delete an app and everything it runs",
  description: "Asks you to type the app's name to confirm. This can't be undone.",
  arguments: [{ ...appArgument, summary: "App name or number", required: true }],
  options: [yes],
  examples: ["apps delete shop"],
  run: async (context, given) => {
    const app = await findApp(context, given.required("app"));
    await beSure(context, given, app);
    await context.client.deleteApp(app.id);
    return context.json ? context.printJson({ id: app.id }) : context.print(`Deleted ${app.name}.\n`);
  },
};

async function beSure({ deps, json }: Context, given: Given, { name }: App): Promise<void> {
  if (given.has("yes")) return;
  if (deps.questions === null || json)
    throw new UsageError(
      "Not deleted: confirmation is required.",
      "To delete it without confirmation, run it again with --yes.",
    );
  const typed = await deps.questions.text(`Type ${name} to delete it with all that runs of it`, "");
  if (typed.trim() !== name) throw new Cancelled();
}

const unpinApp: Command = {
  name: "unpin",
  summary: "Resume deploying pushes after a rollback",
  arguments: [appArgument],
  examples: ["apps unpin shop"],
  run: async (context, given) => {
    const { id } = await findApp(context, given.argument("app"));
    const app = await context.client.unpinApp(id);
    if (context.json) context.printJson(app);
    else context.print(`Unpinned ${app.name}: pushes to ${app.branch} are deployed again.\n`);
    return exit.done;
  },
};

export const apps: Command = {
  name: "apps",
  summary: "Manage apps",
  commands: [list, createApp, showApp, setApp, deleteApp, unpinApp],
  run: list.run,
};
