import {
  type Deployment,
  type DeploymentSnapshot,
  formatDuration,
  headline,
  shortHash,
  watchDeployment,
} from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import { exit, UnavailableError } from "../system/failure.ts";
import { createProgressView } from "../terminal/progress.ts";
import type { Context } from "./context.ts";

/** Somebody stopped watching. What was watched goes on. */
export class Stopped extends Error {}

/** Takes what a deployment brings while it is watched. */
export interface Watcher {
  show(snapshot: DeploymentSnapshot): void;
  /** Ends what it has on the screen. */
  leave(): void;
}

export interface WatchOptions {
  readonly after?: number;
  /** How long to watch; absent: until the end. Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Watches a deployment to its end, over cut lines. Throws a `Stopped` for Ctrl-C, and what the server says when it refuses. */
export async function follow(
  { client, deps }: Context,
  id: number,
  watcher: Watcher,
  { after = 0, timeoutMs }: WatchOptions = {},
): Promise<Deployment> {
  const store = watchDeployment(client, id, { after });
  const stopping = Promise.withResolvers<never>();
  const show = () => {
    const snapshot = store.getSnapshot();
    watcher.show(snapshot);
    // The same question again is answered with the refusal itself, with its status.
    if (snapshot.connection === "refused") client.showDeployment(id).then(store.reconnect, stopping.reject);
  };
  const unsubscribe = store.subscribe(show);
  const stopListening = deps.onInterrupt(() => stopping.reject(new Stopped()));
  const stopWaiting =
    timeoutMs === undefined
      ? () => {}
      : client.environment.later(timeoutMs, () => stopping.reject(tooLong(id, store.getSnapshot(), timeoutMs)));
  try {
    const { deployment } = await Promise.race([store.finished, stopping.promise]);
    show();
    return deployment ?? (await client.showDeployment(id));
  } finally {
    stopWaiting();
    stopListening();
    unsubscribe();
    watcher.leave();
  }
}

function tooLong(id: number, { deployment }: DeploymentSnapshot, timeoutMs: number): UnavailableError {
  const stage = deployment?.stage ?? "under way";
  return new UnavailableError(
    `Deployment ${id} is still ${stage} after ${formatDuration(timeoutMs / 1000)}. It continues.`,
    `Watch it with slipway watch ${id}, or cancel it with slipway cancel ${id}.`,
  );
}

/** Shows a deployment to its end and says how it ended; answers the exit status. */
export async function watchToEnd(context: Context, id: number, options: WatchOptions = {}): Promise<number> {
  const { deps } = context;
  const view = createProgressView({
    write: (text) => context.print(text),
    interactive: deps.out.isTerminal,
    color: context.color("dim", "x") !== "x",
    columns: () => deps.out.columns(),
  });
  if (context.json) return watchedBy(context, id, events(context), options, async () => {});
  let lastLine = "";
  const show = (snapshot: DeploymentSnapshot) => {
    lastLine = snapshot.lines.at(-1)?.line ?? lastLine;
    view.show(snapshot);
  };
  return watchedBy(context, id, { ...view, show }, options, async (last) =>
    context.print(await outcome(context, last, lastLine)),
  );
}

/** Watches without a word of what happens; at the end the deployment as JSON. */
export function waitForEnd(context: Context, id: number, options: WatchOptions = {}): Promise<number> {
  const silent = { show: () => {}, leave: () => {} };
  return watchedBy(context, id, silent, options, async (last) => context.printJson(last));
}

async function watchedBy(
  context: Context,
  id: number,
  watcher: Watcher,
  options: WatchOptions,
  emit: (last: Deployment) => Promise<void>,
): Promise<number> {
  try {
    const last = await follow(context, id, watcher, options);
    await emit(last);
    return last.stage === "success" ? exit.done : exit.notSuccess;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    context.note(
      `Stopped watching. Deployment ${id} continues. Watch it with slipway watch ${id}, or cancel it with slipway cancel ${id}.`,
    );
    return exit.interrupted;
  }
}

/** Each line and each change as a line of JSON. */
function events(context: Context): Watcher {
  let shown = 0;
  let version = 0;
  let state = "connecting";
  const emit = (type: string, data: unknown) => context.print(`${JSON.stringify({ type, data })}\n`);
  return {
    show: ({ deployment, lines, connection }) => {
      const isChanged = connection !== state;
      // The finished deployment marks the end, and comes last.
      const isEnd = isChanged && connection === "finished";
      if (isChanged && !isEnd) emit("connection", { state: connection });
      state = connection;
      for (const line of lines.slice(shown)) emit("log", line);
      shown = lines.length;
      if (deployment === null || (deployment.version <= version && !isEnd)) return;
      version = deployment.version;
      emit("deployment", deployment);
    },
    leave: () => {},
  };
}

/** How a deployment ended, and what to do next. The cause is left out where the last line of the log, right above, says it. */
async function outcome(context: Context, last: Deployment, lastLine: string): Promise<string> {
  const app = await context.client.showApp(last.app_id);
  const what = `Deployment ${last.id} of ${app.name}`;
  const took = last.duration === null ? "" : ` in ${formatDuration(last.duration)}`;
  if (last.stage === "success") {
    const brings = `${inlineText(headline(last))}${last.commit_hash === "" ? "" : ` (${shortHash(last.commit_hash)})`}`;
    const where = [app.url, app.direct_url].filter((url) => url !== null && url !== "");
    return `\n${context.color("green", `${what} succeeded${took}`)}: ${brings}\n${where.map((url) => `  ${url}\n`).join("")}`;
  }
  const why = inlineText(last.error_message ?? last.message);
  if (last.stage !== "failed") return `\n${context.color("yellow", `${what} was ${last.stage}`)}: ${why}\n`;
  const served = last.rolled_back ? "  The previous release was restored.\n" : "";
  const cause = last.error_message !== null && lastLine.includes(last.error_message) ? "." : `: ${why}`;
  return `\n${context.color("red", `${what} failed in ${last.failed_stage}`)}${cause}\n${served}  Retry the same commit: slipway retry ${last.id}\n`;
}
