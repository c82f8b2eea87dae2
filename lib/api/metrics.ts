import type { ShownMetrics } from "../contract/answers/metrics.ts";
import { metricsSchema } from "../contract/requests.ts";
import { lookBack, metricsOf } from "../core/metrics/metrics.ts";
import { readableApp, readableApps } from "./apps.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { parse } from "./parse.ts";

export async function showAppMetrics(deps: ApiDeps, call: Call): Promise<Answer> {
  return show(deps, call, [await readableApp(deps, call, call.id)]);
}

export async function showMetrics(deps: ApiDeps, call: Call): Promise<Answer> {
  return show(deps, call, await readableApps(deps, call));
}

async function show(deps: ApiDeps, call: Call, apps: readonly { readonly id: number }[]): Promise<Answer> {
  const { days } = parse(metricsSchema, call.query);
  const now = deps.now();
  const since = lookBack(days, now);
  const outcomes = await Promise.all(apps.map(({ id }) => deps.outcomes.list(id, since)));
  const shown: ShownMetrics = metricsOf(outcomes.flat(), days, now);
  return data(shown);
}
