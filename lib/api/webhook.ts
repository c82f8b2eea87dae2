import type { ShownPushAnswer } from "../contract/answers/deployments.ts";
import { gitHubIdentity } from "../core/access/principal.ts";
import type { App } from "../core/app.ts";
import { type Freeze, freezeAt } from "../core/freeze.ts";
import { repositoryOf } from "../core/github/repository.ts";
import type { Requests } from "../core/ports/access.ts";
import type { Apps, Freezes } from "../core/ports/apps.ts";
import type { WebhookSecrets } from "../core/ports/git.ts";
import { pooled } from "../core/pump/pool.ts";
import { judge, type Verdict } from "../core/push/judge.ts";
import type { Push, PushOutcome } from "../core/push/push.ts";
import { knownRepository, repositoryKey } from "../core/push/repository.ts";
import { deployPush, type PushDeps } from "../core/worker/deploy-push.ts";
import { type Answer, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { readPayload, readPush } from "./webhook-payload.ts";
import { requireSignature } from "./webhook-signature.ts";

/** What taking in a webhook reaches: rows and the queue. No Git host, no build: it is answered in time however busy they are. */
export interface WebhookDeps extends PushDeps {
  readonly secrets: WebhookSecrets;
  readonly apps: Pick<Apps, "ofRepositories" | "noteRepository">;
  readonly freezes: Pick<Freezes, "get">;
  readonly requests: Pick<Requests, "take">;
  /** The origin of GitHub's pages: account numbers in its pushes are identities here. */
  readonly gitHubUrl: string;
}

export interface WebhookCall {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent: that is what is signed. */
  readonly body: Uint8Array;
  /** Where it came from. */
  readonly address: string;
}

/**
 * Takes in what a Git host sends: a push becomes deployments, anything else is ignored by name. Answers when the rows
 * and their messages are durable; the same delivery again is answered the same.
 */
export async function receiveWebhook(deps: WebhookDeps, call: WebhookCall): Promise<Answer> {
  const { headers, body } = call;
  await admit(deps, call);
  const payload = readPayload(headers["content-type"], body);
  const event = eventIn(headers);
  if (event === "ping") return answer(nothing("Ping received: the webhook is set up, and its signature is valid."));
  if (event !== "push") return answer(nothing(`The event ${event} is ignored: only push events are used.`));
  const push = readPush(payload);
  const delivery = deliveryIn(headers);
  const [known, apps, freeze] = await Promise.all([
    delivery === null ? null : deps.pushes.outcomeOf(delivery, seconds(deps)),
    deps.apps.ofRepositories(keysOf(push)),
    deps.freezes.get(),
  ]);
  if (known !== null) return answer(known);
  const outcome = await receivePush(deps, { push, delivery }, apps, freezeAt(freeze, deps.now()));
  return answer(delivery === null ? outcome : await deps.pushes.conclude(delivery, outcome, seconds(deps)));
}

/** What is signed is never too much; whoever cannot sign is not asked to try on. */
async function admit(deps: WebhookDeps, { headers, body, address }: WebhookCall): Promise<void> {
  try {
    await requireSignature(deps.secrets, headers["x-hub-signature-256"], body);
  } catch (error) {
    if (error instanceof ApiError && error.code === "wrong_signature")
      await takeFrom(deps, "refused_webhooks", address);
    throw error;
  }
}

async function receivePush(
  deps: WebhookDeps,
  { push, delivery }: { push: Push; delivery: string | null },
  apps: readonly App[],
  freeze: Freeze | null,
): Promise<PushOutcome> {
  const verdict = judge(push, apps, freeze);
  deps.logger.info("A push was received", {
    repository: push.name,
    ref: push.ref,
    commit_hash: push.after,
    app_ids: verdict.concerned.map(({ id }) => id),
    unjudged_app_ids: verdict.unjudged.map(({ id }) => id),
    ignored: verdict.ignored,
  });
  const [ids] = await Promise.all([deployAll(deps, { push, delivery }, verdict), passAll(deps, push, verdict)]);
  await noteRepositories(deps, push, verdict);
  return { deployment_ids: ids, ignored: verdict.ignored };
}

async function deployAll(
  deps: WebhookDeps,
  { push, delivery }: { push: Push; delivery: string | null },
  { branch, concerned }: Verdict,
): Promise<readonly number[]> {
  const { before, after: commit, message, pusher: actor, pusher_account = null } = push;
  const ids: number[] = [];
  await pooled(concerned, async (app) => {
    // Other hosts number their accounts, too, and share the webhook's secret.
    const isGitHub = repositoryOf(app.settings.repo_url, deps.gitHubUrl) !== null;
    const actor_id = isGitHub && pusher_account !== null ? gitHubIdentity(pusher_account) : null;
    ids.push(await deployPush(deps, app, { branch, before, commit, message, actor, actor_id, reason: null, delivery }));
  });
  return ids.toSorted((a, b) => a - b);
}

/** So that nobody takes the push for missed whom it did not concern. */
function passAll(deps: WebhookDeps, { before, after: commit }: Push, { branch, passed }: Verdict): Promise<void> {
  return pooled(passed, ({ id, settings: { repo_url } }) =>
    deps.marks.passed({ app_id: id, repo_url, branch, commit, before: before === "" ? null : before }),
  );
}

/** So that the apps of a repository are found by its id when it gets another address. */
async function noteRepositories(deps: WebhookDeps, { repository_id = null }: Push, { there }: Verdict): Promise<void> {
  if (repository_id === null) return;
  await pooled(
    there.filter((app) => knownRepository(app) !== repository_id),
    ({ id, settings: { repo_url } }) => deps.apps.noteRepository(id, { url: repo_url, id: repository_id }),
  );
}

/** All the host's addresses of one repository have the same key, as a rule. */
const keysOf = ({ repositories, repository_id = null }: Push): readonly string[] => [
  ...new Set([
    ...(repository_id === null ? [] : [repository_id]),
    ...repositories.flatMap((address) => repositoryKey(address) ?? []),
  ]),
];

const nothing = (ignored: string): PushOutcome => ({ deployment_ids: [], ignored });

const answer = ({ deployment_ids, ignored }: PushOutcome): Answer =>
  data({ deployment_id: deployment_ids[0] ?? null, deployment_ids, ignored } satisfies ShownPushAnswer, 202);

const seconds = (deps: WebhookDeps): number => Math.floor(Date.parse(deps.now()) / 1000);

/** Who names no event sends pushes. */
const eventIn = (headers: WebhookCall["headers"]): string =>
  /^[\w.-]{1,50}$/.exec(headers["x-github-event"] ?? "push")?.[0] ?? "unknown";

/** GitHub's own id of a delivery. Not signed, so only to recognise repeats: a push is identified by what it says, too. */
const deliveryIn = (headers: WebhookCall["headers"]): string | null =>
  /^[\w-]{1,100}$/.exec(headers["x-github-delivery"] ?? "")?.[0] ?? null;
