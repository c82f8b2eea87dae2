import type { App } from "@slipway/monitor/client";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { appArgument } from "../command/options.ts";
import { findApp } from "../repository/find.ts";
import { UsageError } from "../system/failure.ts";

const domainArgument = { name: "domain", summary: "Domain, such as shop.example.com", required: true } as const;
const requiredApp = { ...appArgument, summary: "App name or number", required: true } as const;

const listDomains: Command = {
  name: "list",
  summary: "Show the domains of an app and their DNS records",
  arguments: [appArgument],
  examples: ["domains list shop"],
  run: async (context, given) => {
    const app = await findApp(context, given.argument("app"));
    return show(context, app.name, app.domains);
  },
};

const addDomain: Command = {
  name: "add",
  summary: "Add a domain to an app",
  description: `Prints the DNS records to create. An apex domain (example.com) needs an ALIAS or ANAME record at your DNS
provider, since DNS allows no CNAME there.`,
  arguments: [requiredApp, domainArgument],
  examples: ["domains add shop shop.example.com"],
  run: async (context, given) => {
    const app = await findApp(context, given.required("app"));
    const domains = [...namesOf(app), given.required("domain")];
    return show(context, app.name, (await context.client.changeApp(app.id, { domains })).domains);
  },
};

const removeDomain: Command = {
  name: "remove",
  summary: "Remove a domain from an app, and its certificate",
  arguments: [requiredApp, domainArgument],
  examples: ["domains remove shop shop.example.com"],
  run: async (context, given) => {
    const app = await findApp(context, given.required("app"));
    const name = given.required("domain");
    const domains = namesOf(app).filter((each) => each !== name);
    if (domains.length === app.domains.length)
      throw new UsageError(`${app.name} has no domain ${name}.`, `Run slipway domains list ${app.name} to see them.`);
    return show(context, app.name, (await context.client.changeApp(app.id, { domains })).domains);
  },
};

const retryDomain: Command = {
  name: "retry",
  summary: "Request the certificate of a failed domain again",
  arguments: [requiredApp, domainArgument],
  examples: ["domains retry shop shop.example.com"],
  run: async (context, given) => {
    const app = await findApp(context, given.required("app"));
    return show(context, app.name, (await context.client.retryDomain(app.id, given.required("domain"))).domains);
  },
};

export const domains: Command = {
  name: "domains",
  summary: "Manage the domains of apps",
  commands: [listDomains, addDomain, removeDomain, retryDomain],
};

const namesOf = ({ domains: all }: App): string[] => all.map(({ name }) => name);

function show(context: Context, name: string, all: App["domains"]): undefined {
  if (context.json) return context.printJson(all);
  if (all.length === 0)
    return context.note(`${name} has no domains. Run slipway domains add ${name} shop.example.com to add one.`);
  for (const { name: domain, state, reason, records } of all) {
    context.print(`${domain}  ${state}${reason === null ? "" : `: ${reason}`}\n`);
    // Whole, whatever the width of the terminal: they are to be copied.
    for (const record of records) context.print(`  ${record.type}  ${record.name}  ${record.value}\n`);
  }
  return undefined;
}
