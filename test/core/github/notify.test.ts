import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeNotice } from "../../../lib/api/encode.ts";
import { fullName } from "../../../lib/core/github/repository.ts";
import type { NoticeMessage } from "../../../lib/core/notice/message.ts";
import type { NoticedDeployment } from "../../../lib/core/notice/notice.ts";
import { notify } from "../../../lib/core/notices/deliver.ts";
import type { NoticesDeps } from "../../../lib/core/notices/sending/deps.ts";
import type { DeploymentStatus, GitHub, GitHubAnswer } from "../../../lib/core/ports/github.ts";
import type { Stage } from "../../../lib/core/stage.ts";
import { memoryGitHubReports } from "../../support/memory-github.ts";
import { memoryDeliveries, memoryEndpointAddresses, memoryEndpointHealths } from "../../support/memory-notices.ts";
import { memoryApps, simulatedClock } from "../../support/memory-stores.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { someNoticed } from "../notices/some.ts";

const sha = "c".repeat(40);
const repo_url = "https://github.com/team/shop.git";
const noticed = (change: Partial<NoticedDeployment> = {}) => someNoticed({ commit_hash: sha, repo_url, ...change });

type Trouble = Exclude<GitHubAnswer<never>, { outcome: "answered" }>;

interface Shown {
  /** Commit statuses, oldest first. */
  readonly statuses: {
    readonly sha: string;
    readonly state: string;
    readonly description: string;
    readonly link: string | null;
  }[];
  readonly deployments: { readonly id: number; readonly ours: number; readonly statuses: DeploymentStatus[] }[];
}

/** GitHub in memory, which now and then answers otherwise. */
function gitHubInMemory(trouble: (call: number) => Trouble | null) {
  const shown: Shown = { statuses: [], deployments: [] };
  let calls = 0;
  const answer = <Value>(make: () => Value): GitHubAnswer<Value> =>
    trouble(++calls) ?? { outcome: "answered", value: make() };
  const api: Omit<GitHub, "readToken"> = {
    setStatus: async (repository, commit, { state, description, target_url, context }) =>
      answer(() => {
        expect([fullName(repository), context]).toEqual(["team/shop", "slipway/shop"]);
        shown.statuses.push({ sha: commit, state, description, link: target_url });
        return null;
      }),
    findDeployment: async (_repository, { deployment_id }) =>
      answer(() => shown.deployments.find(({ ours }) => ours === deployment_id)?.id ?? null),
    createDeployment: async (_repository, { deployment_id }) =>
      answer(() => {
        const id = 500 + shown.deployments.length;
        shown.deployments.push({ id, ours: deployment_id, statuses: [] });
        return id;
      }),
    setDeploymentStatus: async (_repository, id, status) =>
      answer(() => {
        shown.deployments.find((one) => one.id === id)?.statuses.push(status);
        return null;
      }),
  };
  return { api, shown, calls: () => calls };
}

/** The notices' ports over memory with one GitHub, and a clock that jumps to the next message. */
function life({
  trouble = () => null,
  crash = () => false,
}: {
  trouble?: (call: number) => Trouble | null;
  crash?: (write: number) => boolean;
} = {}) {
  const clock = simulatedClock();
  const queue: { message: NoticeMessage; at: number }[] = [];
  const healths = memoryEndpointHealths();
  const reports = memoryGitHubReports();
  const gitHub = gitHubInMemory(trouble);
  let writes = 0;
  const deps: NoticesDeps = {
    apps: memoryApps(),
    addresses: memoryEndpointAddresses(),
    healths,
    deliveries: memoryDeliveries(),
    requests: { take: async () => ({ allowed: true }) },
    outbound: { post: async () => ({ outcome: "refused", message: "" }) },
    mail: { send: async () => ({ outcome: "sent" }) },
    queue: { send: async (message, seconds = 0) => void queue.push({ message, at: clock.ms + seconds * 1000 }) },
    gitHub: {
      url: "https://github.com",
      isConnected: async () => true,
      api: gitHub.api,
      reports: {
        ...reports,
        replace: async (next, now) => {
          if (crash(++writes)) throw new Error("The function died.");
          return reports.replace(next, now);
        },
      },
    },
    encode: encodeNotice,
    sign: () => "",
    publicUrl: "https://slipway.example.com",
    now: () => clock.now(),
    logger: silentLogger,
  };
  const handle = async (message: NoticeMessage) => {
    await notify(deps, message).catch(() => queue.push({ message, at: clock.ms + 180_000 }));
  };
  const run = async () => {
    for (let round = 0; queue.length > 0 && round < 500; round++) {
      clock.ms = Math.max(clock.ms, Math.min(...queue.map(({ at }) => at)));
      const due = queue.filter(({ at }) => at <= clock.ms);
      queue.splice(0, queue.length, ...queue.filter(({ at }) => at > clock.ms));
      await Promise.all(due.map(({ message }) => handle(message)));
    }
    expect(queue).toEqual([]);
  };
  /** Notifies of these changes, all of which are on the queue at once. */
  const report = async (...changes: readonly Partial<NoticedDeployment>[]) => {
    for (const change of changes)
      queue.push({ message: { type: "stage_changed", deployment: noticed(change) }, at: clock.ms });
    await run();
  };
  /** One after the other, as they usually come. */
  const inOrder = async (...stages: readonly Stage[]) => {
    for (const stage of stages) await report({ stage });
  };
  return { report, inOrder, healths, ...gitHub };
}

const states = ({ statuses }: Shown) => statuses.map(({ state }) => state);
const deploymentStates = ({ deployments }: Shown) =>
  deployments.map(({ statuses }) => statuses.map(({ state }) => state));

describe("GitHub is notified of a deployment", () => {
  test("when it begins and how it ended, and in between only what changes something", async () => {
    const { inOrder, shown, calls } = life();
    await inOrder("pending", "cloning", "building", "deploying", "success");
    expect(states(shown)).toEqual(["pending", "success"]);
    expect(deploymentStates(shown)).toEqual([["in_progress", "success"]]);
    expect(shown.statuses.map(({ link }) => link)).toEqual(
      Array(2).fill("https://slipway.example.com/deployments/7#log"),
    );
    expect(calls()).toBe(5);
  });

  test("that it waits for approval, and that it goes on", async () => {
    const { inOrder, shown } = life();
    await inOrder("cloning", "building", "awaiting_approval", "deploying", "success");
    expect(deploymentStates(shown)).toEqual([["in_progress", "pending", "in_progress", "success"]]);
    expect(shown.statuses[1]?.description).toBe("Deployment 7 is waiting for approval");
  });

  test("by its end in GitHub's terms", async () => {
    const ended = async (change: Partial<NoticedDeployment>) => {
      const { report, shown } = life();
      await report({ stage: "cloning" });
      await report(change);
      return { commit: shown.statuses.at(-1), deployment: shown.deployments[0]?.statuses.at(-1) };
    };
    const failed = await ended({ stage: "failed", failed_stage: "building", exit_code: 7, error_message: "a secret" });
    expect(failed.commit).toMatchObject({
      state: "failure",
      description: "Deployment 7 failed in building with exit code 7",
    });
    expect(failed.deployment).toMatchObject({ state: "failure", environment_url: null });
    for (const stage of ["cancelled", "superseded"] as const) {
      const stopped = await ended({ stage });
      expect([stopped.commit?.state, stopped.deployment?.state]).toEqual(["error", "inactive"]);
    }
    const rollback = await ended({
      stage: "success",
      trigger: "rollback",
      rollback_of: 3,
      url: "https://shop.example.com",
    });
    expect(rollback.commit?.description).toBe("Rollback 7 succeeded");
    expect(rollback.deployment?.environment_url).toBe("https://shop.example.com");
  });

  test("nothing while it waits in the queue, has no commit, or was stopped before it began", async () => {
    const { report, shown } = life();
    await report({ stage: "pending" }, { stage: "cloning", commit_hash: "" });
    await report({ stage: "superseded" });
    await report({ stage: "cloning" });
    expect(shown).toEqual({ statuses: [], deployments: [] });
  });

  test("only where its repository lies at this GitHub", async () => {
    const { report, shown } = life();
    for (const url of [
      "https://gitlab.com/team/shop",
      "https://github.com.evil.example/team/shop",
      "file:///srv/shop",
      "",
    ])
      await report({ stage: "success", repo_url: url });
    expect(shown.statuses).toEqual([]);
  });
});

const stageOf = fc.constantFrom<Stage>("cloning", "building", "awaiting_approval", "deploying");
const endOf = fc.constantFrom<Stage>("success", "failed");

describe("whatever comes twice, late, in another order or at once, and whenever GitHub or the function fails", () => {
  const fails = fc.constantFrom<Trouble>(
    { outcome: "unreachable", message: "GitHub answered 502." },
    { outcome: "rate_limited", message: "GitHub's rate limit is reached.", seconds: 60 },
  );

  test("the end stands last, on one deployment at GitHub for each of ours", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.constantFrom(7, 8), stage: stageOf }), { maxLength: 8 }),
        fc.record({ 7: endOf, 8: endOf }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 3 }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 3 }),
        fails,
        fc.func(fc.integer({ min: -100, max: 100 })),
        async (beginnings, ends, troubles, crashes, failure, shuffle) => {
          const { report, shown } = life({
            trouble: (call) => (troubles.includes(call) ? failure : null),
            crash: (write) => crashes.includes(write),
          });
          const all = [...beginnings, { id: 7, stage: ends[7] }, { id: 8, stage: ends[8] }, { id: 7, stage: ends[7] }];
          await report(
            ...all
              .map((one, index) => [shuffle(index), one] as const)
              .toSorted(([a], [b]) => a - b)
              .map(([, one]) => one),
          );
          const wanted = (id: 7 | 8) => (ends[id] === "success" ? "success" : "failure");
          expect(states(shown).at(-1)).toBe(wanted(8));
          expect(shown.deployments.map(({ ours }) => ours).toSorted()).toEqual([7, 8]);
          for (const { ours, statuses } of shown.deployments)
            expect(statuses.at(-1)?.state).toBe(wanted(ours === 7 ? 7 : 8));
        },
      ),
    );
  });

  test("a commit's status is never that of an earlier deployment once a later one has begun", async () => {
    const { report, shown } = life();
    await report({ id: 7, stage: "cloning" });
    await report({ id: 8, stage: "cloning" });
    await report({ id: 7, stage: "failed" });
    expect(states(shown)).toEqual(["pending", "pending"]);
    expect(deploymentStates(shown)).toEqual([["in_progress", "failure"], ["in_progress"]]);
    await report({ id: 8, stage: "success" });
    expect(states(shown).at(-1)).toBe("success");
  });

  test("what a person must fix is given up and shown at the app, until it works again", async () => {
    let isDenied = true;
    const { report, healths, calls } = life({
      trouble: () => (isDenied ? { outcome: "refused", message: "GitHub answered 403." } : null),
    });
    await report({ stage: "cloning" });
    expect(calls()).toBe(1);
    expect(await healths.list(1)).toMatchObject([{ endpoint_id: "github", last_error: "GitHub answered 403." }]);
    isDenied = false;
    await report({ stage: "success" });
    expect(await healths.list(1)).toMatchObject([{ failing_since: null, last_error: null }]);
  });

  test("where the app is not installed, nothing is reported and nothing is wrong", async () => {
    const { report, healths, calls } = life({ trouble: () => ({ outcome: "not_installed" }) });
    await report({ stage: "cloning" });
    await report({ stage: "success" });
    expect(await healths.list(1)).toEqual([]);
    expect(calls()).toBe(2);
  });
});
