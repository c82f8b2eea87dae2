// coolify#8445: what somebody rolled back to was replaced by something else
import { expect, test } from "@jest/globals";
import type { Stage } from "../../lib/core/stage.ts";
import { type Action, type Life, live } from "../support/simulation.ts";

const at =
  (id: number, ...stages: readonly Stage[]): Action["when"] =>
  (rows) =>
    stages.some((stage) => rows.get(id)?.stage === stage);
const first: Action = { when: () => true, act: { request: 1 } };
const long = { outcome: "succeeded", seconds: 300 } as const;
const short = { outcome: "succeeded", seconds: 10 } as const;

const rolledBackWhile = (stage: Stage): Life => ({
  settings: stage === "awaiting_approval" ? { approval: "required" } : {},
  actions: [
    first,
    { when: at(1, "awaiting_approval"), act: { send: 1, event: { type: "approved", by: "grace", reason: null } } },
    { when: at(1, "success"), act: { request: 2 } },
    { when: at(2, stage), act: { request: 3, trigger: "rollback", of: 1 } },
  ],
  build: (id) => (id === 2 && stage === "cloning" ? long : short),
  release: (id) => (id === 2 ? long : short),
});

test.each<Stage>(["cloning", "building", "awaiting_approval", "deploying"])(
  "a rollback does not wait for a deployment that is %s: that one is cancelled, and the earlier version serves",
  async (stage) => {
    const ended = await live(rolledBackWhile(stage));
    expect(ended.stages).toEqual({ 1: "success", 2: "cancelled", 3: "success" });
    expect(ended.serving).toBe(3);
    expect(ended.logs[2]?.join("")).toContain("Cancelled by ada: deployment 3 rolls the app back");
  },
);

test("a newer rollback comes before an older one", async () => {
  const ended = await live({
    actions: [
      first,
      { when: at(1, "success"), act: { request: 2 } },
      { when: at(2, "success"), act: { request: 3, trigger: "rollback", of: 1 } },
      { when: at(3, "deploying"), act: { request: 4, trigger: "rollback", of: 2 } },
    ],
    release: (id) => (id === 3 ? long : short),
  });
  expect(ended.stages).toEqual({ 1: "success", 2: "success", 3: "cancelled", 4: "success" });
});

const withPush = (when: Action["when"], settings: Life["settings"] = {}): Life => ({
  settings,
  actions: [
    first,
    { when: at(1, "success"), act: { request: 2 } },
    { when: at(2, "deploying"), act: { request: 3, trigger: "rollback", of: 1 } },
    { when, act: { request: 4, trigger: "webhook" } },
  ],
  release: (id) => (id === 2 ? long : short),
});

test.each<readonly [string, Action["when"]]>([
  ["waits for its turn", at(3, "pending")],
  ["is released", at(3, "deploying")],
  ["serves", at(3, "success")],
])("a push that comes while the rollback %s is held", async (_moment, when) => {
  const ended = await live(withPush(when));
  expect(ended.stages).toEqual({ 1: "success", 2: "cancelled", 3: "success", 4: "superseded" });
  expect(ended.serving).toBe(3);
  expect(ended.logs[4]?.join("")).toMatch(/rolled back to by ada|rolls the app back/);
});

test("where pushes are to go on after a rollback, they do", async () => {
  const ended = await live(withPush(at(3, "success"), { after_rollback: "resume" }));
  expect(ended.stages).toMatchObject({ 3: "success", 4: "success" });
  expect(ended.serving).toBe(4);
});
