import { describe, expect, test } from "@jest/globals";
import { widthOf } from "slipway/terminal/width";
import { data, deploymentOf, refusal, slipway, someApp } from "./deps.ts";

const freeze = {
  reason: "Holidays",
  actor: "ada",
  actor_id: null,
  since: "2026-01-01T00:00:00.000Z",
  until: "2026-01-02T08:00:00.000Z",
};
const longName = "a-name-of-sixty-three-characters-which-is-as-long-as-they-may-be";
const apps = [
  someApp({ id: 1, name: "shop", live_deployment_id: 12, branch: "a-branch-with-a-very-long-name" }),
  someApp({ id: 2, name: longName, url: `https://${longName}.apps.example.com` }),
];
const serverWith =
  (frozen: unknown, listed: unknown = apps) =>
  (_method: string, path: string) =>
    data(path === "/api/freeze" ? frozen : listed);

test("slipway alone shows the apps, and what to do", async () => {
  const { status, out, err } = await slipway({ server: serverWith(null) });
  expect(status).toBe(0);
  expect(out).toContain("shop");
  expect(err).toContain("slipway up");
});

test("slipway alone says how to begin where nobody is signed in, and where nobody answers", async () => {
  const signedOut = await slipway({ server: () => refusal(401, "unauthorized", "Sign in.") });
  expect(signedOut.status).toBe(3);
  expect(signedOut.out).toMatch(/not signed in to http:\/\/localhost:8080.*slipway login/s);
  const down = await slipway({});
  expect(down.status).toBe(3);
  expect(down.out).toMatch(/connection refused.*npm start/s);
});

test("slipway alone without apps leads to the first one", async () => {
  expect((await slipway({ server: serverWith(null, []) })).err).toContain("slipway up");
});

test.each([["apps"], ["tokens"], ["freeze"]])("%s needs no verb", async (command) => {
  expect((await slipway({ server: serverWith(null, []) }, command)).status).toBe(0);
});

test("a command that does something alone still knows a wrong verb", async () => {
  const { status, err } = await slipway({ server: serverWith(null) }, "apps", "lst");
  expect([status, err]).toEqual([2, expect.stringContaining("Did you mean list?")]);
});

test.each([["apps"], ["status"]])("%s fits 80 columns, and cuts neither a name nor an address", async (command) => {
  const { out } = await slipway({ server: serverWith(null), columns: 80 }, command);
  expect(out).toContain(longName);
  expect(out).toContain(`    https://${longName}.apps.example.com\n`);
  // An address of a length that no terminal has is left whole.
  const lines = out.split("\n").filter((line) => !line.startsWith("    "));
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
});

test.each([["apps"], ["status"]])("%s says that deployments are frozen", async (command) => {
  const { err } = await slipway({ server: serverWith(freeze) }, command);
  expect(err).toContain("Deployments are frozen until 2026-01-02 08:00 UTC by ada: Holidays");
});

test("a server from before there were freezes has none", async () => {
  const server = (_method: string, path: string) =>
    path === "/api/freeze" ? refusal(404, "not_found", "This URL does not exist.") : data(apps);
  expect((await slipway({ server }, "apps")).status).toBe(0);
});

test("freeze begins with an end and a reason, and says so", async () => {
  const sent: unknown[] = [];
  const server = (method: string, _path: string, body: unknown) => {
    if (method === "POST") sent.push(body);
    return data(freeze);
  };
  const { out } = await slipway({ server }, "freeze", "begin", "--until", "24h", "--reason", "Holidays");
  expect(sent).toEqual([{ until: "2026-01-02T00:00:00.000Z", reason: "Holidays" }]);
  expect(out).toContain("frozen until 2026-01-02 08:00 UTC");
  const missing = await slipway({ server }, "freeze", "begin");
  expect([missing.status, missing.err]).toEqual([2, expect.stringContaining("slipway freeze begin --until")]);
});

/** What the server answers of the changes of a first release. */
const changes = {
  compared_with: null,
  commits: [],
  commits_complete: true,
  removed_commits: [],
  removed_commits_complete: true,
  settings: [],
};

test("what a freeze holds says how an admin overrides it", async () => {
  const server = (method: string, path: string) => {
    if (method === "POST") return refusal(409, "frozen", "Deployments are frozen.");
    return data(path.includes("/changes") ? changes : apps);
  };
  const { status, err } = await slipway({ server }, "deploy", "shop");
  expect([status, err]).toEqual([2, expect.stringContaining("--override")]);
});

describe("before something is released", () => {
  const paused = { by: "grace", at: "2025-12-30T09:30:00.000Z" };
  const shop = someApp({ id: 1, name: "shop", live_deployment_id: 6 });
  /** A server on which deployments are frozen; what was asked of it, and of the person who types. */
  function frozen(app = shop, freezing: unknown = freeze) {
    const asked: string[] = [];
    const server = (method: string, path: string) => {
      if (method === "POST") asked.push(path);
      if (method === "POST") return { status: 201, body: deploymentOf({ id: 12 }) };
      if (path === "/api/freeze") return data(freezing);
      if (path.includes("/changes")) return data(changes);
      if (path === "/api/deployments/6") return data(deploymentOf({ id: 6, app_id: 1 }));
      return data([app, someApp({ id: 2, name: "production" })]);
    };
    const confirm = async (question: string) => {
      asked.push(question);
      return true;
    };
    return { asked, server, questions: { confirm } };
  }

  test.each([[["deploy", "shop"]], [["rollback", "shop", "6"]], [["promote", "shop", "production", "6"]]])(
    "%j says until when deployments are frozen, by whom, why, and how to override that, and asks nothing",
    async (words) => {
      const { asked, ...options } = frozen();
      const { status, err } = await slipway({ ...options, columns: 200 }, ...words);
      expect([status, asked]).toEqual([2, []]);
      expect(err).toBe(
        'Deployments are frozen until 2026-01-02 08:00 UTC by ada: Holidays.\nIf you are an admin, run it again with --override "why". Run slipway freeze to see the freeze.\n',
      );
    },
  );

  test("an override says what it overrides, and asks", async () => {
    const { asked, ...options } = frozen();
    const { err } = await slipway({ ...options, columns: 200 }, "deploy", "shop", "--override", "Fix the checkout");
    expect(err).toContain("frozen until 2026-01-02 08:00 UTC by ada: Holidays. This overrides it.");
    expect(asked).toEqual(["Deploy shop?", "/api/deployments"]);
  });

  test("it is said what keeps pushes from the app", async () => {
    const app = { ...shop, auto_deploy: false, paused, pause_reason: "Migration", pinned: true, pinned_by: "ada" };
    const { asked, ...options } = frozen(app, null);
    const { err } = await slipway({ ...options, columns: 200 }, "deploy", "shop");
    expect(err).toContain("Automatic deploys of shop are paused since 2025-12-30 09:30 UTC by grace: Migration.");
    expect(err).toContain("Pushes to shop are held since a rollback by ada.");
    expect(asked).toEqual(["Deploy shop?", "/api/deployments"]);
  });

  test("nothing is said of what is not", async () => {
    const { asked: _asked, ...options } = frozen(shop, null);
    const { err } = await slipway({ ...options, columns: 200 }, "deploy", "shop");
    expect(err).not.toMatch(/frozen|paused|held/);
  });
});

test("who pauses automatic deploys is told how to resume them", async () => {
  const shop = someApp({ id: 1, name: "shop" });
  const server = (method: string) => data(method === "PATCH" ? { ...shop, auto_deploy: false } : [shop]);
  const { err } = await slipway({ server }, "apps", "set", "shop", "--auto-deploy", "false");
  expect(err).toContain("slipway apps set shop --auto-deploy true");
});
