import type { NotificationEndpoint } from "../endpoint.ts";
import { claim, conclude, type DeliveryKey, deliveryName } from "../notice/delivery.ts";
import type { NoticeMessage, OneNotice } from "../notice/message.ts";
import { linkTo, type NoticedDeployment } from "../notice/notice.ts";
import { endpointChannels } from "./channels/all.ts";
import { concernsGitHub, gitHubId, reportToGitHub } from "./channels/github.ts";
import { attempt, contextOf } from "./sending/attempt.ts";
import type { NoticesDeps } from "./sending/deps.ts";

/** Handles a message of the queue of notices. Throws what it cannot handle; the message then comes again. Every message may come twice. */
export async function notify(deps: NoticesDeps, message: NoticeMessage): Promise<void> {
  if (message.type === "stage_changed") return notifyAll(deps, message.deployment);
  if (message.endpoint_id === gitHubId) return reportToGitHub(deps, message);
  const endpoints = await endpointsOf(deps, message.deployment);
  const endpoint = endpoints.find(({ id }) => id === message.endpoint_id);
  if (endpoint !== undefined) return notifyEndpoint(deps, message, endpoint);
  deps.logger.info("The endpoint of a notice is gone", contextOf(message));
}

async function endpointsOf(
  deps: NoticesDeps,
  { app_id, stage }: NoticedDeployment,
): Promise<readonly NotificationEndpoint[]> {
  const app = await deps.apps.get(app_id);
  if (app === null || app.deleted_at !== null) return [];
  return app.settings.notifications.filter(({ events }) => events.includes(stage));
}

async function notifyAll(deps: NoticesDeps, deployment: NoticedDeployment): Promise<void> {
  const endpoints = await endpointsOf(deps, deployment);
  const ids = [...endpoints.map(({ id }) => id), ...((await concernsGitHub(deps, deployment)) ? [gitHubId] : [])];
  for (const endpoint_id of ids) await deps.queue.send({ type: "notice", endpoint_id, attempt: 1, deployment });
}

function notifyEndpoint(deps: NoticesDeps, message: OneNotice, endpoint: NotificationEndpoint): Promise<void> {
  const { deployment } = message;
  const channel = endpointChannels[endpoint.type];
  const key = keyOf(message);
  const notice = {
    delivery: deliveryName(key),
    isTest: false,
    deployment,
    link: linkTo(deps.publicUrl, deployment.id),
  };
  return attempt(deps, message, {
    recipient: endpoint,
    channel,
    claim: async () => claim(await deps.deliveries.get(key), key, message.attempt, deps.now()),
    replace: (row) => deps.deliveries.replace(row, deps.now()),
    send: async (row) => ({ outcome: await channel.send(deps, { appId: deployment.app_id, endpoint, notice }), row }),
    conclude,
  });
}

const keyOf = ({ endpoint_id, deployment }: OneNotice): DeliveryKey => ({
  app_id: deployment.app_id,
  endpoint_id,
  deployment_id: deployment.id,
  stage: deployment.stage,
});
