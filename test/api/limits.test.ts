import { expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { handle } from "../../lib/api/handle.ts";
import { connect } from "../../lib/api/sockets.ts";
import { receiveWebhook } from "../../lib/api/webhook.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { type LimitName, limits } from "../../lib/core/limits.ts";
import { apiDeps, hash } from "../support/api-deps.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { memorySockets } from "../support/memory-connections.ts";
import { memoryBuckets, simulatedClock } from "../support/memory-stores.ts";
import { webhookDeps } from "../support/webhooks.ts";

const clock = simulatedClock();
const { deps: made, kept } = apiDeps();
const deps: ApiDeps = { ...made, now: () => clock.now(), requests: { ...made.requests, ...memoryBuckets() } };
for (const id of [1, 2]) kept.apps.set(id, someApp({ id }));
kept.deployments.set(1, someDeployment({ id: 1, app_id: 1, stage: "failed" }));
kept.records.push({ app_id: 1, deployment_id: 1, image_digest: "sha256:1", commit_hash: "", released_at: "" });

interface Asking {
  readonly who?: string;
  readonly address?: string;
}

const ask =
  (path: string, body: unknown, method = "POST") =>
  async ({ who = "ada", address = "192.0.2.1" }: Asking = {}): Promise<void> => {
    const principal: Principal = { id: who, name: "ada", role: "admin", apps: null };
    const request = { method, path, query: {}, headers: {}, body: JSON.stringify(body), csrf: null };
    await handle(deps, { ...request, principal, address });
  };
const open = async ({ who = "ada" }: Asking = {}): Promise<void> => {
  const { deployments, apps, tokens, queue } = deps;
  const nowSeconds = () => Math.floor(clock.ms / 1000);
  const stores = { ...memorySockets(), deployments, apps, tokens, queue };
  const sockets = { ...stores, requests: deps.requests, hash, now: () => clock.now(), nowSeconds };
  const principal: Principal = { id: who, name: "ada", role: "viewer", apps: null };
  await connect(sockets, { connectionId: "c", principal, holder: null }, { feed: "1" });
};

const intake = webhookDeps({ requests: deps.requests, now: deps.now }).deps;
const deliver = async (address: string): Promise<void> => {
  await receiveWebhook(intake, { headers: {}, body: Buffer.from("{}"), address });
};

/** What is refused, and when it says to come back; `null`: it was done, or refused for another reason. */
async function refusal(doing: Promise<void>): Promise<number | null> {
  try {
    await doing;
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 429 ? Number(error.headers["Retry-After"]) : null;
  }
}

/** Each with somebody of its own who does too much, and what shows that another is not held up. */
const floods: readonly (readonly [LimitName, (index: number) => Promise<void>, () => Promise<void>])[] = [
  [
    "deployments",
    () => ask("/api/deployments", { appId: 2 })(),
    () => ask("/api/deployments", { appId: 2 })({ who: "bo" }),
  ],
  [
    "deployments",
    () => ask("/api/deployments/1/retry", {})(),
    () => ask("/api/deployments/1/retry", {})({ who: "bo" }),
  ],
  [
    "deployments",
    () => ask("/api/deployments/1/rollback", {})(),
    () => ask("/api/deployments/1/rollback", {})({ who: "bo" }),
  ],
  [
    "app_deployments",
    (index) => ask("/api/deployments", { appId: 2 })({ who: `ci-${index}` }),
    () => ask("/api/deployments", { appId: 1 })({ who: "bo" }),
  ],
  [
    "runs",
    (index) => ask("/api/apps/1/runs", { command: ["true"] })({ who: `ci-${index}` }),
    () => ask("/api/apps/2/runs", { command: ["true"] })({ who: "bo" }),
  ],
  [
    "statuses",
    () => ask("/api/apps/1/status", undefined, "GET")(),
    () => ask("/api/apps/1/status", undefined, "GET")({ who: "bo" }),
  ],
  [
    "login",
    () => ask("/api/auth/login", { token: "wrong" })(),
    () => ask("/api/auth/login", { token: "wrong" })({ address: "192.0.2.2" }),
  ],
  [
    "logins",
    (index) => ask("/api/auth/login", { token: "wrong" })({ address: `192.0.2.${index}` }),
    () => ask("/api/deployments", { appId: 2 })(),
  ],
  [
    "refused_codes",
    () => ask("/api/auth/exchange", { code: "wrong" })(),
    () => ask("/api/auth/exchange", { code: "wrong" })({ address: "192.0.2.2" }),
  ],
  ["tickets", () => ask("/api/tickets", {})(), () => ask("/api/tickets", {})({ who: "bo" })],
  ["sockets", () => open(), () => open({ who: "bo" })],
  ["refused_webhooks", () => deliver("192.0.2.1"), () => deliver("192.0.2.2")],
];

test.each(floods)(
  "%s: a flood is refused with a correct Retry-After, and holds up nobody else",
  async (name, flood, other) => {
    clock.ms += 3_600_000;
    const { burst, perMinute } = limits[name];
    for (let index = 0; index < burst; index++) expect(await refusal(flood(index))).toBeNull();
    const seconds = (await refusal(flood(burst))) ?? 0;
    expect(seconds).toBe(Math.ceil(60 / perMinute));
    expect(await refusal(other())).toBeNull();
    clock.ms += seconds * 1000 - 1;
    if (60 % perMinute === 0) expect(await refusal(flood(burst + 1))).not.toBeNull();
    clock.ms += 1;
    expect(await refusal(flood(burst + 2))).toBeNull();
  },
);

test("every limit is met by somebody", () => {
  expect([...new Set(floods.map(([name]) => name))].sort()).toEqual(Object.keys(limits).sort());
});
