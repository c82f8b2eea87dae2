import { readUninstallFlags, uninstallUsage } from "../lib/operator/flags.ts";
import { endRefused } from "../lib/operator/refused.ts";
import { targetOf } from "../lib/operator/target.ts";
import { processTerminal } from "../lib/operator/terminal.ts";
import { clientsFor } from "../lib/operator/uninstall/clients.ts";
import { uninstall } from "../lib/operator/uninstall/uninstall.ts";

/** Deletes an installation from an AWS account. */

if (process.argv.some((word) => word === "--help" || word === "-h")) {
  process.stdout.write(`${uninstallUsage}\n`);
} else {
  try {
    const flags = readUninstallFlags(process.argv.slice(2));
    const target = await targetOf(flags, process.env);
    await uninstall(flags, { target, clients: clientsFor(target), terminal: processTerminal() });
  } catch (error) {
    endRefused(error);
  }
}
