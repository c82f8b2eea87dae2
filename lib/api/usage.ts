import type { ShownDeploymentUsage, ShownUsage } from "../contract/answers/usage.ts";
import { usageSchema } from "../contract/requests.ts";
import { processNames } from "../core/app.ts";
import type { ListedDeployment } from "../core/deployment/deployment.ts";
import { comparedSpans, comparisonOf } from "../core/usage/comparison.ts";
import { lateSeconds, longestHours, minuteHours, type Reading, type UsageRange } from "../core/usage/reading.ts";
import { liveAt, releaseWindows } from "../core/usage/releases.ts";
import { usageOf } from "../core/usage/usage.ts";
import { readableApp } from "./apps.ts";
import { readableDeployment } from "./deployments.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** CloudWatch keeps the values of minutes for 15 days. */
const minutesKeptMs = 15 * dayMs;

/** What is read at once and shared, how long it is taken for new, and for how long it is kept for a time without CloudWatch. */
const shares = {
  minutes: { period: minuteMs, hours: minuteHours, freshMs: minuteMs, keptSeconds: 3600 },
  hours: { period: hourMs, hours: longestHours, freshMs: 5 * minuteMs, keptSeconds: 6 * 3600 },
} as const;

/** The running app in figures: what its load balancer and its tasks measured, and what happened meanwhile. */
export async function showAppUsage(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { hours } = parse(usageSchema, call.query);
  const now = Date.parse(deps.now());
  const name = hours <= minuteHours ? "minutes" : "hours";
  const share = shares[name];
  const to = name === "minutes" ? Math.floor(now / minuteMs) * minuteMs : Math.ceil(now / hourMs) * hourMs;
  const processes = processNames(app.live_settings);
  const range = { app_id: app.id, processes, from: to - share.hours * hourMs, to, period_seconds: share.period / 1000 };
  const reading = await shared(deps, name, range, share);
  const from = Date.parse(reading.from) + (share.hours - hours) * hourMs;
  const [deployments, restarts] = await Promise.all([
    deploymentsSince(deps, app.id, from),
    deps.restarts.list(app.id, new Date(from).toISOString()),
  ]);
  const shown: ShownUsage = {
    app_id: app.id,
    hours,
    read_at: reading.read_at,
    ...usageOf(reading, from, deployments, restarts),
  };
  return data(shown);
}

/** What a release changed in the figures of the running app: some minutes before it, and some after. */
export async function showDeploymentUsage(deps: ApiDeps, call: Call): Promise<Answer> {
  const row = await readableDeployment(deps, call, call.id);
  const now = Date.parse(deps.now());
  const none: ShownDeploymentUsage = { deployment_id: row.id, complete: false, before: null, after: null };
  const entered = row.timeline.find(({ stage }) => stage === "deploying");
  if (entered === undefined) return data(none);
  const deployments = await deploymentsSince(deps, row.app_id, Date.parse(entered.entered_at));
  const spans = comparedSpans(deployments, row.id, now);
  if (spans === null) return data(none);
  const [from, to] = [spans.before?.from ?? spans.after.from, spans.after.to];
  const complete = row.finished_at !== null && to + lateSeconds * 1000 <= now;
  if (from < now - minutesKeptMs) return data({ ...none, complete });
  const range = { app_id: row.app_id, processes: processNames(row.settings), from, to, period_seconds: 60 };
  // What is over does not change any more.
  const times = complete
    ? { freshMs: Number.POSITIVE_INFINITY, keptSeconds: 15 * 24 * 3600 }
    : { freshMs: minuteMs, keptSeconds: 3600 };
  const reading = await shared(deps, `deployment-${row.id}${complete ? "-complete" : ""}`, range, times);
  const restarts = await deps.restarts.list(row.app_id, new Date(from).toISOString());
  const shown: ShownDeploymentUsage = {
    deployment_id: row.id,
    complete,
    ...comparisonOf(reading, deployments, restarts, spans),
  };
  return data(shown);
}

/** Whoever claimed a read has so long for it. */
const claimMs = 10_000;

interface Times {
  readonly freshMs: number;
  readonly keptSeconds: number;
}

/**
 * What somebody read lately, or else what CloudWatch has now: it is paid by what is read, so that one reads for all. Where
 * it does not answer, what was read before is better than nothing.
 */
async function shared(
  deps: ApiDeps,
  name: string,
  range: UsageRange,
  { freshMs, keptSeconds }: Times,
): Promise<Reading> {
  const now = Date.parse(deps.now());
  const known = await deps.readings.get(range.app_id, name);
  if (known !== null && now - Date.parse(known.read_at) < freshMs) return known;
  const mayRead = await deps.readings.claim(range.app_id, name, now, now - Math.min(claimMs, freshMs));
  if (!mayRead && known !== null) return known;
  try {
    const reading = await deps.usage.read(range);
    await deps.readings.put(range.app_id, name, reading, keptSeconds);
    return reading;
  } catch (error) {
    deps.logger.error("The usage of an app could not be read", { app_id: range.app_id, error });
    if (known !== null) return known;
    throw new ApiError("usage_unavailable");
  }
}

const pageSize = 100;

/** Those that were not over at a time, and before them back to the one that was live then. Newest first. */
async function deploymentsSince(deps: ApiDeps, appId: number, from: number): Promise<readonly ListedDeployment[]> {
  const found: ListedDeployment[] = [];
  for (let before: number | null = null; ; ) {
    const { deployments, more } = await deps.deployments.list({ apps: [appId], stage: null, limit: pageSize, before });
    found.push(...deployments);
    const last = deployments.at(-1);
    const isBefore = deployments.every(({ finished_at }) => finished_at !== null && Date.parse(finished_at) < from);
    if (!more || last === undefined) return found;
    if (isBefore && liveAt(releaseWindows(found), from) !== null) return found;
    before = last.id;
  }
}
