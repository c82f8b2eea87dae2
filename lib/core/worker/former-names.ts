import { type App, addressName } from "../app.ts";
import type { WorkerDeps } from "./deps.ts";

/** Frees names that an app had, once their time is over: first nobody is led from them, then others may have them. */
export async function expireFormerNames(deps: WorkerDeps, app: App): Promise<void> {
  const now = deps.now();
  const kept = app.former_names.filter(({ until }) => until > now);
  if (kept.length === app.former_names.length) return;
  await deps.releases.redirect(
    app.id,
    addressName(app),
    kept.map(({ name }) => name),
  );
  // Where its names change at the moment, the next sweep sees what is left.
  await deps.apps.setFormerNames(app.id, app.former_names, kept);
}
