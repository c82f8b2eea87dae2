import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { type Behaviour, turnableApp } from "../support/apps.ts";
import { addressOf, answersOf, deploy, ends, logOf, type Registered, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { visitors } from "../support/visitors.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  // A minute of a bake lasts as long as the worker waits between two polls, so that it sees each step.
  local = await startLocalMode({ args: ["--minute", "6s"] });
  api = apiAt(local.url);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const register = (name: string, strategy: object): Promise<Registered> =>
  registerApp(api, turnableApp("0"), { name, healthCheckPath: "/healthz", strategy });

/** Commits another version and asks for its deployment. */
async function release(app: Registered, version: string, behaviour: Partial<Behaviour> = {}): Promise<number> {
  app.repository.commit(turnableApp(version, behaviour), `Version ${version}`);
  return deploy(api, app.id);
}

/** Has that version behave otherwise from now on, whatever share of the traffic it has. */
async function turn(app: Registered, version: string, behaviour: Partial<Behaviour>): Promise<void> {
  const url = `${await addressOf(api, app.id)}/turn`;
  await eventually(`${version} to be turned`, async () => {
    const answer = await fetch(url, { method: "POST", body: JSON.stringify({ version, ...behaviour }) });
    return (await answer.text()) === version ? true : undefined;
  });
}

const messageOf = async (id: number): Promise<string> => (await api.get(`/api/deployments/${id}`)).body.data.message;

const sees = (id: number, message: string) =>
  eventually(`"${message}"`, async () => ((await messageOf(id)) === message ? true : undefined));

describe("a canary", () => {
  const strategy = { type: "canary", percent: 25, canaryBakeMinutes: 60, bakeMinutes: 0 };

  test.concurrent("gets its share, is reported, and gives all of it back when it is cancelled in the middle", async () => {
    const app = await register("canary", strategy);
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    const crowd = visitors(Number(new URL(await addressOf(api, app.id)).port));
    const id = await release(app, "1");
    await sees(id, "25 % of traffic on the new version");
    expect(await logOf(api, id)).toContain("25 % of traffic is on the new version for 60 minutes.\n");
    const share = (await answersOf(api, app.id, 200)).filter((answer) => answer === "1").length;
    expect(share).toBeGreaterThan(10);
    expect(share).toBeLessThan(110);

    // From now on requests to it are in flight for longer than it takes to move the traffic.
    await turn(app, "1", { latency: 1500 });
    expect((await api.post(`/api/deployments/${id}/cancel`)).status).toBe(202);
    expect(await ends(api, id)).toMatchObject({ stage: "cancelled", rolled_back: true });
    expect(await answersOf(api, app.id, 50)).toEqual(Array(50).fill("0"));
    expect(await logOf(api, id)).toContain("All traffic is on the earlier version again.\n");
    const { wrong, seen } = await crowd.leave();
    expect(wrong).toEqual([]);
    expect([...seen].sort()).toEqual(["0", "1"]);
  });
});

describe("a smoke check", () => {
  const checked = (type: string, path: string, expectStatus = 200) => ({
    type,
    ...(type === "rolling" ? {} : { bakeMinutes: 0 }),
    smokeCheck: { path, expectStatus },
  });

  test.concurrent.each(["blue_green", "rolling"])(
    "that fails leaves all traffic on the old version (%s)",
    async (type) => {
      const app = await register(`check-${type.replace("_", "-")}`, checked(type, "/"));
      expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
      const crowd = visitors(Number(new URL(await addressOf(api, app.id)).port));
      const id = await release(app, "broken", { status: 500 });
      const end = await ends(api, id);
      expect(end).toMatchObject({ stage: "failed", error_code: "smoke_check_failed", rolled_back: true });
      expect(end.error_message).toContain("GET / should answer 200, but it answered 500");
      const { wrong, seen } = await crowd.leave();
      expect(wrong).toEqual([]);
      expect([...seen]).toEqual(["0"]);

      const fixed = await release(app, "fixed");
      expect(await ends(api, fixed)).toMatchObject({ stage: "success" });
      expect(await logOf(api, fixed)).toContain("The smoke check passed: GET / answered 200.\n");
      expect(await answersOf(api, app.id, 10)).toEqual(Array(10).fill("fixed"));
    },
  );
});

describe("an alarm", () => {
  test.concurrent("puts the earlier version back when visitors get errors, and stays silent where nobody visits", async () => {
    const app = await register("alarmed", { type: "blue_green", bakeMinutes: 1 });
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    expect(await ends(api, await release(app, "unvisited"))).toMatchObject({ stage: "success" });

    const strategy = { type: "canary", percent: 50, canaryBakeMinutes: 60, bakeMinutes: 0 };
    expect((await api.call("PATCH", `/api/apps/${app.id}`, { strategy })).status).toBe(200);
    const id = await release(app, "failing", { status: 500 });
    const end = await eventually(
      "the alarm to end it",
      async () => {
        await answersOf(api, app.id, 10);
        const shown = (await api.get(`/api/deployments/${id}`)).body.data;
        return shown.finished_at === null ? undefined : shown;
      },
      180,
    );
    expect(end).toMatchObject({ stage: "failed", error_code: "alarm_tripped", rolled_back: true, exit_code: null });
    expect(end.error_message).toMatch(
      /^The alarm slipway-[\da-f]+-\d+-errors tripped: more than 5 % of a version's answers .*( \(measured: [\d.]+ %\))?\. .* It printed last: version failing$/,
    );
    expect(await logOf(api, id)).toMatch(
      /The alarm slipway-[\da-f]+-\d+-errors tripped: .* Rolling back to the earlier version\.\n/,
    );
    expect(await answersOf(api, app.id, 20)).toEqual(Array(20).fill("unvisited"));
  });
});
