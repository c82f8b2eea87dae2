import type { ShownMetrics } from "../contract/answers/metrics.ts";
import { metricsSchema } from "../contract/requests.ts";
import { lookBack, metricsOf } from "../core/metrics/metrics.ts";
import { readableApp, readableApps } from "./apps.ts";
import { parse } from "./parse.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

export async function showAppMetrics(world: ApiWorld, call: Call): Promise<Answer> {
  return show(world, call, [await readableApp(world, call, call.id)]);
}

export async function showMetrics(world: ApiWorld, call: Call): Promise<Answer> {
  return show(world, call, await readableApps(world, call));
}

async function show(world: ApiWorld, call: Call, apps: readonly { readonly id: number }[]): Promise<Answer> {
  const { days } = parse(metricsSchema, call.query);
  const now = world.now();
  const since = lookBack(days, now);
  const outcomes = await Promise.all(apps.map(({ id }) => world.outcomes.list(id, since)));
  const shown: ShownMetrics = metricsOf(outcomes.flat(), days, now);
  return data(shown);
}
