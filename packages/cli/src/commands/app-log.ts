import {
  type App,
  type AppLogLine,
  type AppLogPage,
  type AppLogQuery,
  UnreachableError,
} from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { numberOf } from "../command/settings.ts";
import { Stopped } from "../command/watching.ts";
import { exit, UsageError } from "../system/failure.ts";
import { paint } from "../terminal/progress.ts";

const longestPage = 1000;
const retryMs = 1000;
/** As long as the server holds an answer. */
const waitSeconds = 20;

/** Prints what a running app prints, or follows it until Ctrl-C; answers the exit status. */
export async function printAppLog(context: Context, given: Given, app: App): Promise<number> {
  const filter = filterOf(context, given);
  const print = printerOf(context, given);
  const first = await firstPage(context, given, app, filter);
  print(first.lines);
  if (given.has("follow")) return followFrom(context, app, filter, first, print);
  const isBounded = filter.since !== undefined || given.text("after") !== undefined;
  let page = first;
  while (isBounded && page.lines.length > 0) {
    page = await context.client.readAppLog(app.id, { ...filter, after: page.next, limit: longestPage });
    print(page.lines);
  }
  if (first.lines.length === 0) context.note(none(app, Object.keys(filter).length > 0));
  return exit.done;
}

function none({ name, live_deployment_id: live }: App, isFiltered: boolean): string {
  if (isFiltered)
    return `${inlineText(name)} has no matching log lines. Run slipway logs ${name} to see its last lines.`;
  if (live === null) return `${inlineText(name)} has not run yet. Run slipway deploy ${name} to deploy it.`;
  return `${inlineText(name)} has printed nothing yet. Run slipway status ${name} to see its tasks.`;
}

function firstPage(context: Context, given: Given, app: App, filter: AppLogQuery): Promise<AppLogPage> {
  const after = given.text("after");
  const lines = numberOf("lines", given.text("lines") ?? "100");
  if (!Number.isInteger(lines) || lines < 1 || lines > longestPage)
    throw new UsageError(`--lines must be between 1 and ${longestPage}.`);
  const limit = after === undefined && filter.since === undefined ? lines : longestPage;
  return context.client.readAppLog(app.id, { ...filter, ...(after === undefined ? {} : { after }), limit });
}

type Print = (lines: readonly AppLogLine[]) => void;

async function followFrom(
  context: Context,
  app: App,
  filter: AppLogQuery,
  first: AppLogPage,
  print: Print,
): Promise<number> {
  const stopping = Promise.withResolvers<never>();
  stopping.promise.catch(() => undefined);
  const stopListening = context.deps.onInterrupt(() => stopping.reject(new Stopped()));
  const unlessStopped = <T>(work: Promise<T>): Promise<T> => Promise.race([work, stopping.promise]);
  let page = first;
  let isLost = false;
  try {
    while (!page.complete) {
      try {
        const query = { ...filter, after: page.next, limit: longestPage, wait: waitSeconds };
        const begun = context.deps.now();
        page = await unlessStopped(context.client.readAppLog(app.id, query));
        if (isLost) context.note("Reconnected.");
        isLost = false;
        print(page.lines);
        // The server holds too many answers already.
        if (page.lines.length === 0 && context.deps.now() - begun < retryMs) await unlessStopped(pause(context));
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        if (!isLost) context.note(`Connection lost, reconnecting. ${inlineText(error.message)}`);
        isLost = true;
        await unlessStopped(pause(context));
      }
    }
    return exit.done;
  } catch (error) {
    if (error instanceof Stopped) return exit.interrupted;
    throw error;
  } finally {
    stopListening();
  }
}

const pause = ({ client }: Context): Promise<void> =>
  new Promise((resume) => void client.environment.later(retryMs, () => resume()));

function filterOf(context: Context, given: Given): AppLogQuery {
  const release = given.text("release");
  const filter = {
    since: timeOf("since", given.text("since"), context.deps.now()),
    until: timeOf("until", given.text("until"), context.deps.now()),
    process: given.text("process"),
    task: given.text("task"),
    q: given.text("search"),
    release: release === undefined ? undefined : numberOf("release", release.replace(/^#/, "")),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m` ago, or a time as it is. */
function timeOf(option: string, text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const time = number === undefined ? Date.parse(text) : now - Number(number) * (units[unit] ?? 0);
  if (Number.isNaN(time))
    throw new UsageError(`--${option}: "${text}" is not a time. Use 15m, 2h, 1d, or an RFC 3339 time.`);
  return new Date(time).toISOString();
}

function printerOf(context: Context, given: Given): Print {
  const isColoured = context.color("dim", "x") !== "x";
  const { isTerminal } = context.deps.out;
  const prefix = ({ timestamp, process, task }: AppLogLine): string =>
    given.has("timestamps") ? context.color("dim", `${timestamp} ${process}.${task.slice(0, 8)} `) : "";
  const text = (line: AppLogLine): string => {
    if (context.json) return `${JSON.stringify(line)}\n`;
    const shown = { line: line.line, timestamp: line.timestamp, stream: "stdout", cursor: 0 } as const;
    // A file gets what the app printed; a terminal would obey it.
    return prefix(line) + (isTerminal || isColoured ? paint(shown, isColoured) : line.line);
  };
  return (lines) => {
    if (lines.length > 0) context.print(lines.map(text).join(""));
  };
}
