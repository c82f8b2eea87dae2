import type { LogLine } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { follow, Stopped, type Watcher } from "../command/watching.ts";
import { findApp, findDeployment } from "../repository/find.ts";
import { exit, UsageError } from "../system/failure.ts";
import { paint } from "../terminal/progress.ts";
import { printAppLog } from "./app-log.ts";

export const logs: Command = {
  name: "logs",
  summary: "Print what a running app prints, or the log of a deployment",
  description: `Prints the last lines of an app, or with the number of a deployment its whole log.
Prints only the log to standard output; messages go to standard error.
With --json, prints each line as JSON with its cursor, for use with --after.`,
  arguments: [
    {
      name: "app",
      summary: "App name, or the number of a deployment for its log (default: the app of this repository)",
      required: false,
      completes: "app or deployment",
    },
  ],
  options: [
    {
      name: "follow",
      short: "f",
      summary: "Follow the log: of a deployment until it is complete, of an app until Ctrl-C",
    },
    { name: "after", value: "cursor", summary: "Start after the line with this cursor" },
    {
      name: "lines",
      short: "n",
      value: "n",
      summary: "Of an app: how many of its last lines, up to 1000 (default: 100)",
    },
    { name: "since", value: "time", summary: "Of an app: from this time on: 15m, 2h, 1d, or an RFC 3339 time" },
    { name: "until", value: "time", summary: "Of an app: up to this time" },
    { name: "release", value: "deployment", summary: "Of an app: only lines of this deployment's release" },
    { name: "process", value: "name", summary: "Of an app: only lines of this process" },
    { name: "task", value: "id", summary: "Of an app: only lines of this task" },
    { name: "search", value: "text", summary: "Of an app: only lines with this text, case-sensitive" },
    { name: "timestamps", summary: "Of an app: begin each line with its time, process and task" },
  ],
  examples: ["logs shop --follow", "logs shop --since 1h --search error", "logs 12", "logs 12 --json --after 400"],
  run: async (context, given) => {
    const name = given.argument("app");
    if (!/^#?[1-9]\d*$/.test(name ?? "")) return printAppLog(context, given, await findApp(context, name));
    for (const option of ofApps) {
      if (given.has(option) || given.text(option) !== undefined)
        throw new UsageError(`--${option} is for the log of an app, and ${name} is a deployment.`);
    }
    const after = cursorOf(given.text("after"));
    const { id } = await findDeployment(context, name);
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

/** Options that the log of a deployment does not have. */
const ofApps = ["lines", "since", "until", "release", "process", "task", "search", "timestamps"];

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
