import type { ShownAppStatus } from "../contract/answers/apps.ts";
import { appHealth } from "../core/app-status.ts";
import { readableApp } from "./apps.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";

/** An app's tasks, and the health that they make. */
export async function showAppStatus(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { counts, tasks } = await deps.tasks.see(app.id);
  const shown: ShownAppStatus = { health: appHealth(app, counts), tasks: [...tasks] };
  return data(shown);
}
