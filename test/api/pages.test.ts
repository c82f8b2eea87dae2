// Every list is whole: page by page, whatever is large in it.
import { describe, expect, test } from "@jest/globals";
import { handle } from "../../lib/api/handle.ts";
import { largestPage } from "../../lib/api/page.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";

const ada: Principal = { id: "token#2", name: "ada", role: "admin", apps: null };
const ids = [1, 2, 3, 4, 5];
const newestFirst = ids.toReversed();
const day = (id: number): string => `2026-01-0${id}T00:00:00.000Z`;

function filled() {
  const { deps, kept } = apiDeps();
  for (const id of ids) {
    kept.apps.set(id, someApp({ id, live_deployment_id: 5, settings: someSettings({ name: `app-${id}` }) }));
    const principal = { name: `token ${id}`, role: "viewer", apps: null } as const;
    kept.tokens.set(`hash ${id}`, { kind: "token", id, principal, expires_at: null, last_used_at: null, github: null });
    kept.audit.push({
      id: `${day(id)}#a`,
      at: day(id),
      actor: "ada",
      actor_id: ada.id,
      role: "admin",
      action: "app.change",
      app_id: 1,
      deployment_id: null,
      details: {},
      address: "192.0.2.1",
    });
  }
  for (const id of newestFirst) {
    kept.deployments.set(id, someDeployment({ id, app_id: 1 }));
    const record = {
      app_id: 1,
      deployment_id: id,
      image_digest: `sha256:${id}`,
      commit_hash: "a",
      released_at: day(id),
    };
    kept.records.push(record);
  }
  const ask = async (address: string, principal = ada) => {
    const { pathname: path, searchParams } = new URL(address, "http://localhost");
    const query = Object.fromEntries(searchParams);
    const request = {
      method: "GET",
      path,
      query,
      headers: {},
      body: null,
      principal,
      csrf: null,
      address: "192.0.2.1",
    };
    // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
    return (await handle(deps, request)).body as any;
  };
  return { ask, kept };
}

/** All pages of a list. */
async function pagesOf(ask: ReturnType<typeof filled>["ask"], address: string): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  let cursor: string | null = "";
  do {
    const next = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { data: unknown[]; next_cursor: string | null } = await ask(`${address}${next}`);
    pages.push(page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return pages;
}

describe("apps, tokens and releases", () => {
  const lists = [
    ["/api/apps", "id", ids],
    ["/api/tokens", "id", ids],
    ["/api/apps/1/releases", "deployment_id", newestFirst],
  ] as const;

  test.each(lists)("%s is answered whole unless a limit is asked for", async (path, key, expected) => {
    const { ask } = filled();
    const whole = await ask(path);
    expect(whole).toMatchObject({ success: true, next_cursor: null });
    expect(whole.data.map((one: Record<string, unknown>) => one[key])).toEqual(expected);
  });

  test.each(lists)("%s has pages, each item once", async (path, key, expected) => {
    const { ask } = filled();
    const pages = await pagesOf(ask, `${path}?limit=2`);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().map((one) => (one as Record<string, unknown>)[key])).toEqual(expected);
  });

  test("of somebody who has some apps only, a page has those", async () => {
    const { ask } = filled();
    const some = { ...ada, apps: [2, 4, 5] };
    const first = await ask("/api/apps?limit=2", some);
    expect(first.data.map(({ id }: { id: number }) => id)).toEqual([2, 4]);
    const rest = await ask(`/api/apps?limit=2&cursor=${first.next_cursor}`, some);
    expect(rest).toMatchObject({ next_cursor: null, data: [{ id: 5 }] });
  });

  test.each(["limit=0", "limit=1001", "limit=x", "cursor=x"])("%s is refused", async (query) => {
    await expect(filled().ask(`/api/apps?${query}`)).rejects.toMatchObject({ status: 400 });
  });
});

test("a page ends before it is larger than Lambda can answer, and the next one goes on there", async () => {
  const { ask, kept } = filled();
  const large = "x".repeat(1024 * 1024);
  for (const entry of kept.audit.splice(0)) kept.audit.push({ ...entry, details: { large } });
  const pages = await pagesOf(ask, "/api/audit?limit=5");
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(pages.flat().map((one) => (one as { at: string }).at)).toEqual(newestFirst.map(day));
  for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(largestPage + 1024);
  // One that is too large all by itself is answered alone, not never.
  kept.audit.splice(0, 4);
  expect((await ask("/api/audit")).data).toHaveLength(1);
});
