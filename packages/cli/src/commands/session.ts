import type { Me } from "@slipway/monitor/client";
import { RequestError } from "@slipway/monitor/client";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { type Configuration, readConfiguration, writeConfiguration } from "../configuration/file.ts";
import { isInClear, tidyUrl } from "../configuration/server.ts";
import { facts } from "../output/table.ts";
import { exit, UsageError } from "../system/failure.ts";

export const login: Command = {
  name: "login",
  summary: "Log in to a server",
  description: `Prompts for a token, checks it, and stores it so that only you can read it. Your own local mode on this machine needs no token.
npm run deploy shows where the first admin token is stored; create others with slipway tokens create.`,
  arguments: [{ name: "url", summary: "Server URL (default: the current server)", required: false }],
  options: [{ name: "token-stdin", summary: "Read the token from standard input" }],
  examples: ["login https://slipway.example.com", "login https://slipway.example.com --token-stdin < token.txt"],
  run: logIn,
};

async function logIn(context: Context, given: Given): Promise<undefined> {
  const url = given.argument("url") === undefined ? context.server.url : tidyUrl(given.required("url"));
  const open = given.has("token-stdin") ? null : await whoIs(context, url, null);
  // The command line or the environment may have named the token already.
  const token = open === null ? await tokenFor(context, given, url) : null;
  const me = open ?? (await context.clientOf({ url, token }).me());
  change(context, ({ servers }) => ({ current: url, servers: { ...servers, [url]: { token } } }));
  if (context.json) return context.printJson({ url, ...identity(me) });
  if (token !== null && isInClear(url))
    context.note("Warning: the token is sent to this server in clear text. Use https://.");
  context.print(
    `Logged in to ${url} as ${me.name} (${me.role}${appsOf(me)}).${token === null ? " No token is needed." : ""}\n`,
  );
  return undefined;
}

/** `null`: the server wants to know more. */
async function whoIs(context: Context, url: string, token: string | null): Promise<Me | null> {
  try {
    return await context.clientOf({ url, token }).me();
  } catch (error) {
    if (error instanceof RequestError && error.status === 401) return null;
    throw error;
  }
}

async function tokenFor({ deps, json, givenToken }: Context, given: Given, url: string): Promise<string> {
  if (given.has("token-stdin")) return tidy(await deps.readInput());
  if (givenToken !== null) return givenToken;
  if (deps.questions === null || json)
    throw new UsageError(
      `${url} needs a token.`,
      `Run slipway login ${url} --token-stdin < token.txt, or set SLIPWAY_TOKEN.`,
    );
  return tidy(await deps.questions.secret(`Your token for ${url}`));
}

function tidy(token: string): string {
  const text = token.trim();
  if (text === "") throw new UsageError("The token is empty.", "Run slipway login again, and paste the whole token.");
  return text;
}

export const logout: Command = {
  name: "logout",
  summary: "Log out of a server",
  description: "Removes the stored token. The token stays valid until slipway tokens revoke.",
  arguments: [{ name: "url", summary: "Server URL (default: the current server)", required: false }],
  examples: ["logout"],
  run: logOut,
};

async function logOut(context: Context, given: Given): Promise<undefined> {
  const url = given.argument("url") === undefined ? context.server.url : tidyUrl(given.required("url"));
  change(context, ({ current, servers }) => {
    const { [url]: _forgotten, ...others } = servers;
    return { current: current === url ? null : current, servers: others };
  });
  if (context.json) return context.printJson({ url });
  context.print(`Logged out of ${url}.\n`);
  return undefined;
}

export const whoami: Command = {
  name: "whoami",
  summary: "Show the current server, user and role",
  examples: ["whoami"],
  run: async (context) => {
    const { client, server, configurationPath } = context;
    const me = await client.me();
    if (context.json) {
      context.printJson({ url: server.url, ...identity(me) });
      return exit.done;
    }
    const others = Object.keys(readConfiguration(configurationPath).servers).filter((url) => url !== server.url);
    const known: [string, string][] = [
      ["server", server.url],
      ["name", me.name],
      ["role", me.role],
      ["apps", me.apps === null ? "all" : me.apps.join(", ")],
      ["token", server.token === null ? "not needed on your own machine" : "stored or provided"],
    ];
    context.print(facts([...known, ...others.map((url): [string, string] => ["also known", url])], context.format));
    return exit.done;
  },
};

const identity = ({ name, role, apps }: Me) => ({ name, role, apps });

const appsOf = ({ apps }: Me): string =>
  apps === null ? "" : ` of the app${apps.length === 1 ? "" : "s"} ${apps.join(", ")}`;

function change({ configurationPath }: Context, change: (before: Configuration) => Configuration): void {
  writeConfiguration(configurationPath, change(readConfiguration(configurationPath)), crypto.randomUUID());
}
