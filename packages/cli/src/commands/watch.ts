import type { Command } from "../command.ts";
import { deploymentArgument, patienceOf, timeout } from "../options.ts";
import { findDeployment } from "../repository/find.ts";
import { watchToEnd } from "../watching.ts";

export const watch: Command = {
  name: "watch",
  summary: "shows a deployment as it happens, to its end",
  description: `The log, and below it where the deployment stands. A cut line is taken up where it broke off.
Ctrl-C ends the watching, and not the deployment. Exit status 1 if the deployment ends other than success.
With --json each line and each change is a line of JSON: {"type":"log","data":…}, {"type":"deployment","data":…}, {"type":"connection","data":…}.`,
  arguments: [deploymentArgument],
  options: [timeout],
  examples: ["watch 12", "watch shop"],
  run: async (context, given) => {
    const patienceMs = patienceOf(given);
    const { id } = await findDeployment(context, given.argument("deployment"));
    return watchToEnd(context, id, { patienceMs });
  },
};
