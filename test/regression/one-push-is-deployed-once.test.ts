// coolify#11108: one push deployed twice; by its delivery, and by its app and commit
import { expect, test } from "@jest/globals";
import { someApp } from "../support/deployments.ts";
import { memoryMarks, memoryPushes } from "../support/memory-pushes.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

const withApp = () => {
  const made = webhookDeps();
  made.kept.apps.set(1, someApp());
  return made;
};
const from = (before: string, after: string) => pushed(after, { before: before.repeat(40) });
const as = (delivery: string) => ({ "x-github-delivery": delivery });

test("the same delivery again, also while the first is under way, is answered with the same deployment", async () => {
  const { deps, kept } = withApp();
  const answers = await Promise.all(Array.from({ length: 6 }, () => deliver(deps, from("b", "a"), as("one"))));
  answers.push(await deliver(deps, from("b", "a"), as("one")));
  expect(new Set(answers.map(({ data }) => data.deployment_id)).size).toBe(1);
  expect(kept.deployments.size).toBe(1);
});

test("also while other pushes move the branch on in between", async () => {
  const { deps, kept } = withApp();
  let moved = 0;
  const asked = { commit: "c", deployment_id: 0 };
  const get = async () => {
    moved += 1;
    const { repo_url, branch } = someApp().settings;
    return { app_id: 1, repo_url, branch, commit: String(moved), asked, etag: null };
  };
  const moving = { ...deps, marks: { ...deps.marks, get } };
  const answers = await Promise.all([1, 2, 3].map(() => deliver(moving, pushed("a"), as("one"))));
  expect([...kept.deployments.keys()]).toEqual(answers[0]?.data.deployment_ids);
});

test("what a delivery came to stands, whatever the app's settings are by now", async () => {
  const { deps, kept } = withApp();
  const first = await deliver(deps, from("b", "a"), as("one"));
  kept.apps.set(2, someApp({ id: 2 }));
  expect(await deliver(deps, from("b", "a"), as("one"))).toEqual(first);
  expect(kept.deployments.size).toBe(1);
});

test("of two webhooks that report the same pushes the slower one repeats nothing", async () => {
  const { deps, kept } = withApp();
  const first = await deliver(deps, from("d", "a"), as("one"));
  const second = await deliver(deps, from("a", "b"), as("two"));
  expect((await deliver(deps, from("d", "a"), as("three"))).data).toEqual(first.data);
  expect((await deliver(deps, from("a", "b"), as("four"))).data).toEqual(second.data);
  expect((await deliver(deps, pushed("b"))).data).toEqual(second.data);
  expect(kept.deployments.size).toBe(2);
});

test("a branch that is forced back and pushed again is deployed each time", async () => {
  const { deps, kept } = withApp();
  const steps = [
    from("d", "a"),
    from("a", "b"),
    { ...from("b", "a"), forced: true },
    from("a", "b"),
    { ...pushed("a"), forced: true },
  ];
  for (const step of steps) await deliver(deps, step);
  expect([...kept.deployments.values()].map(({ commit_hash }) => commit_hash[0])).toEqual(["a", "b", "a", "b", "a"]);
});

test.each(["deployments.create", "queue.send", "marks.asked", "pushes.conclude"])(
  "an intake that dies at %s is completed by the next delivery, under the same number",
  async (dies) => {
    const { deps: whole, kept } = webhookDeps({ pushes: memoryPushes(), marks: memoryMarks() });
    kept.apps.set(1, someApp());
    const [port, method] = dies.split(".") as ["pushes", "conclude"];
    const broken = { ...whole, [port]: { ...whole[port], [method]: () => Promise.reject(new Error("It died.")) } };
    await expect(deliver(broken, from("b", "a"), as("one"))).rejects.toThrow("It died.");
    const again = await deliver(whole, from("b", "a"), as("one"));
    expect([...kept.deployments.keys()]).toEqual(again.data.deployment_ids);
    expect(again.data.deployment_ids).toHaveLength(1);
    expect(kept.messages.length).toBeGreaterThan(0);
  },
);
