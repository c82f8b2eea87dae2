import { badgeState } from "./badge-state.ts";
import { badgeSvg } from "./badge-svg.ts";
import type { Answer, ApiDeps, Call } from "./deps.ts";
import { noApp } from "./errors.ts";
import { mayRead } from "./principal.ts";

/** Deployments that are read: more than can be called off one after the other before somebody notices. */
const newest = 20;

/** A picture of how an app stands, for who knows its key, and for who may read it anyway. */
export async function showBadge(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await deps.apps.get(call.id);
  if (app === null || app.deleted_at !== null) throw noApp(call.id);
  const hasKey = app.badge_key !== null && deps.hash(call.query.key ?? "") === deps.hash(app.badge_key);
  if (!hasKey && !mayRead(call.principal, app.id)) throw noApp(call.id);
  const page = await deps.deployments.list({ apps: [app.id], stage: null, limit: newest, before: null });
  const body = badgeSvg(app.settings.name, badgeState(page.deployments, app.live_deployment_id !== null));
  const ETag = `"${deps.hash(body).slice(0, 32)}"`;
  const headers = {
    ETag,
    "Cache-Control": "no-cache, max-age=0",
    // It is there to be shown by other pages, and the key in its address says who may see it.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
  };
  const isKnown = call.headers["if-none-match"]?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === ETag);
  return { status: isKnown ? 304 : 200, type: "image/svg+xml; charset=utf-8", headers, body: isKnown ? "" : body };
}
