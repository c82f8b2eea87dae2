import { concernsGitHub, tellGitHub } from "./channels/github.ts";
import { claim, conclude, type Delivery, type DeliveryKey, deliveryName, leaseSeconds } from "./delivery.ts";
import type { Endpoint } from "./endpoint.ts";
import type { NoticeMessage, OneNotice } from "./message.ts";
import { linkTo, type NoticedDeployment } from "./notice.ts";
import { delayAfter, type Outcome } from "./outcome.ts";
import { secondsUntilTurn, send } from "./send.ts";
import type { NoticesWorld } from "./world.ts";

/** Handles a message of the queue of notices. Throws what it cannot handle; the message then comes again. Every message may come twice. */
export async function notify(world: NoticesWorld, message: NoticeMessage): Promise<void> {
  if (message.type === "github") return tellGitHub(world, message);
  const endpoints = await endpointsOf(world, message.deployment);
  if (message.type === "stage_changed") return tellAll(world, message.deployment, endpoints);
  const endpoint = endpoints.find(({ id }) => id === message.endpoint_id);
  if (endpoint !== undefined) return tellOne(world, message, endpoint);
  world.note("The endpoint of a notice is gone", contextOf(message));
}

async function endpointsOf(world: NoticesWorld, { app_id, stage }: NoticedDeployment): Promise<readonly Endpoint[]> {
  const app = await world.apps.get(app_id);
  if (app === null || app.deleted_at !== null) return [];
  return app.settings.notifications.filter(({ events }) => events.includes(stage));
}

async function tellAll(
  world: NoticesWorld,
  deployment: NoticedDeployment,
  endpoints: readonly Endpoint[],
): Promise<void> {
  for (const { id } of endpoints) await world.queue.send({ type: "notice", endpoint_id: id, attempt: 1, deployment });
  if (await concernsGitHub(world, deployment)) await world.queue.send({ type: "github", attempt: 1, deployment });
}

async function tellOne(world: NoticesWorld, message: OneNotice, endpoint: Endpoint): Promise<void> {
  const { deployment, attempt } = message;
  const key = keyOf(message);
  const claimed = claim(await world.deliveries.get(key), key, attempt, world.now());
  if (claimed.outcome === "outdated") return world.note("A notice came twice", contextOf(message));
  if (claimed.outcome === "held") return lookAgain(world, message);
  const seconds = await secondsUntilTurn(world, deployment.app_id, endpoint);
  if (seconds > 0) return world.queue.send(message, Math.min(seconds, 900));
  if (!(await world.deliveries.replace(claimed.next, world.now()))) return lookAgain(world, message);
  const outcome = await send(world, deployment.app_id, endpoint, {
    delivery: deliveryName(key),
    isTest: false,
    deployment,
    link: linkTo(world.publicUrl, deployment.id),
  });
  await settle(world, message, claimed.next, outcome);
}

/** Somebody else is about it. If they die it is made again, and otherwise it turns out to be a repeat. */
const lookAgain = (world: NoticesWorld, message: OneNotice): Promise<void> => world.queue.send(message, leaseSeconds);

/** The next attempt is on the queue before this one is over: a crash between the two repeats, and loses nothing. */
async function settle(world: NoticesWorld, message: OneNotice, claimed: Delivery, outcome: Outcome): Promise<void> {
  const delay = delayAfter(message.attempt, outcome);
  if (delay !== null) await world.queue.send({ ...message, attempt: message.attempt + 1 }, delay);
  const settled = outcome.outcome === "sent" ? "sent" : delay === null ? "given_up" : null;
  await world.deliveries.replace(conclude(claimed, settled), world.now());
  const words =
    settled === "sent" ? "A notice was sent" : settled === null ? "A notice is sent again" : "A notice was given up";
  world.note(words, { ...contextOf(message), answer: outcome.answer });
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
