// sst#5196: logs came late or only at the end; coolify#8627, coolify#7313: 502s while switching
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

let local: LocalMode;

beforeAll(async () => {
  local = await startLocalMode();
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const marks = 8;
/** Prints when it prints, a few times, with pauses in between. */
const clock = `for (let n = 1; n <= ${marks}; n++) {
  console.log("mark " + n + " at " + Date.now());
  await new Promise((resume) => setTimeout(resume, 1000));
}`;

/** A moment between two requests, which would otherwise take a processor from what they watch. */
const pauseMs = 20;

/** Asks an app again and again until it is stopped. */
function requests(url: string) {
  const answers = new Map<string, number>();
  let asking = true;
  const note = (what: string) => answers.set(what, (answers.get(what) ?? 0) + 1);
  const loop = async () => {
    while (asking) {
      await fetch(url).then(
        async (answer) => note(answer.ok ? await answer.text() : `HTTP ${answer.status}`),
        (error: Error) => note(error.message),
      );
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
  };
  const running = loop();
  return async () => {
    asking = false;
    await running;
    return answers;
  };
}

test("lines are seen while the build goes on, and no request fails while one release replaces another", async () => {
  const api = apiAt(local.url);
  const app = await registerApp(api, healthyApp("one"), { name: "switching", healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
  app.repository.commit({ ...healthyApp("two", ["node clock.mjs"]), "clock.mjs": clock }, "Second");
  const stop = requests(direct_url);

  const id = await deploy(api, app.id);
  const viewer = await view(local.url, `id=${id}`);
  const printed: number[] = [];
  const seen: number[] = [];
  for (let n = 1; n <= marks; n++) {
    const { data } = await viewer.until(`mark ${n}`, (event) => String(event.data.line).startsWith(`mark ${n} at `));
    printed.push(Number(/at (\d+)/.exec(String(data.line))?.[1]));
    seen.push(Date.now());
  }
  await viewer.finished();
  const answers = await stop();
  viewer.cut();

  // On a busy machine some come late; `bench/` measures how fast they come.
  const early = seen.filter((at, n) => at < (printed[n + 2] ?? Number.POSITIVE_INFINITY));
  expect(early.length).toBeGreaterThan(1);
  expect(viewer.statuses().at(-1)).toMatchObject({ stage: "success" });
  expect([...answers.keys()].sort()).toEqual(["one", "two"]);
});
