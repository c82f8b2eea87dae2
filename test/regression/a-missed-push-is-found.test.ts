// coolify PR 7488, dokploy#2680: a webhook was answered 429 or too late, and the push was lost
import { describe, expect, test } from "@jest/globals";
import type { App } from "../../lib/core/app.ts";
import { requestDeployment } from "../../lib/core/deployment/request.ts";
import type { HeadPoll } from "../../lib/core/ports/git.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { deployPush } from "../../lib/core/worker/deploy-push.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { memoryFreezes } from "../support/memory-stores.ts";
import { workerDeps } from "../support/worker-deps.ts";

const hash = (letter: string) => letter.repeat(40);
const head = (letter: string, message = "Fix", etag: string | null = null): HeadPoll => ({
  outcome: "resolved",
  commit: hash(letter),
  message,
  etag,
});

/** A branch that somebody pushes to, and polls of it. */
function watching(app: App = someApp()) {
  let now: HeadPoll = head("a");
  const asked: (string | null)[] = [];
  const heads = {
    resolve: async () => ({ outcome: "unreachable" as const, message: "It was not to be asked." }),
    identify: async () => null,
    poll: async (_: unknown, etag: string | null) => {
      asked.push(etag);
      return now;
    },
  };
  const freezes = memoryFreezes();
  const deps = workerDeps({ heads, freezes });
  let handled = 0;
  const deliverHeads = async (): Promise<void> => {
    for (const message of deps.sent().slice(handled)) {
      handled += 1;
      if (message.type === "head") await work(deps, message);
    }
    if (deps.sent().slice(handled).some(isHead)) await deliverHeads();
  };
  const isHead = ({ type }: Message) => type === "head";
  const rows = async () =>
    (await deps.deployments.list({ apps: [app.id], stage: null, limit: 100, before: null })).deployments.toReversed();
  return {
    deps,
    freezes,
    asked,
    begin: () => deps.apps.create(app),
    moves: (to: HeadPoll) => {
      now = to;
    },
    push: (before: string, after: string) =>
      deployPush(deps, app, {
        branch: "main",
        before: hash(before),
        commit: hash(after),
        message: "Fix",
        actor: "ada",
        reason: null,
        delivery: null,
      }),
    byHand: async (letter: string) => {
      const id = await deps.counters.next("deployments");
      const commit = { hash: hash(letter), message: "" };
      const rest = { reason: null, branch: "main", image_digest: null, rollback_of: null };
      await deps.deployments.create(
        requestDeployment({ id, app, trigger: "api", actor: "ada", commit, ...rest }, deps.now()),
      );
    },
    poll: async () => {
      await work(deps, { type: "heads" });
      await deliverHeads();
    },
    deployed: async () => (await rows()).map(({ commit_hash }) => commit_hash[0]).join(""),
    rows,
  };
}

describe("a push that no webhook reported", () => {
  test("is deployed once, and says how it was found", async () => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    branch.moves(head("b", "Second\n\nmore"));
    await branch.poll();
    await branch.poll();
    expect(await branch.deployed()).toBe("ab");
    expect((await branch.rows())[1]).toMatchObject({
      trigger: "webhook",
      actor: "Slipway (found by polling)",
      reason: "No webhook reported this push; it was found by polling the branch.",
      commit_message: "Second",
    });
  });

  test("is given the time that its webhook takes, and then is one deployment with it", async () => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    branch.moves(head("b"));
    await work(branch.deps, { type: "head", app_id: 1, suspect: null });
    expect(await branch.deployed()).toBe("a");
    const id = await branch.push("a", "b");
    await work(branch.deps, { type: "head", app_id: 1, suspect: hash("b") });
    expect(await branch.deployed()).toBe("ab");
    await work(branch.deps, { type: "head", app_id: 1, suspect: hash("b") });
    expect(await branch.push("a", "b")).toBe(id);
  });

  test("is found after one that came late brought an older commit", async () => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    await branch.push("b", "c");
    await branch.push("a", "b");
    branch.moves(head("c"));
    await branch.poll();
    expect(await branch.deployed()).toBe("acbc");
  });
});

describe("nothing is deployed", () => {
  test("of apps that never got a push by webhook", async () => {
    const branch = watching();
    await branch.begin();
    await branch.byHand("x");
    await branch.poll();
    expect(await branch.deployed()).toBe("x");
    expect(branch.asked).toEqual([]);
  });

  test("that somebody asked for meanwhile, and that is recorded", async () => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    await branch.byHand("b");
    branch.moves(head("b"));
    await branch.poll();
    expect(await branch.deployed()).toBe("ab");
    expect(await branch.deps.marks.get(1)).toMatchObject({ commit: hash("b") });
  });

  test("where the commit asks for none", async () => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    branch.moves(head("b", "Docs\n\n[skip ci]"));
    await branch.poll();
    expect(await branch.deployed()).toBe("a");
  });

  test("while automatic deploys are paused, and that is recorded, so that nothing follows when they are resumed", async () => {
    const branch = watching(someApp({ settings: someSettings({ auto_deploy: false }) }));
    await branch.begin();
    await branch.push("x", "a");
    branch.moves(head("b"));
    await branch.poll();
    expect(await branch.deployed()).toBe("a");
    expect(await branch.deps.marks.get(1)).toMatchObject({ commit: hash("b") });
  });

  test("during a freeze, also when it was seen before, and that is recorded, so that nothing follows when it is over", async () => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    branch.moves(head("b"));
    // Between the first look, which suspects the push, and the second one.
    const { queue } = branch.deps;
    const freeze = { reason: "Holidays", actor: "ada", actor_id: null, since: branch.deps.now(), until: "2099-01-01" };
    const freezing = {
      send: async (...sent: Parameters<typeof queue.send>) => {
        if (sent[0].type === "head" && sent[0].suspect !== null) await branch.freezes.put(freeze);
        await queue.send(...sent);
      },
    };
    Object.assign(branch.deps, { queue: freezing });
    await branch.poll();
    expect(await branch.deployed()).toBe("a");
    expect(await branch.deps.marks.get(1)).toMatchObject({ commit: hash("b") });
    await branch.freezes.remove(freeze);
    await branch.poll();
    expect(await branch.deployed()).toBe("a");
  });

  test("of an app that was deleted, or follows another branch by now", async () => {
    for (const change of [
      { deleted_at: "2026-01-01T00:00:00.000Z" },
      { settings: { ...someApp().settings, branch: "next" } },
    ]) {
      const branch = watching();
      await branch.begin();
      await branch.push("x", "a");
      await branch.deps.apps.replace({ ...someApp(), ...change }, someApp());
      branch.moves(head("b"));
      await branch.poll();
      expect(await branch.deployed()).toBe("a");
    }
  });

  test.each<HeadPoll>([
    { outcome: "unchanged" },
    { outcome: "unreachable", message: "It does not answer." },
    { outcome: "refused", code: "branch_not_found", message: "It is gone." },
  ])("where the host says $outcome", async (answer) => {
    const branch = watching();
    await branch.begin();
    await branch.push("x", "a");
    branch.moves(answer);
    await branch.poll();
    expect(await branch.deployed()).toBe("a");
  });
});

test("the host is asked by the name that it gave the state that was dealt with, and by no other", async () => {
  const branch = watching();
  await branch.begin();
  await branch.push("x", "a");
  branch.moves(head("a", "Fix", '"1"'));
  await branch.poll();
  branch.moves(head("b", "Fix", '"2"'));
  await branch.poll();
  await branch.poll();
  expect(branch.asked).toEqual([null, '"1"', '"1"', '"2"']);
});

test("an app that is removed leaves no mark behind", async () => {
  const branch = watching();
  await branch.begin();
  await branch.push("x", "a");
  await branch.deps.apps.replace({ ...someApp(), deleted_at: "2026-01-01T00:00:00.000Z" }, someApp());
  await work(branch.deps, { type: "app_deleted", app_id: 1 });
  expect(await branch.deps.marks.list()).toEqual([]);
});
