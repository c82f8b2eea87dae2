// coolify#5747: the concurrency setting was ignored, deployments raced
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BuildSlots, freeSlots, noBuilds, type Slot, takeSlot } from "../../lib/core/build-slots.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { apply } from "../../lib/core/worker/apply.ts";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { memoryDeployments, memoryLog, memoryQueue, memoryReports, simulatedClock } from "../support/memory-stores.ts";
import { scriptedBuilds } from "../support/scripted-aws.ts";
import { workerDeps } from "../support/worker-deps.ts";

const apps = [1, 2, 3, 4, 5, 6, 7, 8];
/** Of each app three, asked for at the same moment. */
const ids = apps.flatMap((app) => [app, app + 8, app + 16]).toSorted((a, b) => a - b);
const appOf = (id: number): number => ((id - 1) % 8) + 1;

/** A control plane over memory whose builds fail after a while; that is the shortest life with a build in it. */
async function installation(maxConcurrentBuilds: number) {
  const clock = simulatedClock();
  const log = memoryLog();
  const queue = memoryQueue(clock);
  const deployments = memoryDeployments(log.isSealed, []);
  const reports = memoryReports();
  const secrets = { put: async () => {}, remove: async () => {}, values: async () => [], ofBuilds: async () => ({}) };
  const planes = { clock, log, queue, deployments, reports, secrets };
  const builds = scriptedBuilds(planes, (id) => ({ outcome: "failed", seconds: 5 + ((id * 7) % 20) }));
  const deps: WorkerDeps = workerDeps({ ...planes, builds: builds.port, maxConcurrentBuilds, now: () => clock.now() });
  for (const id of apps) await deps.apps.create(someApp({ id, settings: someSettings({ name: `app-${id}` }) }));
  for (const id of ids) {
    await deployments.create(
      someDeployment({ id, app_id: appOf(id), outbox: [{ type: "enter_lane" }], enqueued: ["enter_lane"] }),
    );
    await queue.send({ type: "deployment", deployment_id: id, event: { type: "woken" } });
  }
  /** Works on all that is due at the same moment, then lets half a second pass. */
  const tick = async (): Promise<void> => {
    const due = queue.messages.filter(({ at }) => at <= clock.ms);
    queue.messages = queue.messages.filter(({ at }) => at > clock.ms);
    await Promise.all(due.map(({ message }) => work(deps, message)));
    await builds.advance();
    clock.ms += 500;
  };
  const rows = async (): Promise<Deployment[]> =>
    Promise.all(ids.map(async (id) => (await deployments.get(id)) as Deployment));
  return { deps, clock, queue, builds, tick, rows };
}

test.each([1, 3, 8])(
  "%i of 24 that are asked for at once build; the others wait in words, in turn, and all of them end",
  async (limit) => {
    const { clock, queue, builds, tick, rows } = await installation(limit);
    const end = clock.ms + 3600_000;
    const words = new Set<string>();
    while (queue.messages.length > 0 && clock.ms < end) {
      await tick();
      expect(builds.running()).toBeLessThanOrEqual(limit);
      for (const { stage, message } of await rows()) if (stage === "pending") words.add(message);
    }
    const last = await rows();
    // Of three of an app one ran, one waited for it, and between them the newest counted.
    expect(last.filter(({ stage }) => stage !== "failed" && stage !== "superseded")).toEqual([]);
    expect(last.filter(({ stage }) => stage === "failed").length).toBeGreaterThanOrEqual(apps.length);
    // Where there is room for all apps, nobody waits for anything but their own app.
    if (limit >= apps.length) return;
    expect([...words]).toContain(`Waiting for another build to finish: ${limit} of ${limit} are running`);
    const order = builds
      .started()
      .slice(limit)
      .map((name) => Number(/^b(\d+)a/.exec(name)?.[1]));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  },
);

test("without a limit all apps build at once", async () => {
  const { builds, tick } = await installation(0);
  await tick();
  expect(builds.running()).toBe(apps.length);
});

test("who died before it gave its slot back holds up nobody for longer than until the next sweep", async () => {
  const { deps, builds, tick, rows, queue, clock } = await installation(2);
  const dead = {
    running: [
      { deployment_id: 900, attempt: 1 },
      { deployment_id: 901, attempt: 1 },
    ],
    version: 1,
  };
  await deps.buildSlots.replace({ ...dead, waiting: [{ deployment_id: 902, attempt: 1 }] });
  await tick();
  expect(builds.running()).toBe(0);
  await queue.send({ type: "sweep" });
  await tick();
  await tick();
  expect(builds.running()).toBe(2);
  while (queue.messages.length > 0 && clock.ms < 1e15) await tick();
  expect((await rows()).every(({ finished_at }) => finished_at !== null)).toBe(true);
  expect(await deps.buildSlots.get()).toMatchObject({ running: [], waiting: [] });
});

test("who is cancelled while it waits leaves the line", async () => {
  const { deps, tick } = await installation(1);
  await tick();
  const [first] = (await deps.buildSlots.get()).waiting;
  const id = first?.deployment_id ?? 0;
  await apply(deps, id, { type: "cancel_requested", by: "ada", reason: null });
  await work(deps, { type: "deployment", deployment_id: id, event: { type: "woken" } });
  expect((await deps.deployments.get(id))?.stage).toBe("cancelled");
  expect((await deps.buildSlots.get()).waiting).not.toContainEqual(first);
});

test("whoever comes and goes in whatever order: never more than the limit, nobody twice, and the earliest first", () => {
  const step = fc.record({ asks: fc.boolean(), deployment_id: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, limit) => {
      let slots: BuildSlots = noBuilds;
      for (const { asks, deployment_id } of steps) {
        const slot: Slot = { deployment_id, attempt: 1 };
        const answer = takeSlot(slots, slot, limit);
        const next = asks ? answer.slots : freeSlots(slots, [slot]);
        expect(next.running.length).toBeLessThanOrEqual(limit);
        const all = [...next.running, ...next.waiting].map((one) => one.deployment_id);
        expect(new Set(all).size).toBe(all.length);
        // Who is let in overtakes nobody but those for whom there is room as well.
        const earlier = next.waiting.filter((one) => one.deployment_id < deployment_id).length;
        if (asks && next !== slots && answer.outcome === "granted")
          expect(earlier).toBeLessThanOrEqual(limit - next.running.length);
        slots = next;
      }
    }),
  );
});
