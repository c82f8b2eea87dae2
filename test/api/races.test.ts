// Whoever loses a race gets a conflict, and is not in the audit log.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { secretParameter } from "../../lib/core/configuration/secret-parameter.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";
import { memorySecrets } from "../support/memory-stores.ts";
import { ask, storedApiDeps } from "../support/stored-api-deps.ts";

const pairs = Number(process.env.SLIPWAY_RACES ?? 60);
const ada: Principal = { id: "token#2", name: "ada", role: "admin", apps: null };
const grace: Principal = { id: "token#3", name: "grace", role: "admin", apps: null };
const ended = "2026-01-01T00:00:00.000Z";

let aws: AwsInProcess;
let deps: ApiDeps;
let last = 0;

beforeAll(async () => {
  aws = await startAwsInProcess();
  deps = storedApiDeps(aws);
});
afterAll(() => aws?.close());

const stored = async (change: Partial<Deployment>): Promise<number> => {
  const id = ++last;
  expect(await deps.deployments.create(someDeployment({ id, app_id: id, ...change }))).toBe(true);
  return id;
};
const waiting = (): Promise<number> => stored({ stage: "awaiting_approval", progress: 70, outbox: [], enqueued: [] });
const audited = async (app: number) => (await deps.audit.list({ app, before: null, limit: 10 })).map((it) => it.action);
const act = (id: number, action: string, as = ada) => ask(deps, "POST", `/api/deployments/${id}/${action}`, { as });

test(`of ${pairs} pairs who approve and reject at the same moment, each has one who did`, async () => {
  for (let pair = 0; pair < pairs; pair++) {
    const id = await waiting();
    const doing = [act(id, "approve"), act(id, "reject", grace)];
    const answers = await Promise.all(pair % 2 === 0 ? doing : doing.toReversed());
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe("stage_conflict");
    const approved = (await deps.deployments.get(id))?.ending === null;
    expect(await audited(id)).toEqual([approved ? "deployment.approve" : "deployment.reject"]);
  }
});

describe("of several who ask for the same at the same moment, one did it:", () => {
  test.each(["approve", "reject"])("%s", async (action) => {
    const id = await waiting();
    const answers = await Promise.all([ada, grace, ada, grace].map((as) => act(id, action, as)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(await audited(id)).toEqual([`deployment.${action}`]);
  });

  test("cancel, which is granted to all of them and noted once", async () => {
    const id = await stored({ stage: "pending" });
    const answers = await Promise.all([ada, grace, ada, grace].map((as) => act(id, "cancel", as)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.cancel_requested_at)).size).toBe(1);
    expect(await audited(id)).toEqual(["deployment.cancel"]);
  });

  test("unpin", async () => {
    const id = ++last;
    expect(await deps.apps.create(someApp({ id, pinned: true, settings: someSettings({ name: `app-${id}` }) }))).toBe(
      true,
    );
    const unpin = () => ask(deps, "POST", `/api/apps/${id}/unpin`, { as: ada });
    const answers = await Promise.all([unpin(), unpin(), unpin()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await unpin()).toMatchObject({ status: 409, body: { code: "not_pinned" } });
    expect(await audited(id)).toEqual(["app.unpin"]);
  });

  test("changing the same setting: one wins, and the others get a conflict", async () => {
    const id = ++last;
    expect(await deps.apps.create(someApp({ id, settings: someSettings({ name: `app-${id}` }) }))).toBe(true);
    const patch = (cpu: number) => ask(deps, "PATCH", `/api/apps/${id}`, { as: ada, body: { cpu, memory: 4096 } });
    const answers = await Promise.all([512, 1024, 2048].map(patch));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    const won = answers.find(({ status }) => status === 200)?.body.data.cpu;
    expect((await deps.apps.get(id))?.settings.cpu).toBe(won);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe("conflict");
    expect(await audited(id)).toEqual(["app.change"]);
  });

  test("changing a secret, and a caller who gets a conflict has changed none", async () => {
    const id = ++last;
    const settings = someSettings({ name: `app-${id}`, secrets: ["KEY"] });
    expect(await deps.apps.create(someApp({ id, settings }))).toBe(true);
    const kept: NonNullable<Parameters<typeof memorySecrets>[1]> = new Map();
    const patching = { ...deps, secrets: memorySecrets(undefined, kept) };
    const granted = new Map<string, string>();
    for (let round = 0; round < 10; round++) {
      for (const name of ["KEY", `NEW_${round}`]) {
        const values = [`ada ${round}`, `grace ${round}`, `again ${round}`];
        const answers = await Promise.all(
          values.map((value) =>
            ask(patching, "PATCH", `/api/apps/${id}`, { as: ada, body: { secrets: { [name]: value } } }),
          ),
        );
        const statuses = answers.map(({ status }) => status);
        expect(statuses).toContain(200);
        expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
        const app = await deps.apps.get(id);
        const named = app?.settings.secret_versions[name] ?? "";
        const value = kept.get(id)?.get(secretParameter(name, named))?.value ?? "";
        expect(values.filter((_, index) => statuses[index] === 200)).toContain(value);
        granted.set(name, value);
        // What was granted before is still there, and whoever lost left nothing behind.
        for (const [each, of] of granted) {
          const version = app?.settings.secret_versions[each];
          expect(kept.get(id)?.get(secretParameter(each, version))?.value).toBe(of);
        }
        const written = [...(kept.get(id) ?? [])].map(([, one]) => one.value);
        expect(written).not.toContain(values.find((_, index) => statuses[index] === 409));
      }
    }
  });

  test("deleting an app", async () => {
    const id = ++last;
    expect(await deps.apps.create(someApp({ id, settings: someSettings({ name: `app-${id}` }) }))).toBe(true);
    const remove = () => ask(deps, "DELETE", `/api/apps/${id}`, { as: ada });
    const answers = await Promise.all([remove(), remove(), remove()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(await audited(id)).toEqual(["app.delete"]);
  });

  test("revoking a token", async () => {
    const made = await ask(deps, "POST", "/api/tokens", { as: ada, body: { name: "ci", role: "viewer" } });
    const revoke = () => ask(deps, "DELETE", `/api/tokens/${made.body.data.id}`, { as: ada });
    const answers = await Promise.all([revoke(), revoke(), revoke()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    const auditLog = await deps.audit.list({ app: null, before: null, limit: 100 });
    expect(auditLog.filter(({ action }) => action === "token.revoke")).toHaveLength(1);
  });
});

describe("cancelling after the end", () => {
  test.each(["success", "failed", "superseded"] as const)("of one that ended as %s is a conflict", async (stage) => {
    const id = await stored({ stage, finished_at: ended, outbox: [] });
    expect(await act(id, "cancel")).toMatchObject({ status: 409, body: { code: "already_finished" } });
    expect(await audited(id)).toEqual([]);
  });

  test("of one that succeeded although cancelling was asked for in time is a conflict, too", async () => {
    const id = await stored({ stage: "success", finished_at: ended, cancel_requested_at: ended, outbox: [] });
    expect(await act(id, "cancel")).toMatchObject({ status: 409, body: { code: "already_finished" } });
  });

  test("of one that was cancelled as asked changes nothing, and is no conflict", async () => {
    const id = await stored({ stage: "cancelled", finished_at: ended, cancel_requested_at: ended, outbox: [] });
    expect((await act(id, "cancel")).status).toBe(202);
    expect(await audited(id)).toEqual([]);
  });
});
