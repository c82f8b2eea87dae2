import type { LogLine } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { deploymentArgument } from "../command/options.ts";
import { follow, Stopped, type Watcher } from "../command/watching.ts";
import { findDeployment } from "../repository/find.ts";
import { exit, UsageError } from "../system/failure.ts";
import { paint } from "../terminal/progress.ts";

export const logs: Command = {
  name: "logs",
  summary: "Print the log of a deployment, or follow it",
  description: `Prints only the log to standard output; messages go to standard error.
With --json, prints each line as JSON with its cursor, for use with --after.`,
  arguments: [deploymentArgument],
  options: [
    { name: "follow", short: "f", summary: "Follow the log until it is complete" },
    { name: "after", value: "cursor", summary: "Start after the line with this cursor" },
  ],
  examples: ["logs 12", "logs shop --follow", "logs 12 --json --after 400"],
  run: async (context, given) => {
    const after = cursorOf(given.text("after"));
    const { id } = await findDeployment(context, given.argument("deployment"));
    if (!given.has("follow")) return printAll(context, id, after);
    const watcher = lines(context);
    try {
      await follow(context, id, watcher, { after });
      return exit.done;
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      context.note(
        `To continue: slipway logs ${id} --follow${watcher.last() === 0 ? "" : ` --after ${watcher.last()}`}`,
      );
      return exit.interrupted;
    }
  },
};

function cursorOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError("--after must be a whole number, 0 or greater.");
  return Number(text);
}

const expired = "The log was deleted after 90 days.";
const longestPage = 5000;

async function printAll(context: Context, id: number, after: number): Promise<undefined> {
  for (let next = after; ; ) {
    const page = await context.client.readLog(id, { after: next, limit: longestPage });
    print(context, page.lines);
    if (page.expired) context.note(expired);
    if (page.complete || page.lines.length === 0) return undefined;
    next = page.next;
  }
}

function lines(context: Context): Watcher & { last(): number } {
  let shown = 0;
  let last = 0;
  let lost = false;
  let isSaid = false;
  return {
    show: ({ lines, logExpired, connection, error }) => {
      if (logExpired && !isSaid) context.note(expired);
      isSaid = logExpired;
      print(context, lines.slice(shown));
      shown = lines.length;
      last = lines.at(-1)?.cursor ?? 0;
      const isLost = connection === "reconnecting";
      if (isLost !== lost && connection !== "connecting")
        context.note(
          isLost ? `Connection lost, reconnecting. ${inlineText(error?.message ?? "")}`.trim() : "Reconnected.",
        );
      lost = isLost;
    },
    leave: () => {},
    last: () => last,
  };
}

function print(context: Context, lines: readonly LogLine[]): void {
  if (lines.length === 0) return;
  const isColoured = context.color("dim", "x") !== "x";
  const isTerminal = context.deps.out.isTerminal;
  const text = (line: LogLine): string => {
    if (context.json) return `${JSON.stringify(line)}\n`;
    // A file gets what the build printed; a terminal would obey it.
    return isTerminal || isColoured ? paint(line, isColoured) : line.line;
  };
  context.print(lines.map(text).join(""));
}
