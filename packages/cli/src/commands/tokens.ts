import type { Token } from "@slipway/monitor/client";
import type { Command, Given } from "../command.ts";
import type { Context } from "../context.ts";
import { Cancelled, UsageError } from "../failure.ts";
import { idOf, yes } from "../options.ts";
import { table } from "../output/table.ts";
import { ago } from "../output/words.ts";
import { appNamed } from "../repository/find.ts";

const roles = ["viewer", "deployer", "admin"] as const;

const listTokens: Command = {
  name: "list",
  summary: "lists tokens: who has them and what they may, not the tokens themselves",
  examples: ["tokens list"],
  run: async (context) => {
    const tokens = await context.client.listTokens();
    if (context.json) return context.printJson(tokens);
    const now = context.world.now();
    const when = (time: string | null) => (time === null ? "never" : ago(time, now));
    const columns = [
      { title: "ID", align: "right" as const, cell: ({ id }: Token) => String(id) },
      { title: "NAME", cell: ({ name }: Token) => name, shrinksTo: 12 },
      { title: "ROLE", cell: ({ role }: Token) => role },
      { title: "APPS", cell: ({ apps }: Token) => apps?.join(", ") ?? "all", shrinksTo: 8 },
      { title: "GITHUB", cell: ({ github }: Token) => github ?? "–", shrinksTo: 8 },
      { title: "EXPIRES", cell: ({ expires_at }: Token) => expires_at?.slice(0, 16).replace("T", " ") ?? "never" },
      { title: "LAST USED", cell: ({ last_used_at }: Token) => when(last_used_at) },
    ];
    return context.print(table(columns, tokens, context.format));
  },
};

const createToken: Command = {
  name: "create",
  summary: "makes a token and prints it, this once",
  description: "On standard output is the token and nothing else, so that it can be piped to where it belongs.",
  arguments: [{ name: "name", summary: "who or what it is for", required: true }],
  options: [
    { name: "role", value: "role", choices: roles, summary: "what it may (deployer)" },
    { name: "app", value: "app", many: true, completes: "app", summary: "only this app; may be given several times" },
    { name: "github", value: "account", summary: "whose GitHub account may sign in to the dashboard with it, too" },
    { name: "expires", value: "when", summary: "30d, 12h, or a time as 2027-01-31T12:00:00Z (never)" },
  ],
  examples: ["tokens create ci --app shop --expires 90d", "tokens create ada --role admin"],
  run: async (context, given) => {
    const role = roles.find((known) => known === (given.text("role") ?? "deployer")) ?? "deployer";
    const names = given.list("app");
    const apps = names.length === 0 ? [] : await context.client.listApps();
    const expiresAt = expiryOf(context, given);
    const github = given.text("github");
    const made = await context.client.createToken({
      name: given.required("name"),
      role,
      ...(names.length === 0 ? {} : { apps: names.map((name) => appNamed(apps, name).id) }),
      ...(expiresAt === null ? {} : { expiresAt }),
      ...(github === undefined ? {} : { github }),
    });
    if (context.json) return context.printJson(made);
    context.note(`Token ${made.id} for ${made.name}, ${made.role}. It is shown only now:`);
    return context.print(`${made.token}\n`);
  },
};

function expiryOf({ world }: Context, given: Given): string | null {
  const text = given.text("expires");
  if (text === undefined) return null;
  const [, number, unit] = /^(\d+)([hd])$/.exec(text) ?? [];
  const ms =
    number === undefined ? Date.parse(text) : world.now() + Number(number) * (unit === "h" ? 3_600_000 : 86_400_000);
  if (Number.isNaN(ms) || Math.abs(ms) > 8.64e15)
    throw new UsageError(`--expires ${text} is no time.`, "One looks like 30d, 12h or 2027-01-31T12:00:00Z.");
  return new Date(ms).toISOString();
}

const revokeToken: Command = {
  name: "revoke",
  summary: "takes a token from its holder, at once",
  arguments: [{ name: "id", summary: "its number, as slipway tokens list shows it", required: true }],
  options: [yes],
  examples: ["tokens revoke 3", "tokens revoke 3 --yes"],
  run: async (context, given) => {
    const id = idOf(given.required("id"));
    if (!given.has("yes")) await beSure(context, id);
    await context.client.revokeToken(id);
    return context.json ? context.printJson({ id }) : context.print(`Token ${id} is revoked.\n`);
  },
};

/** A number is easily mistaken, a name is not. */
async function beSure(context: Context, id: number): Promise<void> {
  const token = (await context.client.listTokens()).find((known) => known.id === id);
  const question = `Revoke token ${id}${token === undefined ? "" : ` of ${token.name}`}?`;
  if (!(await context.confirm(question, false, false))) throw new Cancelled();
}

export const tokens: Command = {
  name: "tokens",
  summary: "lists, makes and revokes tokens",
  commands: [listTokens, createToken, revokeToken],
};
