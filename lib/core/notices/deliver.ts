import { concernsGitHub, notifyGitHub } from "./channels/github.ts";
import { claim, conclude, type Delivery, type DeliveryKey, deliveryName, leaseSeconds } from "./delivery.ts";
import type { NoticesDeps } from "./deps.ts";
import type { NotificationEndpoint } from "./endpoint.ts";
import type { NoticeMessage, OneNotice } from "./message.ts";
import { linkTo, type NoticedDeployment } from "./notice.ts";
import { type DeliveryOutcome, delayAfter } from "./outcome.ts";
import { secondsUntilTurn, send } from "./send.ts";

/** Handles a message of the queue of notices. Throws what it cannot handle; the message then comes again. Every message may come twice. */
export async function notify(deps: NoticesDeps, message: NoticeMessage): Promise<void> {
  if (message.type === "github") return notifyGitHub(deps, message);
  const endpoints = await endpointsOf(deps, message.deployment);
  if (message.type === "stage_changed") return notifyAll(deps, message.deployment, endpoints);
  const endpoint = endpoints.find(({ id }) => id === message.endpoint_id);
  if (endpoint !== undefined) return notifyOne(deps, message, endpoint);
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

async function notifyAll(
  deps: NoticesDeps,
  deployment: NoticedDeployment,
  endpoints: readonly NotificationEndpoint[],
): Promise<void> {
  for (const { id } of endpoints) await deps.queue.send({ type: "notice", endpoint_id: id, attempt: 1, deployment });
  if (await concernsGitHub(deps, deployment)) await deps.queue.send({ type: "github", attempt: 1, deployment });
}

async function notifyOne(deps: NoticesDeps, message: OneNotice, endpoint: NotificationEndpoint): Promise<void> {
  const { deployment, attempt } = message;
  const key = keyOf(message);
  const claimed = claim(await deps.deliveries.get(key), key, attempt, deps.now());
  if (claimed.outcome === "outdated") return deps.logger.info("A notice came twice", contextOf(message));
  if (claimed.outcome === "held") return retryAfterLease(deps, message);
  const seconds = await secondsUntilTurn(deps, deployment.app_id, endpoint);
  if (seconds > 0) return deps.queue.send(message, Math.min(seconds, 900));
  if (!(await deps.deliveries.replace(claimed.next, deps.now()))) return retryAfterLease(deps, message);
  const outcome = await send(deps, deployment.app_id, endpoint, {
    delivery: deliveryName(key),
    isTest: false,
    deployment,
    link: linkTo(deps.publicUrl, deployment.id),
  });
  await finishAttempt(deps, message, claimed.next, outcome);
}

/** Somebody else is about it. If they die it is made again, and otherwise it turns out to be a repeat. */
const retryAfterLease = (deps: NoticesDeps, message: OneNotice): Promise<void> =>
  deps.queue.send(message, leaseSeconds);

/** The next attempt is on the queue before this one is over: a crash between the two repeats, and loses nothing. */
async function finishAttempt(
  deps: NoticesDeps,
  message: OneNotice,
  claimed: Delivery,
  outcome: DeliveryOutcome,
): Promise<void> {
  const delay = delayAfter(message.attempt, outcome);
  if (delay !== null) await deps.queue.send({ ...message, attempt: message.attempt + 1 }, delay);
  const settled = outcome.outcome === "sent" ? "sent" : delay === null ? "given_up" : null;
  await deps.deliveries.replace(conclude(claimed, settled), deps.now());
  const words =
    settled === "sent" ? "A notice was sent" : settled === null ? "A notice is sent again" : "A notice was given up";
  const level = settled === "sent" ? "info" : "warn";
  deps.logger[level](words, { ...contextOf(message), answer: outcome.answer });
}

const keyOf = ({ endpoint_id, deployment }: OneNotice): DeliveryKey => ({
  app_id: deployment.app_id,
  endpoint_id,
  deployment_id: deployment.id,
  stage: deployment.stage,
});

const contextOf = ({ endpoint_id, attempt, deployment }: OneNotice) => ({
  deployment_id: deployment.id,
  app_id: deployment.app_id,
  stage: deployment.stage,
  endpoint_id,
  attempt,
});
