import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, reaches, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const cancel = (id: number, body: unknown = {}) => api.post(`/api/deployments/${id}/cancel`, body);
const shown = async (id: number) => (await api.get(`/api/deployments/${id}`)).body.data;
const shownApp = async (appId: number) => (await api.get(`/api/apps/${appId}`)).body.data;

const served = async (appId: number) => {
  const { direct_url } = await shownApp(appId);
  return (await fetch(direct_url)).text();
};

/** Processes of this machine whose command line has the word in it. */
const processesWith = (word: string): string[] =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
      } catch {
        return false; // It ended while we looked.
      }
    });

/** A build that waits until it is stopped, in a process that its name identifies. */
const endlessBuild = (word: string) =>
  healthyApp("never", [`node -e "console.log('waiting'); setInterval(() => {}, 1000)" ${word}`]);

/** Builds, starts, and never becomes healthy. */
const unhealthyApp = () => ({
  ...healthyApp("sick"),
  "server.mjs": `import { createServer } from "node:http";
createServer((request, response) => response.writeHead(503).end()).listen(Number(process.env.PORT), process.env.HOST);`,
});

describe("cancelling", () => {
  test("a build: cancelled only when its processes are gone, and again changes nothing", async () => {
    const word = "a-build-that-waits-to-be-cancelled";
    const app = await registerApp(api, endlessBuild(word), { name: "building" });
    const id = await deploy(api, app.id);
    await eventually("the step's output", async () =>
      (await logOf(api, id)).includes("waiting\n") ? true : undefined,
    );
    if (process.platform === "linux") expect(processesWith(word)).not.toEqual([]);

    const first = await cancel(id, { reason: "wrong branch" });
    expect(first).toMatchObject({ status: 202, body: { id, cancel_requested_at: expect.any(String) } });
    expect(first.body).not.toHaveProperty("success");
    const again = await cancel(id);
    expect(again).toMatchObject({ status: 202, body: { cancel_requested_at: first.body.cancel_requested_at } });

    const end = await ends(api, id);
    if (process.platform === "linux") expect(processesWith(word)).toEqual([]);
    expect(end).toMatchObject({ stage: "cancelled", error_message: null, log_complete: true });
    expect(end.progress).toBeGreaterThanOrEqual(50);
    expect(end.message).toContain("wrong branch");
    expect(await logOf(api, id)).toContain("wrong branch");
    expect((await cancel(id)).status).toBe(202);
  });

  test("what waits: it ends at once, and what runs goes on", async () => {
    const app = await registerApp(api, endlessBuild("a-build-in-front"), { name: "waiting" });
    const running = await deploy(api, app.id);
    await reaches(api, running, ["building"]);
    const waiting = await deploy(api, app.id);
    expect((await cancel(waiting)).status).toBe(202);
    expect(await ends(api, waiting, 10)).toMatchObject({ stage: "cancelled", started_at: null, duration: null });
    expect((await shown(running)).stage).toBe("building");
    await cancel(running);
    await ends(api, running);
  });

  test("a release: the earlier one is put back, and served without a break", async () => {
    const app = await registerApp(api, healthyApp("one"), { name: "deploying", healthCheckPath: "/healthz" });
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    app.repository.commit(unhealthyApp(), "Break its health");
    const id = await deploy(api, app.id);
    await eventually("the release", async () =>
      (await logOf(api, id)).includes("Starting 1 of deploying") ? true : undefined,
    );
    const { direct_url } = await shownApp(app.id);
    const others: string[] = [];
    const asking = setInterval(() => {
      fetch(direct_url)
        .then((answer) => answer.text())
        .catch(String)
        .then((text) => text === "one" || others.push(text));
    }, 100);
    expect((await cancel(id)).status).toBe(202);
    const end = await ends(api, id);
    clearInterval(asking);
    expect(end).toMatchObject({ stage: "cancelled", rolled_back: true });
    expect(others).toEqual([]);
    expect(await served(app.id)).toBe("one");
    expect((await api.get(`/api/apps/${app.id}`)).body.data.live_deployment_id).not.toBe(id);

    const retried = await api.post(`/api/deployments/${id}/retry`);
    expect(retried).toMatchObject({ status: 201, body: { trigger: "retry", image_digest: end.image_digest } });
    await reaches(api, retried.body.id, ["deploying"]);
    expect(await logOf(api, retried.body.id)).not.toContain("Step ");
    await cancel(retried.body.id);
    await ends(api, retried.body.id);
  });
});

describe("after the end", () => {
  test("a success is neither cancelled nor retried; it is released again by its digest, without a build", async () => {
    const app = await registerApp(api, healthyApp("one"), { name: "again", healthCheckPath: "/healthz" });
    const first = await ends(api, await deploy(api, app.id));
    expect(first.stage).toBe("success");
    for (const [action, code] of [
      ["cancel", "already_finished"],
      ["retry", "stage_conflict"],
    ]) {
      expect(await api.post(`/api/deployments/${first.id}/${action}`)).toMatchObject({
        status: 409,
        body: { success: false, code, details: [] },
      });
    }

    app.repository.commit(healthyApp("two"), "Second");
    const second = await ends(api, await deploy(api, app.id));
    expect(await served(app.id)).toBe("two");

    const asked = await api.post(`/api/deployments/${first.id}/rollback`, { reason: "two is slow" });
    expect(asked).toMatchObject({
      status: 201,
      body: { trigger: "rollback", rollback_of: first.id, image_digest: first.image_digest, reason: "two is slow" },
    });
    const back = await ends(api, asked.body.id);
    expect(back).toMatchObject({ stage: "success", commit_hash: first.commit_hash, image_digest: first.image_digest });
    expect(back.timeline.map(({ stage }: { stage: string }) => stage)).toEqual(["pending", "deploying", "success"]);
    expect(back.duration).toBeLessThan(30);
    expect(await logOf(api, back.id)).not.toContain("Step ");
    expect(await served(app.id)).toBe("one");
    expect((await api.get(`/api/apps/${app.id}`)).body.data).toMatchObject({
      pinned: true,
      pinned_by: "local",
      live_deployment_id: back.id,
    });

    const releases = (await api.get(`/api/apps/${app.id}/releases`)).body.data;
    expect(releases.map((release: { deployment_id: number }) => release.deployment_id)).toEqual([
      back.id,
      second.id,
      first.id,
    ]);
    expect(releases.map((release: { live: boolean }) => release.live)).toEqual([true, false, false]);
    const unpinned = await api.post(`/api/apps/${app.id}/unpin`);
    expect(unpinned).toMatchObject({ status: 200, body: { success: true, data: { pinned: false } } });
    expect(await api.post(`/api/apps/${app.id}/unpin`)).toMatchObject({ status: 409, body: { code: "not_pinned" } });
  });

  test("a failure is retried on its own commit, whatever the branch says now", async () => {
    const app = await registerApp(api, healthyApp("one", ["exit 3"]), { name: "retried" });
    const failed = await ends(api, await deploy(api, app.id));
    expect(failed).toMatchObject({ stage: "failed", exit_code: 3 });
    app.repository.commit(healthyApp("two"), "Fix it");
    const retried = await api.post(`/api/deployments/${failed.id}/retry`);
    expect(retried).toMatchObject({ status: 201, body: { trigger: "retry", commit_hash: failed.commit_hash } });
    expect(await ends(api, retried.body.id)).toMatchObject({ stage: "failed", commit_hash: failed.commit_hash });

    const refused = await api.post(`/api/deployments/${failed.id}/rollback`);
    expect(refused).toMatchObject({ status: 409, body: { success: false, code: "release_not_kept" } });
  });
});
