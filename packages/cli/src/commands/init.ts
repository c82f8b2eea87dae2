import type { App } from "@slipway/monitor/client";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { yes } from "../command/options.ts";
import { flagOf, settingOptions, settingsGiven } from "../command/settings.ts";
import { table } from "../output/table.ts";
import { placeOf } from "../repository/find.ts";
import { listFiles, readWorkTree, type WorkTree } from "../repository/git.ts";
import { appsOf } from "../repository/match.ts";
import { lookAt } from "../repository/proposal/look.ts";
import { type MissingDockerfile, missingDockerfile, writeDockerfile } from "../repository/proposal/missing.ts";
import { dockerfilesOf, type Proposal } from "../repository/proposal/propose.ts";
import { Cancelled, UsageError } from "../system/failure.ts";

export const init: Command = {
  name: "init",
  summary: "Create an app from the current repository",
  description: `Reads the Dockerfile, package.json and source, and proposes settings with the reason for each. Nothing is created until you confirm;
then it creates the app on the server. Flags take precedence over what it finds. If there is no Dockerfile, it proposes one
and writes it after you confirm, for you to read, commit and push.`,
  options: [yes, { name: "dry-run", summary: "Show the proposal without creating the app" }, ...settingOptions(false)],
  examples: ["init", "init --name shop --port 8080", "init --dry-run --json"],
  run: async (context, given) => {
    const tree = await workTree(context);
    const missing = await lookForDockerfile(context, given, tree);
    if (missing !== null) return offerDockerfile(context, given, tree, missing);
    const apps = await context.client.listApps();
    const { input, proposal } = await proposed(context, given, tree, apps);
    const [there] = appsOf(apps, placeOf(tree), String(input.rootDir));
    if (given.has("dry-run") && context.json) return context.printJson(input);
    if (!context.json) context.print(shown(context, proposal, input));
    if (there !== undefined)
      context.note(`${there.name} is already built from this directory. This would be another app.`);
    if (given.has("dry-run")) return undefined;
    const app = await create(context, given, input);
    if (context.json) return context.printJson(app);
    context.print(`Created app ${app.name} (${app.id}).\n`);
    return context.note("Run slipway up to deploy the checked-out commit.");
  },
};

/** What to propose where there is no Dockerfile and none was named; `null`: there is one, or nothing is known to propose. */
async function lookForDockerfile({ deps }: Context, given: Given, tree: WorkTree): Promise<MissingDockerfile | null> {
  if (given.text("dockerfile") !== undefined || given.text("root-dir") !== undefined) return null;
  const files = await listFiles(deps, tree);
  return dockerfilesOf({ files }, tree.directory).length > 0 ? null : missingDockerfile(tree, files);
}

async function offerDockerfile(
  context: Context,
  given: Given,
  tree: WorkTree,
  missing: MissingDockerfile,
): Promise<undefined> {
  const { path, proposal } = missing;
  if (given.has("dry-run") && context.json) return context.printJson({ path, ...proposal });
  if (!context.json) context.print(`${proposal.dockerfile}\n`);
  context.note(`There is no Dockerfile. This is one for ${proposal.of}.`);
  if (given.has("dry-run")) return undefined;
  if (!(await context.confirm(`Write it to ${path}?`, given.has("yes")))) throw new Cancelled();
  const written = writeDockerfile(tree, missing);
  if (context.json) return context.printJson({ written });
  context.print(`Wrote ${written.join(" and ")}.\n`);
  return context.note("Read it, commit and push it, then run slipway up.");
}

export async function workTree({ deps }: Context): Promise<WorkTree> {
  const tree = await readWorkTree(deps);
  if (tree === null)
    throw new UsageError(
      "This is not a Git repository.",
      "Change to a repository, or run git init and create a commit.",
    );
  if (tree.head === null) throw new UsageError("This repository has no commits yet.", "Create one with git commit.");
  return tree;
}

type Input = Record<string, unknown>;

/** What was found, and what was typed instead. */
export async function proposed(
  context: Context,
  given: Given,
  tree: WorkTree,
  apps: readonly App[],
): Promise<{ input: Input; proposal: Proposal }> {
  const typed = await settingsGiven(context, given, null);
  const { rootDir, dockerfile } = typed;
  const isNamed = rootDir !== undefined || dockerfile !== undefined;
  const wanted = isNamed
    ? [rootDir ?? ".", dockerfile ?? "Dockerfile"].filter((part) => part !== ".").join("/")
    : undefined;
  const proposal = await lookAt(context, tree, apps, wanted);
  const found = Object.fromEntries(Object.entries(proposal).map(([field, { value }]) => [field, value]));
  // Of a Dockerfile in a folder the folder is the root, unless another one was typed.
  return { input: { ...found, ...typed }, proposal };
}

/** What is proposed and why, for whoever says yes to it. */
export function shown(context: Context, proposal: Proposal, input: Input): string {
  const reasons = new Map<string, string>(Object.entries(proposal).map(([field, { because }]) => [field, because]));
  const rows = Object.entries(input).flatMap(([field, value]) => {
    const isFound = Object.entries(proposal).some(([name, found]) => name === field && found.value === value);
    const text =
      field === "secrets"
        ? Object.keys(Object(value)).join(", ")
        : value === null
          ? "from the image"
          : typeof value === "object"
            ? JSON.stringify(value)
            : String(value);
    return [{ field, text, why: isFound ? (reasons.get(field) ?? "") : "as you say" }];
  });
  type Row = (typeof rows)[number];
  const columns = [
    { title: "SETTING", cell: ({ field }: Row) => flagOf(field) },
    { title: "VALUE", cell: ({ text }: Row) => text },
    { title: "WHY", cell: ({ why }: Row) => why, goesBelow: true },
  ];
  return table(columns, rows, context.format);
}

export async function create(context: Context, given: Given, input: Input): Promise<App> {
  const isAgreed = await context.confirm(
    `Create the app ${String(input.name)} at ${context.server.url}?`,
    given.has("yes"),
  );
  if (!isAgreed) throw new Cancelled();
  return context.client.createApp(input);
}
