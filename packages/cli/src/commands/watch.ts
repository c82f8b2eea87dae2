import type { Command } from "../command/command.ts";
import { deploymentArgument, timeout, timeoutOf } from "../command/options.ts";
import { watchToEnd } from "../command/watching.ts";
import { findDeployment } from "../repository/find.ts";

export const watch: Command = {
  name: "watch",
  summary: "Watch a deployment until it ends",
  description: `Shows the log and the current stage, and reconnects without losing lines.
Ctrl-C stops watching, not the deployment. The exit status is 1 unless the deployment succeeds.
With --json, prints each log line and each change as a line of JSON: {"type":"log","data":…}, {"type":"deployment","data":…}, {"type":"connection","data":…}.`,
  arguments: [deploymentArgument],
  options: [timeout],
  examples: ["watch 12", "watch shop"],
  run: async (context, given) => {
    const timeoutMs = timeoutOf(given);
    const { id } = await findDeployment(context, given.argument("deployment"));
    return watchToEnd(context, id, { timeoutMs });
  },
};
