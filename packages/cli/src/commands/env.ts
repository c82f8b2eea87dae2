import type { App } from "@slipway/monitor/client";
import { type EnvChange, envChanges, envLine, readEnv, unreadEnvLines } from "@slipway/text/env-file";
import { inlineText } from "@slipway/text/inert";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { appArgument, yes } from "../command/options.ts";
import { secretsGiven } from "../command/secrets.ts";
import { readTextFile } from "../command/settings.ts";
import { changes } from "../output/settings.ts";
import { facts } from "../output/table.ts";
import { appNamed, findApp } from "../repository/find.ts";
import { Cancelled, UsageError } from "../system/failure.ts";

type Variables = Readonly<Record<string, string>>;

const secretOption = {
  name: "secret",
  value: "NAME",
  many: true,
  summary: "Set a secret; prompts for its value, or reads standard input",
} as const;

const list: Command = {
  name: "list",
  summary: "Print variables in the format of a .env file",
  description: "Secrets are named in comments: nobody sees their values again.",
  arguments: [appArgument],
  examples: ["env list shop", "env list shop > .env"],
  run: async (context, given) => {
    const { env, secrets, name } = await findApp(context, given.argument("app"));
    if (context.json) return context.printJson({ env, secrets });
    const names = Object.keys(env).toSorted();
    if (names.length === 0 && secrets.length === 0)
      return context.note(`${name} has no variables. Run slipway env set ${name} NAME=value.`);
    const lines = [
      ...names.map((variable) => envLine(variable, env[variable] ?? "")),
      ...secrets.map((secret) => `# ${secret} is a secret`),
    ];
    return context.print(`${lines.join("\n")}\n`);
  },
};

const set: Command = {
  name: "set",
  summary: "Set variables; others are kept",
  usage: "[app] <NAME=value...>",
  arguments: [words("App (default: the app of this repository), then NAME=value for each variable")],
  options: [secretOption],
  examples: ["env set shop LEVEL=debug REGION=eu", "env set shop --secret API_KEY"],
  run: async (context, given) => {
    const { app, rest } = await appAndRest(context, given, (word) => !word.includes("="));
    const given_ = Object.fromEntries(rest.map(pair));
    const secrets = await secretsGiven(context, given, "secret");
    if (rest.length === 0 && secrets === null)
      throw new UsageError("No variables to set.", `Run slipway env set ${app.name} NAME=value.`);
    const change = {
      ...(rest.length === 0 ? {} : { env: { ...app.env, ...given_ } }),
      ...(secrets === null ? {} : { secrets }),
    };
    return changed(context, app, change, Object.keys(secrets ?? {}));
  },
};

const unset: Command = {
  name: "unset",
  summary: "Remove variables or secrets",
  usage: "[app] <NAME...>",
  arguments: [words("App (default: the app of this repository), then the names to remove")],
  examples: ["env unset shop DEBUG", "env unset shop OLD_KEY LEVEL"],
  run: async (context, given) => {
    const { app, rest } = await appAndRest(context, given, isAppOrFirst);
    if (rest.length === 0)
      throw new UsageError("Which variables? Name them.", `Run slipway env unset ${app.name} NAME.`);
    const unknown = rest.filter((name) => !Object.hasOwn(app.env, name) && !app.secrets.includes(name));
    if (unknown.length > 0)
      throw new UsageError(
        `${app.name} has no variable ${unknown.join(", ")}.`,
        `Run slipway env list ${app.name} to see them.`,
      );
    const env = Object.fromEntries(Object.entries(app.env).filter(([name]) => !rest.includes(name)));
    const secrets = Object.fromEntries(app.secrets.filter((name) => rest.includes(name)).map((name) => [name, null]));
    return changed(context, app, { env, secrets }, []);
  },
};

const importFile: Command = {
  name: "import",
  summary: "Set all variables of a .env file",
  description: "Shows what changes and asks first. Variables that the file does not name are kept.",
  usage: "[app] <file>",
  arguments: [words("App (default: the app of this repository), then the file; - reads standard input")],
  options: [yes],
  examples: ["env import shop .env", "env import shop - --yes < .env"],
  run: async (context, given) => {
    const { app, rest } = await appAndRest(context, given, isAppOrFirst);
    const [file] = rest;
    if (file === undefined || rest.length > 1)
      throw new UsageError("Which file? Name one.", `Run slipway env import ${app.name} .env.`);
    const found = await variablesOf(context, file);
    const env = { ...app.env, ...found };
    const differences = envChanges(app.env, env);
    if (differences.length === 0) return context.note(`No changes: ${app.name} already has these variables.`);
    if (!context.json) context.print(shown(context, differences));
    const question = `Change ${count(differences.length)} of ${app.name}?`;
    if (!(await context.confirm(question, given.has("yes")))) throw new Cancelled();
    const after = await context.client.changeApp(app.id, { env });
    if (context.json) return context.printJson(after);
    return notLive(context, after);
  },
};

const diff: Command = {
  name: "diff",
  summary: "Compare variables with those of a .env file or another app",
  description: "From the app to the file or the other app. Secrets are compared by name.",
  usage: "[app] <file or other app>",
  arguments: [words("App (default: the app of this repository), then a .env file or another app")],
  examples: ["env diff shop .env", "env diff staging production"],
  run: async (context, given) => {
    const { app, apps, rest } = await compared(context, await appAndRest(context, given, isAppOrFirst));
    const [wanted] = rest;
    if (wanted === undefined || rest.length > 1)
      throw new UsageError(
        `Compare ${app.name} with what? Name one file, or another app.`,
        `Run slipway env diff ${app.name} .env.`,
      );
    const other = apps.find(({ name }) => name === wanted);
    const after = other === undefined ? await variablesOf(context, wanted) : allOf(other);
    const before = other === undefined ? app.env : allOf(app);
    const differences = envChanges(before, after);
    if (context.json) return context.printJson(differences);
    if (differences.length === 0) return context.note("No differences.");
    return context.print(shown(context, differences));
  },
};

export const env: Command = {
  name: "env",
  summary: "Manage variables and secrets of an app",
  commands: [list, set, unset, importFile, diff],
};

function words(summary: string) {
  return { name: "words", summary, required: false, many: true, completes: "app" } as const;
}

/** Whether a word names an app. `isKnown`: there is one of that name; `after`: how many words follow. */
type IsApp = (word: string, isKnown: boolean, after: number) => boolean;

/** Where something has to follow the app. What could be the name of one and is none is a mistake, and not a variable or file. */
const isAppOrFirst: IsApp = (word, isKnown, after) => isKnown || (after > 0 && /^(#?\d+|[a-z][a-z\d-]*)$/.test(word));

/** The app that the first word names, or the one of this repository, and the words after. */
async function appAndRest(context: Context, given: Given, isApp: IsApp) {
  const [first, ...others] = given.list("words");
  const apps = await context.client.listApps();
  const isKnown = apps.some(({ name, id }) => first === name || first === String(id));
  if (first !== undefined && isApp(first, isKnown, others.length))
    return { app: appNamed(apps, first), apps, rest: others };
  const rest = first === undefined ? [] : [first, ...others];
  return { app: await findApp(context, undefined), apps, rest };
}

type Named = Awaited<ReturnType<typeof appAndRest>>;

/** An app alone is the other one, where this repository has an app. */
async function compared(context: Context, named: Named): Promise<Named> {
  if (named.rest.length > 0) return named;
  const here = await findApp(context, undefined).catch((error) => {
    if (error instanceof UsageError) return named.app;
    throw error;
  });
  return here.id === named.app.id ? named : { ...named, app: here, rest: [named.app.name] };
}

function pair(word: string): [string, string] {
  const at = word.indexOf("=");
  if (at < 1) throw new UsageError(`${word} has no value.`, "Write each variable as NAME=value.");
  return [word.slice(0, at), word.slice(at + 1)];
}

async function variablesOf(context: Context, file: string): Promise<Variables> {
  const text = await readTextFile(context, file);
  const [unread] = unreadEnvLines(text);
  if (unread !== undefined)
    throw new UsageError(
      `Line ${unread} of ${file} does not have the form NAME=value.`,
      "Change it, or put a # before it, then run the command again.",
    );
  const found = Object.fromEntries(readEnv(text));
  if (Object.keys(found).length > 0) return found;
  throw new UsageError(
    `No line of ${file} has the form NAME=value.`,
    "Write each variable on a line, NAME=value, then run the command again.",
  );
}

/** Of two apps secrets are compared too, as far as they can be: by name. */
const allOf = ({ env: variables, secrets }: App): Variables => ({
  ...variables,
  ...Object.fromEntries(secrets.map((name) => [name, "(secret)"])),
});

async function changed(
  context: Context,
  before: App,
  change: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Promise<undefined> {
  const after = await context.client.changeApp(before.id, change);
  if (context.json) return context.printJson(after);
  const lines = changes(before, after, secrets, []);
  if (lines.length === 0) return context.note(`No changes: ${after.name} already has these variables.`);
  context.print(facts(lines, context.format));
  return notLive(context, after);
}

function notLive(context: Context, { name, pending_changes: pending, live_deployment_id: live }: App): undefined {
  if (pending.length > 0) context.note(`Not live yet: ${pending.join(", ")}. Run slipway restart ${name} to apply.`);
  else if (live === null) context.note(`They apply on the first deployment. Run slipway deploy ${name}.`);
}

const signs = { added: "+", removed: "-", changed: "~" } as const;

/** One line a variable, as `+ NAME=value`. */
function shown({ color }: Context, differences: readonly EnvChange[]): string {
  return differences
    .map(({ name, before, after }) => {
      if (before === null) return color("green", `${signs.added} ${inlineText(envLine(name, after ?? ""))}\n`);
      if (after === null) return color("red", `${signs.removed} ${inlineText(envLine(name, before))}\n`);
      return color(
        "yellow",
        `${signs.changed} ${inlineText(`${envLine(name, before)} → ${envLine("", after).slice(1)}`)}\n`,
      );
    })
    .join("");
}

const count = (number: number): string => `${number} ${number === 1 ? "variable" : "variables"}`;
