// coolify#11108: one push deployed twice; what distinguishes a repeat from a new request is the key, not the moment
import { expect, test } from "@jest/globals";
import { handle } from "../../lib/api/handle.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp } from "../support/deployments.ts";

const click = (headers: Readonly<Record<string, string>>) => ({
  method: "POST",
  path: "/api/deployments",
  query: {},
  headers,
  body: JSON.stringify({ appId: 1 }),
  principal: { id: "token#9", name: "ada", role: "admin" as const, apps: null },
  csrf: null,
  address: "192.0.2.1",
});

test.each([
  ["without a key", {}, {}, 2],
  ["with a key each", { "idempotency-key": "one" }, { "idempotency-key": "two" }, 2],
  ["with the same key", { "idempotency-key": "one" }, { "idempotency-key": "one" }, 1],
])("%s", async (_how, first, second, deployments) => {
  const { deps, kept } = apiDeps();
  kept.apps.set(1, someApp());
  await handle(deps, click(first));
  await handle(deps, click(second));
  expect(kept.deployments.size).toBe(deployments);
  // The same message again wakes a row that has nothing new to do.
  const woken = kept.messages.map((message) => ("deployment_id" in message ? message.deployment_id : null));
  expect(new Set(woken)).toEqual(new Set(kept.deployments.keys()));
});
