import type { App } from "../core/app.ts";
import { type AppHealth, appHealth } from "../core/app-status.ts";
import type { AskedApp } from "../core/ports/tasks.ts";
import type { ApiDeps } from "./deps.ts";

/** The health of apps by their ids; `null`, or absent: not known at the moment. */
export type Healths = ReadonlyMap<number, AppHealth | null>;

/** An app with what its live release runs beside `web`. */
export const askedApp = ({ id, live_settings }: App): AskedApp => ({ id, processes: live_settings?.processes ?? [] });

/** What apps are is known without what they run: where AWS does not say that, it is left open. */
export async function healthsOf(deps: Pick<ApiDeps, "tasks" | "logger">, apps: readonly App[]): Promise<Healths> {
  const live = apps.filter(({ live_deployment_id }) => live_deployment_id !== null).map(askedApp);
  try {
    const counts = live.length === 0 ? new Map() : await deps.tasks.counts(live);
    return new Map(apps.map((app) => [app.id, appHealth(app, counts.get(app.id) ?? null)]));
  } catch (error) {
    deps.logger.error("The health of apps is not known: AWS did not say how their tasks are", { error });
    return new Map();
  }
}
