import { headline } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Command, Known } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { complete } from "../completion/complete.ts";
import { scripts } from "../completion/scripts.ts";
import { UsageError } from "../system/failure.ts";

const shells = ["bash", "zsh", "fish"] as const;

export const completion: Command = {
  name: "completion",
  summary: "Print a shell completion script",
  description: `bash: eval "$(slipway completion bash)" in ~/.bashrc.
zsh:  eval "$(slipway completion zsh)" in ~/.zshrc, after compinit.
fish: slipway completion fish | source in ~/.config/fish/config.fish.`,
  arguments: [{ name: "shell", summary: "Shell to print the script for", required: true, choices: shells }],
  examples: ["completion bash"],
  run: async (context, given) => {
    const shell = shells.find((known) => known === given.required("shell"));
    if (shell === undefined)
      throw new UsageError(`Completion is not available for ${given.required("shell")}.`, "Use bash, zsh or fish.");
    return context.print(scripts[shell]);
  },
};

/** What the scripts of shells ask. It knows no errors: who presses Tab wants words or nothing. */
export const completeCommand = (root: () => Command, global: Command["options"]): Command => ({
  name: "complete",
  summary: "Complete a command line",
  hidden: true,
  arguments: [{ name: "words", summary: "Words typed so far, the last one incomplete", required: false, many: true }],
  run: async (context, given) => {
    const words = given.list("words");
    const { candidates, known } = complete(root(), global ?? [], words);
    const fromServer = known === null || known === "file" ? [] : await knownWords(context, known, words.at(-1) ?? "");
    const lines = [...candidates, ...fromServer].map(({ word, summary }) => `${word}\t${summary}\n`);
    return context.print(`${lines.join("")}${known === "file" ? ":files\n" : ""}`);
  },
});

/** A shell that waits for longer is worse than one without these words. */
const timeoutMs = 1_500;

async function knownWords(
  context: Context,
  known: Known,
  last: string,
): Promise<readonly { word: string; summary: string }[]> {
  const { client } = context;
  const words = async () => {
    const [apps, deployments] = await Promise.all([
      known === "deployment" ? [] : client.listApps(),
      known === "app" ? [] : client.listDeployments({ limit: 20 }).then(({ items }) => items),
    ]);
    return [
      ...apps.map((app) => ({ word: app.name, summary: app.url ?? "" })),
      ...deployments.map((deployment) => ({
        word: String(deployment.id),
        summary: inlineText(`${deployment.stage}: ${headline(deployment)}`),
      })),
    ];
  };
  const late = new Promise<[]>((done) => client.environment.later(timeoutMs, () => done([])));
  const found = await Promise.race([words().catch(() => []), late]);
  return found.filter(({ word }) => word.startsWith(last));
}
