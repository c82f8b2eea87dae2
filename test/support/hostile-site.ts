import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page, WebSocketRoute } from "playwright-core";
import { dashboardOf } from "../../lib/checkout/dashboard.ts";
import { answerTo, logLines, newToken, shownDeployment, type Writing } from "./hostile-data.ts";

/** Where the dashboard seems to be. Nothing is asked of the network. */
export const origin = "http://slipway.test";

/** The folder with the dashboard, as it would be shipped. */
export const builtForFixtures = (): Promise<string> => dashboardOf(resolve(import.meta.dirname, "../.."));

/** Serves a built dashboard to a page, with an API that answers the data of {@link answerTo}. `unanswered` collects what it was asked in vain. */
export async function serveHostileData(page: Page, directory: string, writing: Writing, unanswered: string[]) {
  await page.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname.endsWith("/badge.svg")) return route.fulfill({ contentType: "image/svg+xml", body: badge });
    if (!pathname.startsWith("/api/")) {
      const file = join(directory, pathname);
      return route.fulfill({ path: pathname !== "/" && existsSync(file) ? file : join(directory, "index.html") });
    }
    const isNewToken = route.request().method() === "POST" && pathname === "/api/tokens";
    const answer = isNewToken ? newToken(writing) : answerTo(pathname, writing);
    if (answer !== undefined) return route.fulfill({ json: answer });
    unanswered.push(`${route.request().method()} ${pathname}`);
    return route.fulfill({ status: 404, json: { success: false, error: "There is none.", code: "not_found" } });
  });
  await page.routeWebSocket(/\/api\//, (socket) => {
    if (new URL(socket.url()).pathname === "/api/deployments/logs") sendDeployment(socket, writing);
    socket.onMessage((message) => {
      if (String(message).includes("ping")) socket.send(frame("pong", {}));
    });
  });
}

const badge = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"/>';

const frame = (type: string, data: unknown): string =>
  JSON.stringify({ type, timestamp: "2025-11-14T10:30:45.000Z", data });

/** What a socket says of a deployment that has failed: its state, the log, the error, the end. */
function sendDeployment(socket: WebSocketRoute, writing: Writing): void {
  const { data } = answerTo(`/api/deployments/${shownDeployment}`, writing) as { data: Record<string, unknown> };
  const status = { ...data, deployment_id: data.id, error_message: data.error_message ?? "" };
  socket.send(frame("status", { ...status, log_complete: false }));
  for (const line of logLines(writing)) socket.send(frame("log", line));
  socket.send(frame("error", { message: data.error_message, scope: "deployment", deployment_id: data.id }));
  socket.send(frame("status", { ...status, log_complete: true }));
}
