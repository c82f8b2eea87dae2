import type { NoticeEvent, NotificationEndpoint } from "../endpoint.ts";
import { claim, conclude, type DeliveryKey, deliveryName } from "../notice/delivery.ts";
import type { NoticeMessage, OneNotice, OneRunNotice } from "../notice/message.ts";
import { linkTo, type Notice, type NoticedDeployment } from "../notice/notice.ts";
import { linkToRuns, type NoticedRun } from "../notice/run.ts";
import { endpointChannels } from "./channels/all.ts";
import { concernsGitHub, gitHubId, reportToGitHub } from "./channels/github.ts";
import { attempt, contextOf } from "./sending/attempt.ts";
import type { NoticesDeps } from "./sending/deps.ts";

/** Handles a message of the queue of notices. Throws what it cannot handle; the message then comes again. Every message may come twice. */
export async function notify(deps: NoticesDeps, message: NoticeMessage): Promise<void> {
  switch (message.type) {
    case "stage_changed":
      return notifyAll(deps, message.deployment);
    case "run_failed":
      return notifyAllOfRun(deps, message.run);
    case "notice":
      if (message.endpoint_id === gitHubId) return reportToGitHub(deps, message);
      return notifyOne(deps, message, message.deployment.app_id, message.deployment.stage);
    case "run_notice":
      return notifyOne(deps, message, message.run.app_id, "run_failed");
  }
}

async function notifyOne(
  deps: NoticesDeps,
  message: OneNotice | OneRunNotice,
  appId: number,
  event: NoticeEvent,
): Promise<void> {
  const endpoint = (await endpointsOf(deps, appId, event)).find(({ id }) => id === message.endpoint_id);
  if (endpoint !== undefined) return notifyEndpoint(deps, message, endpoint);
  deps.logger.info("The endpoint of a notice is gone", contextOf(message));
}

async function endpointsOf(
  deps: NoticesDeps,
  appId: number,
  event: NoticeEvent,
): Promise<readonly NotificationEndpoint[]> {
  const app = await deps.apps.get(appId);
  if (app === null || app.deleted_at !== null) return [];
  return app.settings.notifications.filter(({ events }) => events.includes(event));
}

async function notifyAll(deps: NoticesDeps, deployment: NoticedDeployment): Promise<void> {
  const endpoints = await endpointsOf(deps, deployment.app_id, deployment.stage);
  const ids = [...endpoints.map(({ id }) => id), ...((await concernsGitHub(deps, deployment)) ? [gitHubId] : [])];
  for (const endpoint_id of ids) await deps.queue.send({ type: "notice", endpoint_id, attempt: 1, deployment });
}

async function notifyAllOfRun(deps: NoticesDeps, run: NoticedRun): Promise<void> {
  for (const { id } of await endpointsOf(deps, run.app_id, "run_failed"))
    await deps.queue.send({ type: "run_notice", endpoint_id: id, attempt: 1, run });
}

function notifyEndpoint(
  deps: NoticesDeps,
  message: OneNotice | OneRunNotice,
  endpoint: NotificationEndpoint,
): Promise<void> {
  const channel = endpointChannels[endpoint.type];
  const key = keyOf(message);
  const delivery = deliveryName(key);
  const notice: Notice =
    message.type === "notice"
      ? {
          delivery,
          isTest: false,
          deployment: message.deployment,
          link: linkTo(deps.publicUrl, message.deployment.id),
        }
      : { delivery, run: message.run, link: linkToRuns(deps.publicUrl, message.run) };
  return attempt(deps, message, {
    recipient: endpoint,
    channel,
    claim: async () => claim(await deps.deliveries.get(key), key, message.attempt, deps.now()),
    replace: (row) => deps.deliveries.replace(row, deps.now()),
    send: async (row) => ({ outcome: await channel.send(deps, { appId: key.app_id, endpoint, notice }), row }),
    conclude,
  });
}

function keyOf(message: OneNotice | OneRunNotice): DeliveryKey {
  const { endpoint_id } = message;
  if (message.type === "run_notice") {
    const { id: run_id, app_id, deployment_id } = message.run;
    return { app_id, endpoint_id, deployment_id, stage: "failed", run_id };
  }
  const { id: deployment_id, app_id, stage } = message.deployment;
  return { app_id, endpoint_id, deployment_id, stage, run_id: null };
}
