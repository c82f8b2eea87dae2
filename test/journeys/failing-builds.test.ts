import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { namesNextStep } from "../support/next-step.ts";
import { view } from "../support/viewer.ts";

/** A version that builds and does not run. */
interface Ill {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly exit_code: number | null;
  readonly words: RegExp;
}

type Registered = Awaited<ReturnType<typeof registerApp>>;

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  // A shorter minute: health checks count in it.
  local = await startLocalMode({ args: ["--minute", "10s"], healthCheckSecond: "150ms" });
  api = apiAt(local.url);
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const dockerfile = (...lines: string[]) => ({ ...healthyApp(), Dockerfile: lines.join("\n") });
const shown = async (appId: number) => (await api.get(`/api/apps/${appId}`)).body.data;

async function serves(appId: number): Promise<string> {
  const { direct_url } = await shown(appId);
  try {
    const answer = await fetch(direct_url);
    return `${answer.status} ${await answer.text()}`;
  } catch {
    return "nobody answers";
  }
}

/** An app that runs a first version that answers "good". */
async function running(name: string): Promise<Registered> {
  const app = await registerApp(api, healthyApp("good"), { name, healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  return app;
}

describe("a build that fails over a live release", () => {
  const cases = [
    {
      name: "an invalid Dockerfile",
      files: dockerfile("FROM node:24-alpine", "FLY me"),
      expected: { error_code: "dockerfile_invalid", exit_code: 1 },
      words: /FLY/,
    },
    {
      name: "a failing command",
      files: dockerfile("FROM node:24-alpine", "RUN echo about to fail", "RUN exit 7"),
      expected: { error_code: "build_failed", exit_code: 7 },
      words: /exit code 7 .*\(RUN exit 7\)\. Fix the command/,
    },
  ];
  let app: Registered;

  beforeAll(async () => {
    app = await running("live");
  });

  test.each(cases)(
    "$name: reports the error and then the end, keeps both, and leaves the live release alone",
    async ({ files, expected, words }) => {
      const before = await shown(app.id);
      app.repository.commit(files, "Break it");
      const id = await deploy(api, app.id);
      const viewer = await view(local.url, `id=${id}`);
      await viewer.finished();
      viewer.cut();

      const [error, status] = viewer.events.slice(-2);
      const text = error?.data.message;
      expect(text).toMatch(words);
      expect([text, namesNextStep(String(text))]).toEqual([text, true]);
      expect(viewer.lines().at(-1)?.line).toBe(`Deployment failed in building: ${text}\n`);
      expect(error).toMatchObject({ type: "error", data: { scope: "deployment" } });
      expect(status).toMatchObject({ type: "status", data: { status: "failed", stage: "failed", progress: 0 } });
      expect(status?.data).toMatchObject({ error_message: text, failed_stage: "building", log_complete: true });
      expect(viewer.events.filter(({ type }) => type === "error")).toHaveLength(1);

      const { data } = (await api.get(`/api/deployments/${id}`)).body;
      expect(data).toMatchObject({
        status: "failed",
        stage: "failed",
        progress: 0,
        message: text,
        error_message: text,
      });
      expect(data).toMatchObject({ ...expected, failed_stage: "building", rolled_back: false, image_digest: null });
      expect(await shown(app.id)).toEqual(before);
      expect(await serves(app.id)).toBe("200 good");
    },
  );

  test("and sends the same to a viewer who comes only afterwards", async () => {
    const { data } = await (await api.get(`/api/deployments?appId=${app.id}&status=failed&limit=1`)).body;
    const late = await view(local.url, `id=${data[0].id}`);
    await late.finished();
    late.cut();
    const others = late.events.filter(({ type }) => type !== "log");
    expect(others.map(({ type }) => type)).toEqual(["status", "error", "status"]);
    expect(others.map((event) => event.data.error_message ?? event.data.message)).toEqual(
      Array.from({ length: 3 }, () => data[0].error_message),
    );
  });
});

describe("what cannot be built ends failed, in the right stage, with a sentence that names it and says what to do", () => {
  const commit = "0123456789".repeat(4);
  const cases = [
    {
      name: "no-repository",
      files: healthyApp(),
      settings: { repoUrl: "/nowhere/at/all" },
      expected: { failed_stage: "cloning", error_code: "repository_not_found" },
      words: /\/nowhere\/at\/all.* Check the app's repoUrl/,
    },
    {
      name: "empty-repository",
      files: {},
      expected: { failed_stage: "cloning", error_code: "repository_empty" },
      words: /is empty\. Push a first commit/,
    },
    {
      name: "no-branch",
      files: healthyApp(),
      settings: { branch: "release" },
      expected: { failed_stage: "cloning", error_code: "branch_not_found" },
      words: /no branch release\. Push it/,
    },
    {
      name: "no-commit",
      files: healthyApp(),
      asked: { commit },
      expected: { failed_stage: "cloning", error_code: "commit_not_found", commit_hash: commit },
      words: new RegExp(`no commit ${commit.slice(0, 12)}.* deploy`),
    },
    {
      name: "no-dockerfile",
      files: { "readme.md": "hello" },
      expected: { failed_stage: "building", error_code: "dockerfile_missing", commit_message: "First" },
      words: /no file "Dockerfile" in the repository\. Add one/,
    },
    {
      name: "no-root-dir",
      files: healthyApp(),
      settings: { rootDir: "backend" },
      expected: { failed_stage: "building", error_code: "root_dir_missing", commit_message: "First" },
      words: /no directory "backend" in the repository\. Add it/,
    },
  ];

  test.concurrent.each(cases)("$name", async ({ name, files, settings = {}, asked = {}, expected, words }) => {
    const app = await registerApp(api, files, { name, ...settings });
    const answer = await api.post("/api/deployments", { appId: app.id, ...asked });
    expect(answer).toMatchObject({ status: 201, body: { stage: "pending" } });
    const ended = await ends(api, answer.body.id);
    expect(ended).toMatchObject({ stage: "failed", progress: 0, rolled_back: false, ...expected });
    expect(ended.error_message).toMatch(words);
    expect(await logOf(api, ended.id)).toMatch(words);
    expect(await shown(app.id)).toMatchObject({ live_deployment_id: null });
  });
});

describe("a version that does not become healthy", () => {
  const serverThat = (code: string) => ({ ...healthyApp(), "server.mjs": code });
  const answers500 = `import { createServer } from "node:http";
createServer((request, response) => response.writeHead(500).end()).listen(Number(process.env.PORT), process.env.HOST);`;
  const ill: readonly Ill[] = [
    {
      name: "exits",
      files: serverThat("console.log('no such setting'); process.exit(3);"),
      exit_code: 3,
      words: /exited with code 3 .*no such setting/,
    },
    {
      name: "answers-500",
      files: serverThat(answers500),
      exit_code: null,
      words: /GET \/healthz on port \d+: .*500/,
    },
    {
      name: "does-not-listen",
      files: serverThat("setInterval(() => {}, 1000);"),
      exit_code: null,
      words: /GET \/healthz on port (\d+): .*listens on the port in PORT \(\1\)/,
    },
  ];

  /** Replaces a good version; `heard` is what the app answered meanwhile. */
  async function replacing({ name, files }: Ill) {
    const app = await running(`${name}-later`);
    const before = await shown(app.id);
    app.repository.commit(files, "Break it");
    const end = ends(api, await deploy(api, app.id), 150);
    const heard = new Set<string>();
    for (let over = false; !over; ) {
      heard.add(await serves(app.id));
      over = await Promise.race([end.then(() => true), sleep(100, false)]);
    }
    return { ended: await end, heard: [...heard], before, after: await shown(app.id), serves: await serves(app.id) };
  }

  async function beingFirst({ name, files }: Ill) {
    const app = await registerApp(api, files, { name: `${name}-first`, healthCheckPath: "/healthz" });
    const ended = await ends(api, await deploy(api, app.id), 150);
    const releases = (await api.get(`/api/apps/${app.id}/releases`)).body.data;
    return { app, ended, releases, after: await shown(app.id), serves: await serves(app.id) };
  }

  // Most of it is waiting for health checks: all at once.
  const later = new Map<Ill, ReturnType<typeof replacing>>();
  const first = new Map<Ill, ReturnType<typeof beingFirst>>();
  beforeAll(async () => {
    for (const one of ill) {
      later.set(one, replacing(one));
      first.set(one, beingFirst(one));
    }
    await Promise.allSettled([...later.values(), ...first.values()]);
  });

  describe.each(ill)("because it $name", (one) => {
    const failed = { stage: "failed", failed_stage: "deploying", progress: 0, error_code: "release_failed" };

    test("is taken back, and the release before it serves all the while", async () => {
      const story = await later.get(one);
      expect(story?.ended).toMatchObject({ ...failed, exit_code: one.exit_code, rolled_back: true });
      expect(story?.ended.error_message).toMatch(one.words);
      expect(story).toMatchObject({ heard: ["200 good"], serves: "200 good", after: story?.before });
    });

    test("leaves nothing where it was the first", async () => {
      const story = await first.get(one);
      expect(story?.ended).toMatchObject({ ...failed, exit_code: one.exit_code, rolled_back: false });
      expect(story?.ended.error_message).toMatch(one.words);
      expect(story).toMatchObject({ releases: [], after: { live_deployment_id: null } });
      expect(story?.serves).toMatch(/^(nobody answers|503 .*)$/s);
    });
  });

  test("does not stand in the way of a fixed one", async () => {
    const { app } = (await [...first.values()][0]) ?? {};
    if (app === undefined) throw new Error("There was no first release.");
    app.repository.commit(healthyApp("fixed"), "Fix it");
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    expect(await serves(app.id)).toBe("200 fixed");
  });
});
