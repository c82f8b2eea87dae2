import { type App, type Changes, type Difference, RequestError, shortHash } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import { Cancelled, overrideAdvice, UsageError } from "../system/failure.ts";
import type { Given } from "./command.ts";
import type { Context } from "./context.ts";
import { currentFreeze, frozen, holdsOf } from "./holds.ts";

/** So many commits say what it is about. */
const shownCommits = 10;
const longestValue = 60;

type Query = Parameters<Context["client"]["showAppChanges"]>[1];

/**
 * Prints what a release would change against the live one and what keeps pushes from the app, and on a terminal asks whether
 * to go on unless that was said with `--yes`. A script is never asked: what it types is what it wants.
 */
export async function agreeOnChanges(context: Context, given: Given, app: App, query: Query, question: string) {
  if (context.json) return;
  const [changes, freeze] = await Promise.all([changesOf(context, app.id, query), currentFreeze(context)]);
  const isOverridden = given.text("override") !== undefined;
  const { questions } = context.deps;
  const isAsked = !given.has("yes") && questions !== null;
  // Nobody is asked for what would be refused. A script's request is refused by the server, in the same words.
  if (freeze !== null && !isOverridden && isAsked) throw new UsageError(`${frozen(freeze)}.`, overrideAdvice);
  const notes = [
    ...(changes === null ? [] : changeLines(changes)),
    ...holdsOf(app).map((hold) => `${hold}.`),
    ...(freeze !== null && isOverridden ? [`${frozen(freeze)}. This overrides it.`] : []),
  ];
  for (const line of notes) context.note(line);
  if (isAsked && !(await questions.confirm(question, true))) throw new Cancelled();
}

/** `null`: the server does not say, which keeps nobody from releasing. */
async function changesOf({ client }: Context, appId: number, query: Query): Promise<Changes | null> {
  try {
    return await client.showAppChanges(appId, query);
  } catch (error) {
    if (error instanceof RequestError) return null;
    throw error;
  }
}

function changeLines(changes: Changes): readonly string[] {
  const { compared_with, commits, commits_complete, removed_commits, removed_commits_complete, settings } = changes;
  if (compared_with === null) return ["Nothing is live yet."];
  const isUnknown = commits.length + removed_commits.length === 0 && !(commits_complete && removed_commits_complete);
  const lines = [
    ...commitLines(commits, commits_complete, ""),
    ...commitLines(removed_commits, removed_commits_complete, "removes "),
    ...(isUnknown ? ["Commits: not known"] : []),
    ...settings.flatMap(settingLines),
  ];
  return [
    `Changes against the live deployment ${compared_with}:`,
    ...(lines.length === 0 ? ["none"] : lines).map((line) => `  ${line}`),
  ];
}

function commitLines(commits: Changes["commits"], isComplete: boolean, verb: "" | "removes "): readonly string[] {
  if (commits.length === 0) return [];
  const more = commits.length - shownCommits;
  return [
    ...commits
      .slice(0, shownCommits)
      .map(({ hash, message, author }) => `${verb}${shortHash(hash)} ${inlineText(message)} (${inlineText(author)})`),
    ...(more > 0 ? [`and ${verb}${more} more commits`] : []),
    ...(isComplete ? [] : [`and ${verb}earlier ones`]),
  ];
}

function settingLines(difference: Difference): readonly string[] {
  if ("changed" in difference) return [`${difference.name}: changed`];
  const { name, before, after } = difference;
  const [old, now] = [recordOf(before), recordOf(after)];
  if (old === null || now === null) return [`${name}: ${shown(before)} → ${shown(after)}`];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .map((key) => `${name}.${key}: ${shown(old[key])} → ${shown(now[key])}`);
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  const text = inlineText(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > longestValue ? `${text.slice(0, longestValue - 1)}…` : text;
}
