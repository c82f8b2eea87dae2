import { describe, expect, test } from "@jest/globals";
import type { Deployment } from "@slipway/monitor/client";
import { judge } from "../../packages/cli/src/doctor/deployments.ts";
import { judgeOrphans } from "../../packages/cli/src/doctor/orphans.ts";
import { data, deploymentOf, refusal, slipway, someApp } from "./deps.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const at = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString();
const app = someApp({});

function standing(
  id: number,
  stage: Deployment["stage"],
  secondsAgo: number,
  change: Partial<Deployment> = {},
): Deployment {
  const timeline = [{ stage, entered_at: at(secondsAgo), seconds: null, message: "" }];
  return deploymentOf({ id, app_id: app.id, stage, status: stage, timeline, cancel_requested_at: null, ...change });
}
const judged = (deployment: Deployment, others: readonly Deployment[] = [], silence: number | null = null) =>
  judge({ deployment, app, others: [deployment, ...others], now, silence });

describe("a deployment that has not ended", () => {
  test("waits behind another one of its app, which is named", () => {
    const found = judged(standing(8, "pending", 600, { deadline_at: at(-23 * 3600) }), [standing(7, "building", 700)]);
    expect(found).toMatchObject({ check: "deployment 8 of shop", outcome: "well" });
    expect(found.says).toBe("pending for 10 min, deadline in 23 h; waiting for deployment 7, which is building");
    expect(found.advice).toContain("slipway watch 7");
  });

  test("is stuck in pending where nothing is before it", () => {
    expect(judged(standing(8, "pending", 30))).toMatchObject({ outcome: "well", advice: null });
    const elsewhere = { ...standing(7, "building", 700), app_id: 2 };
    expect(judged(standing(8, "pending", 90), [elsewhere])).toMatchObject({
      outcome: "wrong",
      says: expect.stringContaining("with no other deployment of its app in progress"),
    });
  });

  test("is late by the deadline that the server answers, as soon as the server should have noticed", () => {
    const dueAgo = (seconds: number) => standing(8, "cloning", 1000, { deadline_at: at(seconds) });
    for (const seconds of [-60, 0, 100]) expect(judged(dueAgo(seconds))).toMatchObject({ outcome: "well" });
    expect(judged(dueAgo(300))).toMatchObject({
      outcome: "wrong",
      says: "cloning for 16 min 40 s, 5 min past its deadline",
    });
  });

  test("may have no deadline", () => {
    expect(judged(standing(8, "deploying", 90, { deadline_at: null })).says).toBe("deploying for 1 min 30 s");
  });

  test("waits for somebody's decision, or is being stopped", () => {
    expect(judged(standing(8, "awaiting_approval", 60)).advice).toContain("slipway approve 8");
    expect(judged(standing(8, "building", 60, { cancel_requested_at: at(5) })).says).toContain("it is being cancelled");
  });

  test("builds in silence", () => {
    expect(judged(standing(8, "building", 900), [], 10)).toMatchObject({ advice: null });
    expect(judged(standing(8, "building", 900), [], 400).says).toContain("its log has been silent for 6 min 40 s");
  });
});

describe("what belongs to no app", () => {
  const checked_at = "2026-01-01T11:30:00.000Z";

  test("is named, with the app that it was made for, and not deleted", () => {
    const orphans = [
      { kind: "target group", name: "slipway-1-7", app_id: 7 },
      { kind: "alarm", name: "slipway-1-x", app_id: null },
    ];
    expect(judgeOrphans({ checked_at, orphans, unchecked: [] })).toMatchObject([
      { outcome: "wrong", says: "target group slipway-1-7 is left of app 7, which is gone (2026-01-01 11:30 UTC)" },
      { outcome: "wrong", says: "alarm slipway-1-x belongs to no app (2026-01-01 11:30 UTC)" },
    ]);
  });

  test("is not declared absent where it could not be looked for, or was not yet", () => {
    const unchecked = [{ kind: "service", reason: "AccessDenied" }];
    expect(judgeOrphans({ checked_at, orphans: [], unchecked })).toMatchObject([{ outcome: "wrong" }]);
    expect(judgeOrphans({ checked_at: null, orphans: [], unchecked: [] })).toMatchObject([{ outcome: "skipped" }]);
    expect(judgeOrphans({ checked_at, orphans: [], unchecked: [] })).toMatchObject([{ outcome: "well" }]);
  });
});

describe("slipway doctor", () => {
  const found = async (server: Parameters<typeof slipway>[0]["server"], env = {}) => {
    const result = await slipway({ ...(server === undefined ? {} : { server }), now, env }, "doctor", "--json");
    const findings: { check: string; outcome: string; says: string; advice: string | null }[] = JSON.parse(result.out);
    return { ...result, of: (check: string) => findings.find((finding) => finding.check === check), findings };
  };

  test("ends with 3 where nobody answers, and says what to do", async () => {
    const { status, of, findings } = await found(() => "ECONNREFUSED");
    expect(status).toBe(3);
    expect(of("server")).toMatchObject({ outcome: "wrong", advice: expect.stringContaining("npm start") });
    expect(findings.at(-1)?.check).toBe("server");
  });

  test("finds a clock that is off, and a token that is refused", async () => {
    const time = new Date(now + 120_000).toISOString();
    const { of, status } = await found((_method, path) =>
      path === "/api/health" ? data({ status: "ok", time }) : refusal(401, "unauthorized", "Sign in."),
    );
    expect(of("clock")).toMatchObject({ outcome: "wrong", says: "120 s behind the server" });
    expect(of("you")).toMatchObject({ outcome: "wrong", advice: expect.stringContaining("slipway login") });
    expect(status).toBe(3);
  });

  test("distinguishes an unhealthy server from one that is not Slipway", async () => {
    expect((await found(() => refusal(503, "unknown", "Down."))).of("server")?.says).toBe(
      "http://localhost:8080 answers 503: Down.",
    );
    expect((await found(() => ({ status: 200, body: "hello" }))).of("server")?.says).toContain("is not Slipway");
  });
});
