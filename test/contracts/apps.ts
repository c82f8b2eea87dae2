import { describe, expect, test } from "@jest/globals";
import type { App } from "../../lib/core/app.ts";
import { releasedSettings } from "../../lib/core/configuration/configuration.ts";
import { repositoryKey } from "../../lib/core/push/repository.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const named = (app: App, name: string): App => ({ ...app, settings: { ...app.settings, name } });
const keyOf = (app: App): string => String(repositoryKey(app.settings.repo_url));
const next = (app: App): App => ({ ...app, version: app.version + 1 });
const live = (deployment_id: number, { settings: { name } }: App) => ({
  deployment_id,
  replaces: deployment_id === 9 ? null : deployment_id - 1,
  name,
  load_balancer_url: "http://lb:3001",
  pin: { pinned: true, by: "ada" },
  live_settings: releasedSettings(someSettings()),
  former_names: [] as { name: string; until: string }[],
});

/** What every {@link Apps} promises. */
export function appsContract(ports: PortOf<"apps">): void {
  describe("apps", () => {
    const fresh = (name?: string): App => {
      const id = freshId();
      return someApp({ id, settings: someSettings({ name: name ?? `app-${id}`, env: { GREETING: "grüß ✓" } }) });
    };
    const created = async (): Promise<App> => {
      const app = fresh();
      expect(await ports().apps.create(app)).toBe(true);
      return app;
    };

    test("an app is read as it was written", async () => {
      const app = await created();
      expect(await ports().apps.get(app.id)).toEqual(app);
      expect(await ports().apps.get(freshId())).toBeNull();
    });

    test("of several who create an app of one name one succeeds, and the others leave nothing behind", async () => {
      const name = `wanted-${freshId()}`;
      const apps = Array.from({ length: 4 }, () => fresh(name));
      const tries = await Promise.all(apps.map((app) => ports().apps.create(app)));
      expect(tries.filter(Boolean)).toHaveLength(1);
      const there = await Promise.all(apps.map(({ id }) => ports().apps.get(id)));
      expect(there.map((app) => app !== null)).toEqual(tries);
    });

    test("an app of the same id is not overwritten", async () => {
      const app = await created();
      const other = named(app, `other-${app.id}`);
      expect(await ports().apps.create(other)).toBe(false);
      expect(await ports().apps.get(app.id)).toEqual(app);
      expect(await ports().apps.create({ ...other, id: freshId() })).toBe(true);
    });

    test("of several who change the same version one succeeds, the others get a conflict", async () => {
      const app = await created();
      const change = (port: number) => next({ ...app, settings: { ...app.settings, port } });
      const tries = await atOnce(5, (index) => ports().apps.replace(change(4000 + index), app));
      expect(tries.filter((outcome) => outcome === "replaced")).toHaveLength(1);
      expect(tries.filter((outcome) => outcome === "conflict")).toHaveLength(4);
      expect((await ports().apps.get(app.id))?.settings.port).toBe(4000 + tries.indexOf("replaced"));
    });

    test("who turned automatic deploys off is kept with that", async () => {
      const app = await created();
      const paused = { ...next(app), paused: { by: "ada", at: "2026-01-02T00:00:00.000Z" } };
      expect(await ports().apps.replace(paused, app)).toBe("replaced");
      expect(await ports().apps.get(app.id)).toEqual(paused);
      const resumed = { ...next(paused), paused: null };
      expect(await ports().apps.replace(resumed, paused)).toBe("replaced");
      expect(await ports().apps.get(app.id)).toEqual(resumed);
    });

    test("what a change of the settings gives an app for the first time stays", async () => {
      const app = await created();
      const keyed = { ...next({ ...app, badge_key: null }), badge_key: "k".repeat(32) };
      expect(await ports().apps.replace(keyed, app)).toBe("replaced");
      expect(await ports().apps.get(app.id)).toEqual(keyed);
    });

    test("a new name is taken and the old one is free again", async () => {
      const app = await created();
      const renamed = next(named(app, `new-${app.id}`));
      expect(await ports().apps.replace(renamed, app)).toBe("replaced");
      expect(await ports().apps.get(app.id)).toEqual(renamed);
      expect(await ports().apps.create(fresh(renamed.settings.name))).toBe(false);
      expect(await ports().apps.create(fresh(app.settings.name))).toBe(true);
    });

    test("the name that is live stays the app's until another of its names is live", async () => {
      const { apps } = ports();
      const app = await created();
      const old = app.settings.name;
      expect(await apps.setLive(app.id, live(9, app))).toBe(true);
      const served = { ...app, ...(await apps.get(app.id)) };
      const renamed = next(named(served, `new-${app.id}`));
      expect(await apps.replace(renamed, served)).toBe("replaced");
      expect(await apps.get(app.id)).toMatchObject({ live_name: old });
      expect(await apps.create(fresh(old))).toBe(false);
      expect(await apps.setLive(app.id, live(10, named(app, `never-${app.id}`)))).toBe(false);
      expect(await apps.setLive(app.id, live(10, served))).toBe(true);
      expect(await apps.create(fresh(old))).toBe(false);
      expect(await apps.setLive(app.id, live(11, renamed))).toBe(true);
      expect(await apps.get(app.id)).toMatchObject({ live_name: renamed.settings.name, live_deployment_id: 11 });
      expect(await apps.create(fresh(old))).toBe(true);
      expect(await apps.create(fresh(renamed.settings.name))).toBe(false);
    });

    test("a name that the app had is its own until it is freed, and may be its name again", async () => {
      const { apps } = ports();
      const app = await created();
      const old = app.settings.name;
      await apps.setLive(app.id, live(9, app));
      const served = { ...app, ...(await apps.get(app.id)) };
      const renamed = next(named(served, `new-${app.id}`));
      expect(await apps.replace(renamed, served)).toBe("replaced");
      const former = [{ name: old, until: "2026-01-08T00:00:00.000Z" }];
      expect(await apps.setLive(app.id, { ...live(10, renamed), former_names: former })).toBe(true);
      expect(await apps.get(app.id)).toMatchObject({ former_names: former });
      expect(await apps.create(fresh(old))).toBe(false);
      expect(await apps.setFormerNames(app.id, [], [])).toBe(false);
      const now = { ...renamed, ...(await apps.get(app.id)) };
      const back = next(named(now, old));
      expect(await apps.replace(back, now)).toBe("replaced");
      expect(await apps.replace(next(named(back, `new-${app.id}`)), back)).toBe("replaced");
      expect(await apps.setFormerNames(app.id, former, [])).toBe(true);
      expect(await apps.create(fresh(old))).toBe(true);
    });

    test("renaming an app whose release took another name meanwhile is a conflict", async () => {
      const { apps } = ports();
      const app = await created();
      await apps.setLive(app.id, live(9, app));
      expect(await apps.replace(next(named(app, `new-${app.id}`)), app)).toBe("conflict");
      const served = { ...app, ...(await apps.get(app.id)) };
      expect(await apps.replace(next(named(served, `new-${app.id}`)), served)).toBe("replaced");
    });

    test("a deleted app frees the name that is live and the one that was to be", async () => {
      const { apps } = ports();
      const app = await created();
      await apps.setLive(app.id, live(9, app));
      const served = { ...app, ...(await apps.get(app.id)) };
      const renamed = next(named(served, `new-${app.id}`));
      await apps.replace(renamed, served);
      expect(await apps.replace({ ...next(renamed), deleted_at: "2026-01-02T00:00:00.000Z" }, renamed)).toBe(
        "replaced",
      );
      for (const name of [app.settings.name, renamed.settings.name]) expect(await apps.create(fresh(name))).toBe(true);
    });

    test("a name that is taken is refused, and the app keeps all it had", async () => {
      const [app, other] = [await created(), await created()];
      expect(await ports().apps.replace(next(named(app, other.settings.name)), app)).toBe("name_taken");
      expect(await ports().apps.get(app.id)).toEqual(app);
      expect(await ports().apps.create(fresh(app.settings.name))).toBe(false);
    });

    test("renaming on an outdated version is a conflict and takes no name", async () => {
      const app = await created();
      expect(await ports().apps.replace(next(app), app)).toBe("replaced");
      const wanted = `late-${app.id}`;
      expect(await ports().apps.replace(next(named(app, wanted)), app)).toBe("conflict");
      expect(await ports().apps.create(fresh(wanted))).toBe(true);
    });

    test("what is live and what is set may change at the same moment, and neither undoes the other", async () => {
      const app = await created();
      const changed = next({ ...app, settings: { ...app.settings, port: 4000 } });
      const [outcome] = await Promise.all([
        ports().apps.replace(changed, app),
        ports().apps.setLive(app.id, live(9, app)),
        ports().apps.setLive(app.id, live(9, app)),
      ]);
      expect(outcome).toBe("replaced");
      expect(await ports().apps.get(app.id)).toEqual({
        ...changed,
        live_deployment_id: 9,
        load_balancer_url: "http://lb:3001",
        live_name: app.settings.name,
        live_settings: releasedSettings(someSettings()),
        pinned: true,
        pinned_by: "ada",
      });
      await ports().apps.unpin(app.id);
      expect(await ports().apps.get(app.id)).toMatchObject({ pinned: false, pinned_by: null, live_deployment_id: 9 });
    });

    test("a release that says nothing of the pin leaves it as it is", async () => {
      const app = await created();
      await ports().apps.setLive(app.id, live(9, app));
      await ports().apps.setLive(app.id, { ...live(10, app), pin: null });
      expect(await ports().apps.get(app.id)).toMatchObject({ live_deployment_id: 10, pinned: true, pinned_by: "ada" });
      await ports().apps.setLive(app.id, { ...live(11, app), pin: { pinned: false, by: null } });
      expect(await ports().apps.get(app.id)).toMatchObject({ pinned: false, pinned_by: null });
      await ports().apps.setLive(app.id, { ...live(12, app), pin: null });
      expect(await ports().apps.get(app.id)).toMatchObject({ live_deployment_id: 12, pinned: false, pinned_by: null });
    });

    test("what whoever notes a release knew of its app is read again where it changed since", async () => {
      const { apps } = ports();
      const app = await created();
      expect(await apps.setLive(app.id, live(9, app), app)).toBe(true);
      const served = { ...app, ...(await apps.get(app.id)) };
      const renamed = next(named(served, `new-${app.id}`));
      expect(await apps.replace(renamed, served)).toBe("replaced");
      expect(await apps.setLive(app.id, { ...live(10, renamed), replaces: 9 }, app)).toBe(true);
      expect(await apps.get(app.id)).toMatchObject({ live_name: `new-${app.id}`, live_deployment_id: 10, version: 2 });
      expect(await apps.create(fresh(app.settings.name))).toBe(true);
      const former = [{ name: `former-${app.id}`, until: "2026-01-08T00:00:00.000Z" }];
      const now = { ...renamed, ...(await apps.get(app.id)) };
      expect(await apps.setLive(app.id, { ...live(11, renamed), replaces: 10, former_names: former }, now)).toBe(true);
      expect(await apps.setFormerNames(app.id, former, [])).toBe(true);
      const was = { ...now, live_deployment_id: 11, former_names: former };
      expect(await apps.setLive(app.id, { ...live(12, renamed), replaces: 11, former_names: former }, was)).toBe(true);
      expect(await apps.create(fresh(`former-${app.id}`))).toBe(false);
      expect(await apps.setLive(app.id, { ...live(13, renamed), replaces: 11 }, was)).toBe(false);
    });

    test("a release is not noted once another took the place of the one that it replaces", async () => {
      const { apps } = ports();
      const app = await created();
      for (const id of [9, 10, 10, 11]) expect(await apps.setLive(app.id, live(id, app))).toBe(true);
      for (const id of [9, 10]) expect(await apps.setLive(app.id, live(id, app))).toBe(false);
      expect(await apps.get(app.id)).toMatchObject({ live_deployment_id: 11 });
      const tries = await Promise.all([12, 13].map((id) => apps.setLive(app.id, { ...live(id, app), replaces: 11 })));
      expect(tries.filter((noted) => noted)).toHaveLength(1);
    });

    test("an app that is gone is not brought back by a release or a change", async () => {
      const app = await created();
      await ports().apps.remove(app);
      await ports().apps.setLive(app.id, live(9, app));
      await ports().apps.unpin(app.id);
      expect(await ports().apps.replace(next(app), app)).toBe("conflict");
      expect(await ports().apps.get(app.id)).toBeNull();
      await ports().apps.remove(app);
      expect(await ports().apps.create(fresh(app.settings.name))).toBe(true);
    });

    test("a deleted app's name is free with the same write, and its removal leaves the name's next owner alone", async () => {
      const app = await created();
      const deleted = next({ ...app, deleted_at: "2026-01-02T00:00:00.000Z" });
      expect(await ports().apps.replace(deleted, app)).toBe("replaced");
      expect(await ports().apps.get(app.id)).toEqual(deleted);
      const heir = fresh(app.settings.name);
      expect(await ports().apps.create(heir)).toBe(true);
      await ports().apps.remove(deleted);
      expect(await ports().apps.get(app.id)).toBeNull();
      expect(await ports().apps.create(fresh(app.settings.name))).toBe(false);
      expect(await ports().apps.ofRepositories([keyOf(heir)])).toContainEqual(heir);
    });

    test("apps are found by their repository at once, for as long as they have it", async () => {
      const { apps } = ports();
      const [here, there] = [
        `https://git.example.com/here-${freshId()}`,
        `https://git.example.com/there-${freshId()}.git`,
      ];
      const at = (repo_url: string): App => {
        const app = fresh();
        return { ...app, settings: { ...app.settings, repo_url } };
      };
      const [one, two, other] = [at(here), at(`${here}.git`), at(there)];
      for (const app of [two, one, other]) expect(await apps.create(app)).toBe(true);
      const found = async (...urls: string[]) =>
        (await apps.ofRepositories(urls.map((url) => String(repositoryKey(url))))).map(({ id }) => id);
      expect(await found(here)).toEqual([one.id, two.id]);
      expect(await found(here, there)).toEqual([one.id, two.id, other.id]);
      expect(await found("https://git.example.com/nowhere")).toEqual([]);
      const moved = next({ ...one, settings: { ...one.settings, repo_url: there } });
      expect(await apps.replace(moved, one)).toBe("replaced");
      expect([await found(here), await found(there)]).toEqual([[two.id], [one.id, other.id]]);
      expect(await apps.replace(next({ ...moved, deleted_at: "2026-01-02T00:00:00.000Z" }), moved)).toBe("replaced");
      expect(await found(there)).toEqual([other.id]);
      await apps.remove(other);
      expect(await found(there)).toEqual([]);
    });

    test("apps are found by what their repository is, for as long as they have its address", async () => {
      const { apps } = ports();
      const [app, other] = [await created(), await created()];
      const ids = async (...keys: string[]) => (await apps.ofRepositories(keys)).map(({ id }) => id);
      const [id, later] = [`repository git.example.com ${app.id}`, `repository git.example.com ${other.id}`];
      const { repo_url } = app.settings;
      await apps.noteRepository(app.id, { url: `${repo_url}-before`, id });
      expect(await ids(id)).toEqual([]);
      await apps.noteRepository(app.id, { url: repo_url, id });
      await apps.noteRepository(app.id, { url: repo_url, id });
      expect(await ids(id)).toEqual([app.id]);
      expect(await ids(id, keyOf(app))).toContain(app.id);
      await apps.noteRepository(app.id, { url: repo_url, id: later });
      expect([await ids(id), await ids(later)]).toEqual([[], [app.id]]);
      const known = { ...app, ...(await apps.get(app.id)) };
      const settings = { ...known.settings, repo_url: `https://git.example.com/moved-${app.id}` };
      const moved = next({ ...known, settings });
      expect(await apps.replace(moved, known)).toBe("replaced");
      expect(await ids(later)).toEqual([]);
      await apps.noteRepository(app.id, { url: settings.repo_url, id });
      await apps.remove({ ...moved, ...(await apps.get(app.id)) });
      expect(await ids(id)).toEqual([]);
      await apps.noteRepository(freshId(), { url: repo_url, id });
      expect(await ids(id)).toEqual([]);
    });

    test("apps are listed by id", async () => {
      const made = [await created(), await created(), await created()].map(({ id }) => id);
      const listed = (await ports().apps.list()).map(({ id }) => id);
      expect(listed).toEqual([...listed].sort((a, b) => a - b));
      expect(listed.slice(-3)).toEqual(made);
    });
  });
}
