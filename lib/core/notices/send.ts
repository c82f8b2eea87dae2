import type { NotificationEndpoint } from "../endpoint.ts";
import type { Notice } from "../notice/notice.ts";
import { endpointChannels } from "./channels/all.ts";
import type { SendingDeps } from "./sending/deps.ts";
import { recordHealth } from "./sending/health.ts";
import type { DeliveryOutcome } from "./sending/outcome.ts";

/** Notifies one endpoint, once, and records how it went. */
export async function send(
  deps: SendingDeps,
  appId: number,
  endpoint: NotificationEndpoint,
  notice: Notice,
): Promise<DeliveryOutcome> {
  const outcome = await endpointChannels[endpoint.type].send(deps, { appId, endpoint, notice });
  await recordHealth(deps, appId, endpoint, outcome);
  return outcome;
}
