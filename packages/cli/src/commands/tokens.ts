import type { Token } from "@slipway/monitor/client";
import type { Command, Given, Option } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { idOf, timeOf, yes } from "../command/options.ts";
import { table } from "../output/table.ts";
import { ago } from "../output/words.ts";
import { appNamed } from "../repository/find.ts";
import { Cancelled } from "../system/failure.ts";

const roles = ["viewer", "deployer", "admin"] as const;

const listTokens = {
  name: "list",
  summary: "List tokens, without their values",
  examples: ["tokens"],
  run: async (context) => {
    const tokens = await context.client.listTokens();
    if (context.json) return context.printJson(tokens);
    if (tokens.length === 0)
      return context.note(
        "No tokens yet. Run slipway tokens create ci to create one for a CI job, or slipway tokens invite ada to invite a person.",
      );
    const names = new Map((await context.client.listApps()).map(({ id, name }) => [id, name]));
    const now = context.deps.now();
    const when = (time: string | null) => (time === null ? "never" : ago(time, now));
    const appsOf = ({ apps }: Token) => apps?.map((id) => names.get(id) ?? `#${id}`).join(", ") ?? "all";
    const columns = [
      { title: "ID", align: "right" as const, cell: ({ id }: Token) => String(id) },
      { title: "NAME", cell: ({ name }: Token) => name, shrinksTo: 12 },
      { title: "ROLE", cell: ({ role }: Token) => role },
      { title: "CREATED", cell: ({ created_at }: Token) => created_at?.slice(0, 10) ?? "–" },
      { title: "EXPIRES", cell: ({ expires_at }: Token) => expires_at?.slice(0, 16).replace("T", " ") ?? "never" },
      { title: "LAST USED", cell: ({ last_used_at }: Token) => when(last_used_at) },
      { title: "APPS", cell: appsOf, goesBelow: true },
      { title: "GITHUB", cell: ({ github }: Token) => github ?? "–", shrinksTo: 8, optional: true },
    ];
    return context.print(table(columns, tokens, context.format));
  },
} satisfies Command;

const grantOptions: readonly Option[] = [
  { name: "role", value: "role", choices: roles, summary: "Role of the token (default: deployer)" },
  {
    name: "app",
    value: "app",
    many: true,
    completes: "app",
    summary: "Limit the token to this app; repeat for more apps",
  },
  { name: "github", value: "account", summary: "GitHub account that may sign in to the dashboard with this role" },
  { name: "expires", value: "when", summary: "Expiry: 30d, 12h or 2027-01-31T12:00:00Z (default: never)" },
];

/** What a new token may do, as it was typed. */
async function grantGiven(context: Context, given: Given) {
  const role = roles.find((known) => known === (given.text("role") ?? "deployer")) ?? "deployer";
  const names = given.list("app");
  const apps = names.length === 0 ? [] : await context.client.listApps();
  const expiresAt = timeOf(context, given, "expires");
  const github = given.text("github");
  return {
    name: given.required("name"),
    role,
    ...(names.length === 0 ? {} : { apps: names.map((name) => appNamed(apps, name).id) }),
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(github === undefined ? {} : { github }),
  };
}

const invite: Command = {
  name: "invite",
  summary: "Invite a person with a link that works once, within 24 hours",
  description: "Prints only the link to standard output. Send it to the person; whoever opens it first gets the token.",
  arguments: [{ name: "name", summary: "Name of the person", required: true }],
  options: grantOptions,
  examples: ["tokens invite grace --role deployer", "tokens invite grace --github grace-hopper --app shop"],
  run: async (context, given) => {
    const made = await context.client.createInvite(await grantGiven(context, given));
    if (context.json) return context.printJson(made);
    context.note(`Invitation for ${made.name}, ${made.role}. Withdraw it with slipway tokens revoke ${made.id}:`);
    return context.print(`${made.url}\n`);
  },
};

const createToken: Command = {
  name: "create",
  summary: "Create a token and print it once",
  description: "Prints only the token to standard output, so that you can pipe it to another command.",
  arguments: [{ name: "name", summary: "Name of the person or system that uses it", required: true }],
  options: grantOptions,
  examples: ["tokens create ci --app shop --expires 90d", "tokens create ada --role admin"],
  run: async (context, given) => {
    const made = await context.client.createToken(await grantGiven(context, given));
    if (context.json) return context.printJson(made);
    context.note(`Token ${made.id} for ${made.name}, ${made.role}. It won't be shown again:`);
    return context.print(`${made.token}\n`);
  },
};

const revokeToken: Command = {
  name: "revoke",
  summary: "Revoke a token immediately",
  arguments: [{ name: "id", summary: "Token number from slipway tokens", required: true }],
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
  summary: "Manage tokens",
  commands: [listTokens, invite, createToken, revokeToken],
  run: listTokens.run,
};
