import { describe, expect, test } from "@jest/globals";
import { claimReport, type GitHubReport } from "../../../lib/core/notice/github-report.ts";
import { plusSeconds } from "../../../lib/core/time.ts";

const now = "2026-01-01T00:00:00.000Z";
const key = { app_id: 1, deployment_id: 7 };
const about = (change: Partial<GitHubReport> = {}): GitHubReport => ({
  ...key,
  rank: 2,
  attempt: 1,
  lease_until: plusSeconds(now, 30),
  settled: false,
  reported: null,
  github_deployment_id: 500,
  version: 4,
  ...change,
});
const outcomeOf = (stored: GitHubReport | null, rank: number, attempt: number, at = now) =>
  claimReport(stored, key, { rank, attempt }, at).outcome;

describe("reports to GitHub", () => {
  test("are the first of a deployment, or follow earlier ones and keep what is known", () => {
    expect(claimReport(null, key, { rank: 1, attempt: 1 }, now)).toMatchObject({
      outcome: "claimed",
      next: { ...key, rank: 1, attempt: 1, reported: null, github_deployment_id: null, version: 1 },
    });
    const stored = about({ lease_until: null, settled: true, reported: "in_progress" });
    expect(claimReport(stored, key, { rank: 5, attempt: 1 }, now)).toMatchObject({
      outcome: "claimed",
      next: { rank: 5, settled: false, reported: "in_progress", github_deployment_id: 500, version: 5 },
    });
  });

  test("wait while somebody is about earlier ones, so that those are not posted after them; but not for a dead one", () => {
    expect(outcomeOf(about(), 5, 1)).toBe("held");
    expect(outcomeOf(about(), 2, 1)).toBe("held");
    expect(outcomeOf(about(), 5, 1, plusSeconds(now, 31))).toBe("claimed");
    expect(outcomeOf(about(), 2, 1, plusSeconds(now, 31))).toBe("claimed");
  });

  test("are outdated once later ones were begun, they were delivered or given up, or the attempt was made", () => {
    expect(outcomeOf(about(), 1, 1)).toBe("outdated");
    expect(outcomeOf(about({ lease_until: null, settled: true }), 2, 2)).toBe("outdated");
    expect(outcomeOf(about({ lease_until: null }), 2, 1)).toBe("outdated");
    expect(outcomeOf(about({ lease_until: null }), 2, 2)).toBe("claimed");
  });
});
