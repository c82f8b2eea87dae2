import type { ShownAppStatus } from "../contract/answers/apps.ts";
import type { App } from "../core/app.ts";
import { appHealth } from "../core/app-status.ts";
import type { AskedApp } from "../core/ports/tasks.ts";
import { readableApp } from "./apps.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { askedApp } from "./healths.ts";
import { takeFrom } from "./limited.ts";

/** What its live release runs, and what only the next one has: while it is under way its tasks are shown. */
function askedWithNext(app: App): AskedApp {
  const { id, processes } = askedApp(app);
  const next = app.settings.processes.filter(({ name }) => !processes.some((one) => one.name === name));
  return { id, processes: [...processes, ...next.map(({ name }) => ({ name, instances: 0 }))] };
}

/** An app's tasks, and the health that they make. */
export async function showAppStatus(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  await takeFrom(deps, "statuses", call.principal.id);
  const { counts, tasks } = await deps.tasks.see(askedWithNext(app)).catch((error: unknown) => {
    deps.logger.error("The tasks of an app are not known: AWS did not say how they are", { error, app_id: app.id });
    throw new ApiError("tasks_unknown", { headers: { "Retry-After": "5" } });
  });
  const shown: ShownAppStatus = { health: appHealth(app, counts), tasks: [...tasks] };
  return data(shown);
}
