// One key is one deployment, whoever asks with it at the same moment, in whatever order its fields come.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { deploymentSchema } from "../../lib/core/deployment/deployment.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";
import { ask, storedApiDeps } from "../support/stored-api-deps.ts";

const ada: Principal = { id: "token#2", name: "ada", role: "admin", apps: null };

let aws: AwsInProcess;
let deps: ApiDeps;
let heads = 0;

beforeAll(async () => {
  aws = await startAwsInProcess();
  // The branch moves with each poll at it, and each poll takes its time.
  const resolve: ApiDeps["heads"]["resolve"] = async () => {
    const commit = String(++heads).padStart(40, "0");
    await deps.pause(20 * (heads % 7));
    return { outcome: "resolved", commit, message: `Commit ${commit}` };
  };
  deps = storedApiDeps(aws, { heads: { resolve } });
  await deps.apps.create(someApp({ id: 1, settings: someSettings({ name: "shop" }) }));
});
afterAll(() => aws?.close());

const post = (key: string, body: unknown = { appId: 1 }, as = ada, address = "/api/deployments") =>
  ask(deps, "POST", address, { as, body, headers: { "idempotency-key": key } });

test("of twenty at the same moment one makes the deployment, and all are answered with that very row", async () => {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(`rush ${round}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const row = await deps.deployments.get(answers[0]?.body.id);
    expect(row?.commit_hash).toBe(answers[0]?.body.commit_hash);
  }
  const made = await deps.audit.list({ app: 1, before: null, limit: 100 });
  expect(made.filter(({ action }) => action === "deployment.create")).toHaveLength(5);
});

test("a key whose first request died before it wrote the row is completed by the next one", async () => {
  const dying: ApiDeps = {
    ...deps,
    deployments: { ...deps.deployments, create: async () => Promise.reject(new Error("killed")) },
  };
  const dead = ask(dying, "POST", "/api/deployments", {
    as: ada,
    body: { appId: 1 },
    headers: { "idempotency-key": "dead" },
  });
  await expect(dead).rejects.toThrow("killed");
  const unpaused: ApiDeps = { ...deps, pause: async () => {} };
  const asked = { as: ada, body: { appId: 1 }, headers: { "idempotency-key": "dead" } };
  const answers = await Promise.all([1, 2, 3].map(() => ask(unpaused, "POST", "/api/deployments", asked)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
});

describe("a key", () => {
  test("says nothing about the order of fields", async () => {
    const first = await post("order", { appId: 1, reason: "Friday" });
    const second = await post("order", { reason: "Friday", appId: 1 });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.id).toBe(first.body.id);
  });

  test("with another body is a conflict, also while the first is under way", async () => {
    const answers = await Promise.all([post("other", { appId: 1 }), post("other", { appId: 1, reason: "Another" })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test("is one caller's, and not that of somebody with the same name", async () => {
    const first = await post("mine");
    const later = await post("mine", { appId: 1 }, { ...ada, id: "token#7" });
    expect([first.status, later.status]).toEqual([201, 201]);
    expect(later.body.id).not.toBe(first.body.id);
  });

  test("is one route's, and there one deployment's", async () => {
    const failed = await Promise.all(
      [1, 2].map(async () => {
        const id = await deps.counters.next("deployments");
        await deps.deployments.create(someDeployment({ id, app_id: 1, stage: "failed" }));
        return id;
      }),
    );
    const retry = (id: number | undefined) => post("route", {}, ada, `/api/deployments/${id}/retry`);
    expect((await post("route")).status).toBe(201);
    expect((await retry(failed[0])).status).toBe(201);
    expect((await retry(failed[0])).status).toBe(200);
    expect((await retry(failed[1])).status).toBe(409);
  });

  test.each(["", "x".repeat(256), "snow☃man", "two\tparts"])("%j is refused", async (key) => {
    expect(await post(key)).toMatchObject({ status: 400, body: { details: [{ field: "Idempotency-Key" }] } });
  });
});

test("a key is one run, too", async () => {
  const release = deploymentSchema.shape.release.parse({
    running: false,
    task_definition: "definition:1",
    load_balancer_url: null,
    healthy: 1,
  });
  await deps.deployments.create(someDeployment({ id: 77, release }));
  const settings = someSettings({ name: "runs" });
  await deps.apps.create(someApp({ id: 7, settings, live_deployment_id: 77 }));
  const run = (command: string) => post("once", { command: [command] }, ada, "/api/apps/7/runs");
  const answers = await Promise.all(Array.from({ length: 8 }, () => run("seed")));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
  expect((await run("other")).body.code).toBe("idempotency_conflict");
  const made = await deps.audit.list({ app: 7, before: null, limit: 100 });
  expect(made.filter(({ action }) => action === "run.create")).toHaveLength(1);
});
