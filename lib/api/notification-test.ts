import type { ShownEndpointTest } from "../contract/answers/apps.ts";
import type { NotificationEndpoint } from "../core/endpoint.ts";
import { testDeployment } from "../core/notice/notice.ts";
import { endpointChannels } from "../core/notices/channels/all.ts";
import { send } from "../core/notices/send.ts";
import type { SendingDeps } from "../core/notices/sending/deps.ts";
import { secondsUntilTurn } from "../core/notices/sending/health.ts";
import type { Apps } from "../core/ports/apps.ts";
import { readableApp } from "./apps.ts";
import { type Answer, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { type ApiRequest, refuseForged } from "./handle.ts";
import { hasRole, tooLow } from "./principal.ts";

/** What a test of endpoints reaches. */
export interface NotificationTestDeps extends SendingDeps {
  readonly apps: Apps;
  readonly allowedOrigins: readonly string[];
  /** A name for this test, by which receivers distinguish it from others. */
  readonly fresh: () => string;
  readonly pause: (milliseconds: number) => Promise<void>;
}

type Request = Pick<ApiRequest, "method" | "principal" | "headers" | "csrf">;

/** Sends a test to each endpoint of an app at once, and says what each answered. Throws `ApiError`. */
export async function testNotifications(deps: NotificationTestDeps, request: Request, id: number): Promise<Answer> {
  const { principal } = request;
  if (principal === null) throw new ApiError("unauthorized");
  refuseForged(deps, request);
  const app = await readableApp(deps, { principal }, id);
  if (!hasRole(principal, "deployer")) throw tooLow(principal, "deployer");
  const deployment = testDeployment({ id, name: app.settings.name }, principal.name, deps.now());
  const test = deps.fresh();
  const link = deps.publicUrl === "" ? null : `${deps.publicUrl}/apps/${id}`;
  const results = app.settings.notifications.map(async (endpoint) => {
    const notice = { delivery: `${endpoint.id}-test-${test}`, isTest: true, deployment, link };
    const { ok, answer } = await tried(deps, id, endpoint, notice);
    const shown: ShownEndpointTest = { id: endpoint.id, type: endpoint.type, host: endpoint.host, ok, answer };
    return shown;
  });
  return data(await Promise.all(results));
}

/** Longest wait for the rate limit, while somebody waits for the page; with the answer's 10 s well below API Gateway's 29. */
const longestWaitSeconds = 6;

/** Waits for the endpoint's turn, if that is near. Seconds until it, 0 where it is taken. */
async function turn(deps: NotificationTestDeps, appId: number, endpoint: NotificationEndpoint): Promise<number> {
  let waited = 0;
  for (;;) {
    const seconds = await secondsUntilTurn(deps, appId, endpoint, endpointChannels[endpoint.type]);
    if (seconds === 0 || waited + seconds > longestWaitSeconds) return seconds;
    await deps.pause(seconds * 1000);
    waited += seconds;
  }
}

async function tried(
  deps: NotificationTestDeps,
  appId: number,
  endpoint: NotificationEndpoint,
  notice: Parameters<typeof send>[3],
) {
  const seconds = await turn(deps, appId, endpoint);
  if (seconds > 0) return { ok: false, answer: `Not sent: the rate limit is reached. Try again in ${seconds} s.` };
  const { outcome, answer } = await send(deps, appId, endpoint, notice);
  return { ok: outcome === "sent", answer };
}
