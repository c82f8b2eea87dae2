import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { chattyApp, healthyApp } from "../support/apps.ts";
import { answersOf, deploy, ends, logOf, reaches, registerApp } from "../support/deploying.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  temporaryDirectory,
} from "../support/local-mode.ts";
import { commandLinesWith } from "../support/process-tree.ts";
import { view } from "../support/viewer.ts";

const data = temporaryDirectory();
const args = ["--minute", "10s"];
let local: LocalMode | null = null;

const start = async (): Promise<LocalMode> => {
  local = await startLocalMode({ data, args });
  return local;
};

/** Processes that have to do with this data directory. */
const left = (): string[] => commandLinesWith(data);

afterEach(async () => {
  await local?.kill();
});
afterAll(() => removeDirectory(data));

/** What the build said in its attempts, each line once an attempt. */
const counted = (log: string): string[] => log.split("\n").filter((line) => line.startsWith("line "));

describe("the whole local mode is killed, and started again on the same data", () => {
  const stages = [
    { stage: "cloning", name: "killed-cloning" },
    { stage: "building", name: "killed-building" },
    { stage: "deploying", name: "killed-deploying" },
  ];

  test.each(stages)(
    "in $stage: the deployment goes on and ends in success, its log without a gap or a repeat",
    async ({ stage, name }) => {
      const before = await start();
      const app = await registerApp(apiAt(before.url), chattyApp(100, 100), { name, healthCheckPath: "/healthz" });
      const id = await deploy(apiAt(before.url), app.id);
      const viewer = await view(before.url, `id=${id}`);
      await reaches(apiAt(before.url), id, [stage, "success"]);
      if (stage === "building") await viewer.until("some lines", () => viewer.lines().length > 20);
      await before.kill();
      await eventually("no process is left", () => (left().length === 0 ? true : undefined));

      const after = await start();
      const again = await view(after.url, `id=${id}&after=${viewer.lines().at(-1)?.cursor ?? 0}`);
      const api = apiAt(after.url);
      expect(await ends(api, id)).toMatchObject({ stage: "success", log_complete: true });
      await again.finished();
      const log = await logOf(api, id);
      expect([...viewer.lines(), ...again.lines()].map(({ line }) => line).join("")).toBe(log);
      const lines = counted(log);
      const second = log.includes("Starting the build once more");
      const last = lines.slice(lines.lastIndexOf("line 1"));
      expect(last).toEqual(Array.from({ length: 100 }, (_, index) => `line ${index + 1}`));
      expect(lines.filter((line) => line === "line 1")).toHaveLength(second && lines.length > 100 ? 2 : 1);
      const shown = (await api.get(`/api/apps/${app.id}`)).body.data;
      expect(await (await fetch(shown.direct_url)).text()).toBe("chatty");
    },
  );

  test("in the middle of a canary: its traffic is shifted anew, and the new version serves", async () => {
    const before = await start();
    const strategy = { type: "canary", percent: 25, canaryBakeMinutes: 1, bakeMinutes: 0 };
    const settings = { name: "killed-canary", healthCheckPath: "/healthz", strategy };
    const app = await registerApp(apiAt(before.url), healthyApp("one"), settings);
    expect(await ends(apiAt(before.url), await deploy(apiAt(before.url), app.id))).toMatchObject({ stage: "success" });
    app.repository.commit(healthyApp("two"), "Second");
    const id = await deploy(apiAt(before.url), app.id);
    await eventually("the canary", async () =>
      (await logOf(apiAt(before.url), id)).includes("25 % of traffic") ? true : undefined,
    );
    await before.kill();

    const api = apiAt((await start()).url);
    expect(await ends(api, id)).toMatchObject({ stage: "success" });
    expect(await answersOf(api, app.id, 20)).toEqual(Array(20).fill("two"));
  });

  test("one that waits behind another is run after it", async () => {
    const before = await start();
    const app = await registerApp(apiAt(before.url), chattyApp(100, 50), {
      name: "killed-waiting",
      healthCheckPath: "/healthz",
    });
    const running = await deploy(apiAt(before.url), app.id);
    await reaches(apiAt(before.url), running, ["building"]);
    const waiting = await deploy(apiAt(before.url), app.id);
    await before.kill();

    const api = apiAt((await start()).url);
    expect(await ends(api, running)).toMatchObject({ stage: "success" });
    expect(await ends(api, waiting)).toMatchObject({ stage: "success" });
  });
});

test("what was live serves again, and a clean end leaves no process", async () => {
  const first = await start();
  const app = await registerApp(apiAt(first.url), healthyApp("still here"), {
    name: "survivor",
    healthCheckPath: "/healthz",
  });
  expect(await ends(apiAt(first.url), await deploy(apiAt(first.url), app.id))).toMatchObject({ stage: "success" });
  expect(await first.stop()).toBe(0);
  expect(left()).toEqual([]);
  const second = await start();
  const { direct_url } = (await apiAt(second.url).get(`/api/apps/${app.id}`)).body.data;
  const answer = await eventually("the app answers", async () => {
    const response = await fetch(direct_url).catch(() => undefined);
    return response?.ok ? response.text() : undefined;
  });
  expect(answer).toBe("still here");
});
