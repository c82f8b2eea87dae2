import { describe, expect, test } from "@jest/globals";
import { gitHubAppSchema } from "../../../lib/core/github/app.ts";
import { creationUrl, isPublic, manifestFor } from "../../../lib/core/github/manifest.ts";
import { repositoryOf } from "../../../lib/core/github/repository.ts";
import { statusUpdateOf } from "../../../lib/core/notice/github-status.ts";
import { stageSchema } from "../../../lib/core/stage.ts";
import { someNoticed } from "../notices/some.ts";

describe("a repository at GitHub", () => {
  test.each([
    "https://github.com/team/shop",
    "https://github.com/team/shop.git",
    "https://github.com/team/shop/",
    "https://GitHub.com/team/shop",
    "https://github.com:443/team/shop.git",
  ])("is recognized by its address: %s", (url) => {
    expect(repositoryOf(url, "https://github.com")).toEqual({ owner: "team", name: "shop" });
  });

  test.each([
    "http://github.com/team/shop",
    "https://github.com.evil.example/team/shop",
    "https://evil.example/github.com/team/shop",
    "https://github.com:8443/team/shop",
    "https://github.com@evil.example/team/shop",
    "https://ada:secret@github.com/team/shop",
    "https://github.com/team",
    "https://github.com/team/shop/tree/main",
    "https://github.com/team/..%2Fother",
    "file:///github.com/team/shop",
    "git@github.com:team/shop.git",
    "",
  ])("is none at any other address: %s", (url) => {
    expect(repositoryOf(url, "https://github.com")).toBeNull();
  });

  test("of a GitHub Enterprise Server is one of its own", () => {
    expect(repositoryOf("https://git.example.com/a/b.c", "https://git.example.com")).toEqual({
      owner: "a",
      name: "b.c",
    });
    expect(repositoryOf("https://github.com/a/b", "https://git.example.com")).toBeNull();
  });
});

describe("a manifest", () => {
  test("asks for what is used and no more, and names where GitHub leads back and pushes go", () => {
    expect(manifestFor("https://slipway.example.com", "Slipway 1")).toEqual({
      name: "Slipway 1",
      url: "https://slipway.example.com",
      hook_attributes: { url: "https://slipway.example.com/api/webhooks/github", active: true },
      redirect_url: "https://slipway.example.com/settings/github",
      setup_url: "https://slipway.example.com/settings/github",
      callback_urls: ["https://slipway.example.com/api/auth/github/callback"],
      public: false,
      default_permissions: { contents: "read", metadata: "read", statuses: "write", deployments: "write" },
      default_events: ["push"],
    });
  });

  test.each(["http://localhost:8080", "http://127.0.0.1:8080", "https://localhost", "", "http://slipway.example.com"])(
    "has no webhook where GitHub cannot reach it: %s",
    (url) => {
      expect(isPublic(url)).toBe(false);
      expect(Object.keys(manifestFor(url, "Slipway"))).not.toContain("hook_attributes");
      expect(Object.keys(manifestFor(url, "Slipway"))).not.toContain("default_events");
    },
  );

  test("goes to the person's own settings or to an organization's", () => {
    expect(creationUrl("https://github.com", null, "s")).toBe("https://github.com/settings/apps/new?state=s");
    expect(creationUrl("https://git.example.com", "team", "s")).toBe(
      "https://git.example.com/organizations/team/settings/apps/new?state=s",
    );
  });
});

test("a status update for GitHub fits, whatever happened and however long the numbers are", () => {
  for (const stage of stageSchema.options) {
    const update = statusUpdateOf(
      someNoticed({
        stage,
        id: 999_999_999_999,
        commit_hash: "c",
        failed_stage: "awaiting_approval",
        exit_code: 255,
        rolled_back: true,
      }),
    );
    expect(update?.description.length ?? 0).toBeLessThanOrEqual(140);
  }
});

test("an app's credentials fit into one SecureString", () => {
  const app = gitHubAppSchema.parse({
    app_id: 4_294_967_295,
    slug: "s".repeat(34),
    name: "n".repeat(34),
    owner: "o".repeat(39),
    html_url: `https://github.com/apps/${"s".repeat(34)}`,
    client_id: "c".repeat(20),
    client_secret: "c".repeat(40),
    private_key: "k".repeat(1_700),
    connected_at: "2026-01-01T00:00:00.000Z",
  });
  expect(JSON.stringify(app).length).toBeLessThan(4096);
});
