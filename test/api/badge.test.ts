import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { asksWithKey } from "../../lib/api/badge-key.ts";
import { badgeState } from "../../lib/api/badge-state.ts";
import { badgeSvg } from "../../lib/api/badge-svg.ts";
import { handle } from "../../lib/api/handle.ts";
import { presentApp } from "../../lib/api/present.ts";
import { anonymous } from "../../lib/api/principal.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { appSchema } from "../../lib/core/app.ts";
import type { Stage } from "../../lib/core/stage.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp, someDeployment } from "../support/deployments.ts";

const key = "0123456789abcdef0123456789abcdef";

const asAdmin = {
  principal: { id: "token#9", name: "ada", role: "admin", apps: null },
  csrf: null,
  query: {},
  headers: {},
  address: "",
} as const;

/** App 1 has a key and a release that serves; app 2 is from before there were badges. */
function asked(principal: Principal | null, query: Readonly<Record<string, string>>, headers = {}, id = 1) {
  const { deps, kept } = apiDeps();
  kept.apps.set(1, someApp({ badge_key: key, live_deployment_id: 7 }));
  kept.apps.set(2, someApp({ id: 2 }));
  kept.deployments.set(7, someDeployment({ app_id: 1, stage: "success" }));
  const path = `/api/apps/${id}/badge.svg`;
  return handle(deps, { method: "GET", path, query, headers, body: null, principal, csrf: null, address: "" });
}

describe("a badge", () => {
  test("is for whoever knows the key, and for readers of the app", async () => {
    const reader: Principal = { id: "token#9", name: "ada", role: "viewer", apps: [1] };
    const entitled: readonly Parameters<typeof asked>[] = [
      [anonymous, { key }],
      [reader, {}],
      [reader, { key: "wrong" }],
    ];
    for (const one of entitled)
      expect(await asked(...one)).toMatchObject({ status: 200, type: "image/svg+xml; charset=utf-8" });
    expect((await asked(anonymous, { key })).body).toContain("shop: passing");
  });

  test("is not there for anybody else, whether the app is or not", async () => {
    const stranger: Principal = { id: "token#9", name: "eve", role: "admin", apps: [3] };
    const others: readonly Parameters<typeof asked>[] = [
      [anonymous, { key: "wrong" }],
      [anonymous, {}],
      [stranger, {}],
      [anonymous, { key }, {}, 2],
      [anonymous, { key: "null" }, {}, 2],
      [anonymous, { key }, {}, 3],
    ];
    for (const one of others) await expect(asked(...one)).rejects.toMatchObject({ status: 404, code: "app_not_found" });
    await expect(asked(null, { key })).rejects.toMatchObject({ status: 401 });
  });

  test("is asked for again each time, and not sent again while it is the same", async () => {
    const first = await asked(anonymous, { key });
    expect(first.headers).toMatchObject({
      "Cache-Control": "no-cache, max-age=0",
      ETag: expect.stringMatching(/^"\w+"$/),
    });
    const etag = String(first.headers?.ETag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      expect(await asked(anonymous, { key }, { "if-none-match": known })).toMatchObject({ status: 304, body: "" });
    }
    expect((await asked(anonymous, { key }, { "if-none-match": '"other"' })).status).toBe(200);
  });
});

test.each<[string, readonly Stage[], boolean, string]>([
  ["nothing was ever deployed", [], false, "never deployed"],
  ["the newest one serves", ["success", "failed"], true, "passing"],
  ["the newest one failed, though an earlier one serves", ["failed", "success"], true, "failed"],
  ["one is under way", ["awaiting_approval", "success"], true, "deploying"],
  ["the newest were called off", ["cancelled", "superseded", "success"], true, "passing"],
  ["all that is known of was called off, and something serves", ["cancelled"], true, "passing"],
  ["the only one was called off", ["cancelled"], false, "never deployed"],
])("when %s", (_when, stages, isLive, state) => {
  expect(
    badgeState(
      stages.map((stage) => ({ stage })),
      isLive,
    ),
  ).toBe(state);
});

describe("the picture", () => {
  test("says to who cannot see it what it shows", () => {
    expect(badgeSvg("shop", "deploying")).toMatch(
      /^<svg [^>]*role="img" aria-labelledby="title"><title id="title">shop: deploying<\/title>/,
    );
  });

  test("has nothing in it but text, whatever an app is called", () => {
    const tags = (svg: string) => svg.replace(/[^<>]/g, "");
    fc.assert(fc.property(fc.string(), (name) => tags(badgeSvg(name, "failed")) === tags(badgeSvg("a", "failed"))));
  });

  test("is wider the longer the name is", () => {
    const width = (name: string) => Number(/ width="(\d+)"/.exec(badgeSvg(name, "passing"))?.[1]);
    expect(width("a-long-name-of-an-app")).toBeGreaterThan(width("shop"));
  });
});

test("an app from before there were badges has none, until its settings change; then it keeps its key", async () => {
  const { badge_key: _, ...older } = someApp();
  const row = appSchema.parse(older);
  expect(
    presentApp(row, { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl: "" }, [], "none", [])
      .badge_url,
  ).toBeNull();
  const { deps, kept } = apiDeps();
  kept.apps.set(1, row);
  const change = () => handle(deps, { ...asAdmin, method: "PATCH", path: "/api/apps/1", body: '{"port":4000}' });
  expect((await change()).body).toMatchObject({ data: { badge_url: `/api/apps/1/badge.svg?key=${"b".repeat(32)}` } });
  kept.apps.set(1, { ...row, badge_key: key });
  expect((await change()).body).toMatchObject({ data: { badge_url: `/api/apps/1/badge.svg?key=${key}` } });
});

test("a key in the address is looked at only where a badge is asked for", () => {
  const asks = (change: object) =>
    asksWithKey({ method: "GET", path: "/api/apps/1/badge.svg", query: { key }, ...change });
  expect(asks({})).toBe(true);
  const others = [
    { method: "DELETE" },
    { path: "/api/apps/1" },
    { path: "/api/apps/1/badge.svg/x" },
    { path: "/x/api/apps/1/badge.svg" },
    { query: {} },
  ];
  for (const other of others) expect(asks(other)).toBe(false);
});
