import { describe, expect, test } from "@jest/globals";
import type { Process } from "../../lib/core/app.ts";
import { decide } from "../../lib/core/deployment/decide.ts";
import { processesOf } from "../../lib/core/deployment/decide-processes.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { type DeploymentEvent, type ProcessSeen, unseenRelease } from "../../lib/core/deployment/event.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { someDeployment } from "../support/deployments.ts";

const start = "2026-01-01T00:00:00.000Z";
const atSecond = (seconds: number): string => plusSeconds(start, seconds);

const process = (name: string, change: Partial<Process> = {}): Process => ({
  name,
  command: ["work"],
  instances: 1,
  cpu: null,
  memory: null,
  stop_seconds: null,
  order: "after",
  ...change,
});

const seenOf = (name: string, change: Partial<ProcessSeen> = {}): ProcessSeen => ({
  name,
  desired: 1,
  task_definition: `task:${name}`,
  running_since: [start],
  others: 0,
  failures: 0,
  exit_code: null,
  trouble: null,
  printed: null,
  ...change,
});

/** A deployment that goes through events; what each of them says is wrong ends it. */
function living(processes: readonly Process[], strategy: Deployment["settings"]["strategy"] = { type: "rolling" }) {
  let row = someDeployment(
    { image_digest: "sha256:a", commit_hash: "a".repeat(40), live_before: 3 },
    { strategy, processes: [...processes] },
  );
  const happens = (event: DeploymentEvent, seconds = 0): Deployment => {
    const decision = decide(row, event, atSecond(seconds));
    if ("next" in decision) row = decision.next;
    return row;
  };
  const started = {
    type: "release_started",
    task_definition: "task:web",
    url: "u",
    load_balancer_url: "b",
    note: null,
  } as const;
  const web = (change: Partial<ReturnType<typeof unseenRelease>>, seconds = 0) =>
    happens(
      { ...unseenRelease(1), state: "in_progress", task_definition: "task:web", asked: row.version, ...change },
      seconds,
    );
  const see = (seconds: number, ...seen: ProcessSeen[]) =>
    happens({ type: "processes_seen", asked: row.version, processes: seen }, seconds);
  return {
    row: () => row,
    waits: () => row.outbox.map(({ type }) => type).filter((type) => type !== "write_line"),
    said: () => row.outbox.flatMap((effect) => (effect.type === "write_line" ? [effect.line] : [])),
    happens,
    admit: () => happens({ type: "admitted" }),
    startWeb: () => happens(started),
    startProcesses: (...names: string[]) =>
      happens({
        type: "processes_started",
        task_definitions: Object.fromEntries(names.map((one) => [one, `task:${one}`])),
      }),
    done: (key: string) => happens({ type: "effect_done", key }),
    web,
    see,
  };
}

/** One whose web is healthy and waits, and whose worker was started. */
function paused() {
  const life = living([process("worker")]);
  life.admit();
  life.startWeb();
  life.web({ paused: true });
  life.startProcesses("worker");
  return life;
}

describe("processes that start after web", () => {
  test("are started once web waits, and web goes on once they have run for a minute", () => {
    const life = living([process("worker")]);
    life.admit();
    expect(life.waits()).toContain("start_release");
    life.startWeb();
    expect(life.web({ healthy: 0 }).processes).toBeNull();
    expect(life.web({ paused: true })).toMatchObject({
      message: "Waiting until worker has run for 60 s",
      processes: { begun: ["after"] },
    });
    expect(life.waits()).toContain("start_processes");
    life.startProcesses("worker");
    life.web({ paused: true });
    expect(life.waits()).not.toContain("resume_release");
    expect(life.see(59, seenOf("worker")).processes?.ready).toBe(false);
    expect(life.see(61, seenOf("worker")).processes).toMatchObject({
      ready: true,
      task_definitions: { worker: "task:worker" },
    });
    life.web({ paused: true });
    expect(life.waits()).toContain("resume_release");
    life.done("resume_release");
    life.web({ state: "succeeded" });
    expect(life.row().ending).toMatchObject({ stage: "success" });
    expect(life.waits()).not.toContain("stop_processes");
  });

  test("wait for the smoke check of web", () => {
    const strategy = { type: "rolling", smoke_check: { path: "/", expect_status: 200 } } as const;
    const life = living([process("worker")], strategy);
    life.admit();
    life.startWeb();
    life.web({ paused: true });
    expect(life.waits()).toContain("check_release");
    expect(life.web({ paused: true }).processes).toBeNull();
    life.happens({ type: "release_checked", wrong: null });
    life.web({ paused: true });
    expect(life.waits()).toContain("start_processes");
  });

  test("do not run while another version does, while fewer run than are to, or by what was seen before a change", () => {
    const life = paused();
    expect(life.see(300, seenOf("worker", { others: 1 })).processes?.ready).toBe(false);
    expect(life.see(300, seenOf("worker", { desired: 2 })).processes?.ready).toBe(false);
    expect(life.see(300, seenOf("worker", { running_since: [atSecond(290)] })).processes?.ready).toBe(false);
    const asked = life.row().version - 1;
    life.happens({ type: "processes_seen", asked, processes: [seenOf("worker")] }, 300);
    expect(life.row().processes?.ready).toBe(false);
    life.happens({ type: "processes_seen", asked: life.row().version, processes: [] }, 300);
    expect(life.row().processes?.ready).toBe(false);
  });

  test("have to run again before the release is live where one ended meanwhile", () => {
    const life = paused();
    life.see(61, seenOf("worker"));
    life.web({ paused: true });
    life.done("resume_release");
    expect(
      life.see(100, seenOf("worker", { running_since: [atSecond(99)], failures: 1, exit_code: 1 })).processes?.ready,
    ).toBe(false);
    expect(life.web({ state: "succeeded" }, 101).ending).toBeNull();
    expect(life.see(160, seenOf("worker", { running_since: [atSecond(99)], failures: 1 })).ending).toMatchObject({
      stage: "success",
    });
  });

  test("fail the release when they keep ending, with what they printed; web and they go back before it ends", () => {
    const life = paused();
    expect(life.see(5, seenOf("worker", { failures: 2, exit_code: 7 })).ending).toBeNull();
    const failed = life.see(9, seenOf("worker", { failures: 3, exit_code: 7, printed: "It printed last: no queue" }));
    expect(failed).toMatchObject({
      message: "Rolling back",
      processes: { failed: "worker" },
      ending: { stage: "failed", error_code: "release_failed", exit_code: 7, failed_stage: "deploying" },
    });
    expect(failed.ending?.message).toMatch(/^The process worker keeps ending.*exit code 7.*no queue$/);
    expect(life.waits()).toEqual(expect.arrayContaining(["stop_release", "stop_processes"]));
    life.done("stop_release");
    life.web({ state: "failed", restored: true });
    expect(life.waits()).not.toContain("seal_log");
    life.done("stop_processes");
    expect(life.waits()).toContain("seal_log");
    expect(life.row()).toMatchObject({ rolled_back: true, processes: { running: false } });
  });

  test("are started again where ECS runs another version, but not before it may show what it was told", () => {
    const life = paused();
    life.see(30, seenOf("worker", { task_definition: null }));
    expect(life.waits()).not.toContain("start_processes");
    life.see(61, seenOf("worker", { task_definition: null }));
    expect(life.waits()).toContain("start_processes");
  });

  test("are put back when web fails", () => {
    const life = paused();
    life.web({ state: "failed", restored: true });
    expect(life.waits()).toContain("stop_processes");
  });

  test("are awaited where web comes to its end all the same, and take it back where they fail", () => {
    const life = paused();
    // Somebody ended the pause by hand.
    expect(life.web({ state: "succeeded" }).ending).toBeNull();
    life.see(9, seenOf("worker", { failures: 3, exit_code: 7 }));
    expect(life.waits()).toEqual(expect.arrayContaining(["stop_orphaned_release", "stop_processes"]));
    life.done("stop_processes");
    expect(life.waits()).not.toContain("seal_log");
    life.done("stop_orphaned_release");
    expect(life.waits()).toContain("seal_log");
    expect(life.row()).toMatchObject({ rolled_back: true, ending: { stage: "failed" } });
  });

  test("are started again where a cancel came too late for web", () => {
    const life = paused();
    life.see(61, seenOf("worker"));
    life.happens({ type: "cancel_requested", by: "ada", reason: null }, 62);
    expect(life.waits()).toEqual(expect.arrayContaining(["stop_release", "stop_processes"]));
    life.done("stop_processes");
    life.web({ state: "succeeded" }, 63);
    expect(life.row().ending).toBeNull();
    expect(life.waits()).toContain("start_processes");
    life.startProcesses("worker");
    life.see(200, seenOf("worker"));
    expect(life.row().ending).toMatchObject({ stage: "success" });
    expect(life.waits()).not.toContain("stop_processes");
  });

  test("are taken back once more where a start of them comes through after the end", () => {
    const life = living([process("worker")]);
    life.admit();
    life.startWeb();
    life.web({ paused: true });
    life.happens({ type: "cancel_requested", by: "ada", reason: null });
    life.done("stop_processes");
    expect(life.waits()).not.toContain("stop_processes");
    life.startProcesses("worker");
    expect(life.waits()).toContain("stop_processes");
  });
});

test("processes that start before web run before it is started, and its release waits for nothing else", () => {
  const life = living([process("scheduler", { order: "before" })]);
  life.admit();
  expect(life.waits()).toContain("start_processes");
  expect(life.waits()).not.toContain("start_release");
  life.startProcesses("scheduler");
  expect(life.see(10, seenOf("scheduler")).enqueued).not.toContain("start_release");
  life.see(61, seenOf("scheduler"));
  expect(life.waits()).toContain("start_release");
  life.startWeb();
  life.web({ state: "succeeded" });
  expect(life.row().ending).toMatchObject({ stage: "success" });
});

test("the log says of each time which processes it is about", () => {
  const life = living([process("scheduler", { order: "before" }), process("a"), process("b")]);
  life.admit();
  life.startProcesses("scheduler");
  life.see(61, seenOf("scheduler"));
  life.startWeb();
  expect(life.web({ paused: true }).message).toBe("Waiting until a and b have run for 60 s");
  life.startProcesses("a", "b");
  life.see(130, seenOf("scheduler"), seenOf("a"), seenOf("b"));
  expect(life.said()).toEqual([
    "Starting scheduler.",
    "scheduler runs.",
    "Starting 1 of shop.",
    "Starting a and b.",
    "a and b run.",
  ]);
});

test("each process has its time", () => {
  const all = [process("a"), process("b", { order: "before" })];
  expect(processesOf({ processes: all }, ["before"]).map(({ name }) => name)).toEqual(["b"]);
});
