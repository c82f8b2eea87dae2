import { type App, type AppLogLine, type Run, UnreachableError } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { findApp } from "../repository/find.ts";
import { exit, UsageError } from "../system/failure.ts";
import { paint } from "../terminal/progress.ts";

const retryMs = 1000;
/** As long as the server holds an answer. */
const waitSeconds = 20;

export const run: Command = {
  name: "run",
  summary: "Run a command once, with the live release's image and settings",
  description: `Runs as a task of its own. Prints what the command prints, and ends with its exit status.
Ctrl-C cancels the command; a second Ctrl-C stops waiting for it.`,
  usage: "<app> -- <command>",
  arguments: [
    { name: "app", summary: "App name or number", required: true, completes: "app" },
    { name: "words", summary: "The program and its arguments, after --", required: false, many: true },
  ],
  options: [
    { name: "timeout", value: "duration", summary: "Stop the command after this time: 15m, 2h (default: 1h)" },
    { name: "process", value: "name", summary: "Give it the size of this process (default: web)" },
    { name: "detach", summary: "Return once the run is accepted" },
    {
      name: "idempotency-key",
      value: "key",
      summary: "The same key and command within 24 hours lead to the same run",
    },
  ],
  examples: ["run shop -- npm run seed", "run shop --timeout 2h -- sh -c 'node import.js && node check.js'"],
  run: async (context, given) => {
    const command = given.list("words");
    if (command.length === 0)
      throw new UsageError(
        "Which command? Write it after --.",
        `Run slipway run ${given.required("app")} -- npm run seed, for example.`,
      );
    const app = await findApp(context, given.required("app"));
    const timeoutMinutes = minutesOf(given);
    const process = given.text("process");
    const request = {
      command,
      ...(process === undefined ? {} : { process }),
      ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
    };
    const accepted = await context.client.createRun(app.id, request, given.text("idempotency-key"));
    if (given.has("detach")) return detached(context, accepted);
    context.note(`Run ${accepted.id} of ${inlineText(app.name)}, release #${accepted.deployment_id}.`);
    return untilEnd(context, app, accepted);
  },
};

function detached(context: Context, accepted: Run): undefined {
  if (context.json) return context.printJson(accepted);
  return context.print(`${accepted.id}\n`);
}

function minutesOf(given: Given): number | undefined {
  const text = given.text("timeout");
  if (text === undefined) return undefined;
  const [, number, unit] = /^(\d+)([mh])$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`--timeout: "${text}" is not a duration. Use 15m or 2h.`);
  return Number(number) * (unit === "h" ? 60 : 1);
}

async function untilEnd(context: Context, app: App, { id }: Run): Promise<number> {
  const stopping = Promise.withResolvers<"stopped">();
  let isCancelled = false;
  const stopListening = context.deps.onInterrupt(() => {
    if (isCancelled) return stopping.resolve("stopped");
    isCancelled = true;
    context.note(`Cancelling run ${id}. Press Ctrl-C again to stop waiting.`);
    context.client.cancelRun(id).catch((error: Error) => context.note(inlineText(error.message)));
  });
  try {
    const ended = await Promise.race([follow(context, id), stopping.promise]);
    if (ended === "stopped") {
      context.note(`Run ${id} may still be running. See its log with slipway logs ${app.name}.`);
      return exit.interrupted;
    }
    if (context.json) context.printJson(ended);
    else if (ended.status !== "succeeded") context.note(`Run ${id}: ${inlineText(ended.message)}`);
    return statusOf(ended);
  } finally {
    stopListening();
  }
}

/** The command's own status, as a shell has it. */
function statusOf({ status, exit_code }: Run): number {
  if (status === "cancelled") return exit.interrupted;
  if (exit_code !== null && exit_code > 0) return exit_code;
  return status === "succeeded" ? exit.done : exit.notSuccess;
}

async function follow(context: Context, id: number): Promise<Run> {
  const { client } = context;
  let after: string | undefined;
  let isLost = false;
  for (;;) {
    try {
      const begun = context.deps.now();
      const page = await client.readRunLog(id, { ...(after === undefined ? {} : { after }), wait: waitSeconds });
      if (isLost) context.note("Reconnected.");
      isLost = false;
      after = page.next;
      print(context, page.lines);
      if (page.complete) return await client.showRun(id);
      if (page.lines.length === 0 && context.deps.now() - begun < retryMs) await pause(context);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      if (!isLost) context.note(`Connection lost, reconnecting. ${inlineText(error.message)}`);
      isLost = true;
      await pause(context);
    }
  }
}

const pause = ({ client }: Context): Promise<void> =>
  new Promise((resume) => void client.environment.later(retryMs, () => resume()));

function print(context: Context, lines: readonly AppLogLine[]): void {
  // At the end comes the run as JSON.
  if (lines.length === 0 || context.json) return;
  const isColoured = context.color("dim", "x") !== "x";
  const isObeyed = context.deps.out.isTerminal || isColoured;
  const text = ({ line, timestamp }: AppLogLine): string =>
    isObeyed ? paint({ line, timestamp, stream: "stdout", cursor: 0 }, isColoured) : line;
  context.print(lines.map(text).join(""));
}
