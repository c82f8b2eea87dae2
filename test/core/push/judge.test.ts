import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { App, Settings } from "../../../lib/core/app.ts";
import { judge } from "../../../lib/core/push/judge.ts";
import type { Push } from "../../../lib/core/push/push.ts";
import { someApp, someSettings } from "../../support/deployments.ts";

const app = (id: number, settings: Partial<Settings> = {}): App =>
  someApp({ id, settings: someSettings({ name: `app-${id}`, repo_url: "https://github.com/acme/shop", ...settings }) });

const push = (change: Partial<Push> = {}): Push => ({
  repositories: ["https://github.com/acme/shop.git", "git@github.com:acme/shop.git"],
  name: "acme/shop",
  ref: "refs/heads/main",
  before: "b".repeat(40),
  after: "a".repeat(40),
  deleted: false,
  message: "Fix",
  changed: ["web/index.html"],
  pusher: "ada",
  ...change,
});
const idsOf = (apps: readonly App[]): number[] => apps.map(({ id }) => id);

describe("what a push is for", () => {
  test("is each app of its repository that follows its branch", () => {
    const apps = [
      app(1),
      app(2, { branch: "next" }),
      app(3, { repo_url: "https://github.com/acme/other" }),
      app(4),
      { ...app(5), deleted_at: "2026-01-01T00:00:00.000Z" },
    ];
    const verdict = judge(push(), apps);
    expect(idsOf(verdict.concerned)).toEqual([1, 4]);
    expect(verdict).toMatchObject({ branch: "main", passed: [], ignored: null });
  });

  test.each([
    ["a tag", { ref: "refs/tags/v1" }, "Tag v1 of acme/shop: tags are not deployed."],
    ["another ref", { ref: "refs/notes/x" }, "refs/notes/x of acme/shop is no branch: only branches are deployed."],
    ["a branch that is gone", { deleted: true }, "Branch main of acme/shop was deleted: there is nothing to deploy."],
    ["an unfollowed branch", { ref: "refs/heads/feature/x" }, "No app of acme/shop deploys branch feature/x."],
    [
      "a strange repository",
      { repositories: ["https://github.com/acme/x"], name: "acme/x" },
      "No app deploys the repository acme/x. If it was renamed or transferred, change the repository in the app's settings.",
    ],
    [
      "a branch with control characters",
      { ref: "refs/heads/ma\u0007in\u202e" },
      "refs/heads/main of acme/shop is not a name that Git allows for a branch.",
    ],
    ["a marker", { message: "Docs\n\n[Skip CI]" }, "The commit message contains [skip ci]."],
    ["our own marker", { message: "Docs [skip slipway]" }, "The commit message contains [skip slipway]."],
  ])("is nothing, and said by name, for %s", (_what, change, ignored) => {
    expect(judge(push(change), [app(1)])).toMatchObject({ concerned: [], ignored });
  });

  test("is the app of a repository that was renamed, by its id, and not one that has left that repository", () => {
    const id = "repository github.com 7";
    const known = { ...app(1), repository: { url: "https://github.com/acme/shop", id } };
    const left = { ...app(2), repository: { url: "https://github.com/acme/former", id } };
    const moved = push({ repositories: ["https://github.com/new/name.git"], name: "new/name", repository_id: id });
    expect(idsOf(judge(moved, [known, left, app(3)]).concerned)).toEqual([1]);
    expect(judge({ ...moved, repository_id: "repository github.com 8" }, [known])).toMatchObject({
      concerned: [],
      ignored: expect.stringContaining("No app deploys the repository new/name. If it was renamed or transferred"),
    });
  });

  test("is nothing for apps whose automatic deploys are paused, and none of them misses it later", () => {
    const paused = app(1, { auto_deploy: false });
    expect(judge(push(), [paused])).toMatchObject({
      concerned: [],
      passed: [paused],
      unjudged: [],
      ignored: "Automatic deploys are paused for app-1.",
    });
    const other = app(2);
    expect(judge(push(), [paused, other])).toMatchObject({ concerned: [other], passed: [paused], ignored: null });
  });

  test("is nothing where nothing changed that is watched, and those who follow the branch are distinguished", () => {
    const apps = [app(1, { root_dir: "api" }), app(2, { watch_paths: ["docs/**"] }), app(3, { branch: "next" })];
    const verdict = judge(push(), apps);
    expect(verdict).toMatchObject({ concerned: [], ignored: "The push changes no watched paths of app-1, app-2." });
    expect(idsOf(verdict.passed)).toEqual([1, 2]);
    expect(idsOf(judge(push({ changed: ["api/x", "docs/y"] }), apps).concerned)).toEqual([1, 2]);
  });

  test("holds nobody up whose neighbour's watch paths cannot be judged, or take too long", () => {
    const stars = `web/${"*a".repeat(240)}*b*`;
    const apps = [
      app(1, { watch_paths: ["docs/**"] }),
      app(2, { watch_paths: ["x/+(a|b)"] }),
      app(3, { watch_paths: Array.from({ length: 100 }, () => stars) }),
      app(4, { watch_paths: ["web/**"] }),
      app(5, { watch_paths: ["**/*.proto"] }),
      app(6, { watch_paths: [""] }),
    ];
    const changed = Array.from({ length: 3000 }, (_, n) => `web/${"a".repeat(200)}${n}`);
    const verdict = judge(push({ changed }), apps);
    expect(idsOf(verdict.concerned)).toEqual([2, 3, 4]);
    expect(idsOf(verdict.unjudged)).toEqual([2, 3]);
    expect(idsOf(verdict.passed)).toEqual([1, 5, 6]);
  });

  test("is judged in full for many apps with usual patterns and many files", () => {
    const apps = Array.from({ length: 500 }, (_, n) =>
      app(n + 1, { watch_paths: [`services/app-${n}/**`, "**/*.proto", `!services/app-${n}/docs/**`] }),
    );
    const changed = Array.from({ length: 10_000 }, (_, n) => `services/lib-${n}/src/some/where/file-${n}.ts`);
    expect(judge(push({ changed: [...changed, "services/app-7/x"] }), apps)).toMatchObject({
      concerned: [{ id: 8 }],
      unjudged: [],
    });
  });

  test("is all followers' where it is not known in full what changed", () => {
    const apps = [app(1, { root_dir: "api" }), app(2, { watch_paths: ["docs/**"] })];
    expect(idsOf(judge(push({ changed: null }), apps).concerned)).toEqual([1, 2]);
  });
});

test("whatever is pushed: every app is concerned, passed or neither, and there is a reason exactly if nobody is concerned", () => {
  const branch = fc.constantFrom("main", "next", "feature/x");
  const repository = fc.constantFrom("acme/shop", "Acme/Shop", "acme/other");
  const directory = fc.constantFrom(".", "web", "api");
  const someApps = fc.array(fc.record({ branch, repository, root_dir: directory, gone: fc.boolean() }), {
    maxLength: 6,
  });
  const somePush = fc.record({
    branch,
    repository,
    kind: fc.constantFrom("refs/heads/", "refs/tags/"),
    deleted: fc.boolean(),
    message: fc.constantFrom("Fix", "[no ci]"),
    changed: fc.option(fc.array(fc.constantFrom("web/a", "api/b", "c"), { maxLength: 3 })),
  });
  fc.assert(
    fc.property(someApps, somePush, (apps, pushed) => {
      const known = apps.map(({ branch: follows, repository: name, root_dir, gone }, index) => ({
        ...app(index + 1, { branch: follows, root_dir, repo_url: `https://github.com/${name}` }),
        deleted_at: gone ? "2026-01-01T00:00:00.000Z" : null,
      }));
      const { ref, repositories } = {
        ref: `${pushed.kind}${pushed.branch}`,
        repositories: [`ssh://git@github.com/${pushed.repository}.git`],
      };
      const { concerned, passed, ignored } = judge(push({ ...pushed, ref, repositories }), known);
      expect(ignored === null).toBe(concerned.length > 0);
      expect(concerned.filter((one) => passed.includes(one))).toEqual([]);
      for (const one of [...concerned, ...passed]) {
        expect(one.deleted_at).toBeNull();
        expect(one.settings.branch).toBe(pushed.branch);
        expect(one.settings.repo_url.toLowerCase()).toBe(`https://github.com/${pushed.repository}`.toLowerCase());
      }
      for (const { settings } of concerned) {
        const below = (path: string) => settings.root_dir === "." || path.startsWith(`${settings.root_dir}/`);
        expect(pushed.changed === null || pushed.changed.some(below)).toBe(true);
        expect([pushed.kind, pushed.deleted, pushed.message]).toEqual(["refs/heads/", false, "Fix"]);
      }
    }),
  );
});
