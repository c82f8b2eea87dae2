import { describe, expect, test } from "@jest/globals";
import type { GitHubReport } from "../../lib/core/notice/github-report.ts";
import { someGitHubApp } from "../support/github-app.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link GitHubApps} promises. */
export function gitHubAppsContract(ports: PortOf<"gitHubApps">): void {
  test("the GitHub App is none at first, then the first that is made, and none again when it is removed", async () => {
    const { gitHubApps } = ports();
    expect(await gitHubApps.get()).toBeNull();
    const some = ["one", "two", "three"].map((slug) => someGitHubApp({ slug, private_key: "k".repeat(1700) }));
    const made = await Promise.all(some.map((app) => gitHubApps.create(app)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await gitHubApps.get()).toEqual(some[made.indexOf(true)]);
    expect(await gitHubApps.create(someGitHubApp({ slug: "late" }))).toBe(false);
    await gitHubApps.remove();
    expect(await gitHubApps.get()).toBeNull();
    await gitHubApps.remove();
  });
}

/** What every {@link GitTokens} promises. */
export function gitTokensContract(ports: PortOf<"gitTokens">): void {
  test("an app's Git token is its own, with the server it is for, until it is removed", async () => {
    const { gitTokens } = ports();
    const [mine, other] = [freshId(), freshId()];
    expect(await gitTokens.get(mine)).toBeNull();
    await gitTokens.put(mine, { origin: "https://git.example.com", token: "first" });
    await gitTokens.put(mine, { origin: "https://git.example.com", token: "second" });
    expect(await gitTokens.get(mine)).toEqual({ origin: "https://git.example.com", token: "second" });
    expect(await gitTokens.get(other)).toBeNull();
    await gitTokens.remove(mine);
    expect(await gitTokens.get(mine)).toBeNull();
    await gitTokens.remove(mine);
  });
}

/** What every {@link GitHubReports} promises. */
export function gitHubReportsContract(ports: PortOf<"gitHubReports">): void {
  describe("what was reported to GitHub", () => {
    const now = new Date().toISOString();
    const some = (change: Partial<GitHubReport> = {}): GitHubReport => ({
      app_id: freshId(),
      deployment_id: 7,
      rank: 1,
      attempt: 1,
      lease_until: now,
      settled: false,
      reported: null,
      github_deployment_id: null,
      version: 1,
      ...change,
    });

    test("is nothing at first, then what was written last; each deployment has its own", async () => {
      const { gitHubReports } = ports();
      const first = some();
      expect(await gitHubReports.get(first)).toBeNull();
      expect(await gitHubReports.replace(first, now)).toBe(true);
      const next: GitHubReport = {
        ...first,
        lease_until: null,
        reported: "success",
        github_deployment_id: 9,
        version: 2,
      };
      expect(await gitHubReports.replace(next, now)).toBe(true);
      expect(await gitHubReports.get(first)).toEqual(next);
      expect(await gitHubReports.get({ ...first, deployment_id: 70 })).toBeNull();
    });

    test("is written by one of several who read the same version", async () => {
      const { app_id } = some();
      for (const version of [1, 2]) {
        const tries = await atOnce(5, () => ports().gitHubReports.replace(some({ app_id, version }), now));
        expect(tries.filter(Boolean)).toHaveLength(1);
      }
    });

    test("of a commit is the latest deployment's to say, of each app by itself", async () => {
      const { gitHubReports } = ports();
      const [app, other] = [freshId(), freshId()];
      const take = (appId: number, id: number, commit = "a") => gitHubReports.takeCommit(appId, commit, id, now);
      expect(await take(app, 7)).toBe(true);
      expect(await take(app, 7)).toBe(true);
      expect(await take(app, 9)).toBe(true);
      expect(await take(app, 8)).toBe(false);
      expect(await take(app, 8, "b")).toBe(true);
      expect(await take(other, 8)).toBe(true);
    });
  });
}
