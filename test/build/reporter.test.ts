import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Claim } from "../../lib/contract/build.ts";
import {
  type BuildControlPlane,
  type ControlPlaneOptions,
  startBuildControlPlane,
} from "../support/build-control-plane.ts";
import { buildProgress } from "./progress.ts";
import { DIGEST, type FakeDocker, makeWorkshop, type ReporterRun, TICKET } from "./reporter-process.ts";

let workshop: Awaited<ReturnType<typeof makeWorkshop>>;
const running: { plane: BuildControlPlane; run: ReporterRun }[] = [];

beforeAll(async () => {
  workshop = await makeWorkshop();
});
afterEach(async () => {
  for (const { plane, run } of running.splice(0)) {
    run.child.kill("SIGKILL");
    await plane.close();
  }
});
afterAll(() => workshop.remove());

interface Scenario extends FakeDocker {
  readonly fate?: ControlPlaneOptions["fate"];
  readonly clone?: Readonly<Record<string, unknown>>;
  readonly build?: Readonly<Record<string, unknown>>;
  readonly deadlineMs?: number;
  /** Of the credentials that the claim carries. */
  readonly lifetimeMs?: number;
  /** How long those last that the build asks for later. */
  readonly renewed?: readonly number[];
  readonly cache?: Claim["image"]["cache"];
  readonly builders?: Claim["image"]["builders"];
  readonly env?: Readonly<Record<string, string>>;
}

const credentialsFor = (lifetimeMs: number, name = "claim") => ({
  access_key_id: `key-of-the-${name}`,
  secret_access_key: `secret-of-the-${name}`,
  session_token: `session-token-of-the-${name}`,
  expires_at: new Date(Date.now() + lifetimeMs).toISOString(),
});

async function begin(scenario: Scenario) {
  const {
    fate,
    clone,
    build,
    deadlineMs = 600_000,
    lifetimeMs = 3_600_000,
    renewed,
    cache,
    builders,
    env,
    ...docker
  } = scenario;
  const claim = {
    clone: {
      url: workshop.repository,
      reach: "anywhere",
      authorization: null,
      commit: workshop.commit,
      branch: "main",
      ...clone,
    },
    build: { root_dir: ".", dockerfile: "Dockerfile", platform: "linux/amd64", ...build },
    image: {
      repository: "127.0.0.1:5000/slipway/app-1/images",
      tag: "deployment-7-build-1",
      registry: "127.0.0.1:5000",
      credentials: credentialsFor(lifetimeMs),
      ...(cache === undefined ? {} : { cache }),
      ...(builders === undefined ? {} : { builders }),
    },
    deadline: new Date(Date.now() + deadlineMs).toISOString(),
  };
  const plane = await startBuildControlPlane({
    ticket: TICKET,
    claim,
    credentials: (number) => credentialsFor(renewed?.[number - 1] ?? 3_600_000, "renewal"),
    ...(fate === undefined ? {} : { fate }),
  });
  const run = workshop.start(plane.url, docker, env);
  running.push({ plane, run });
  return { plane, run };
}

/** Waits for a condition; the test's own time limit is the deadline. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

const GOOD: FakeDocker = {
  progress: buildProgress([
    { name: "[1/3] FROM docker.io/library/node:24-alpine", output: "" },
    { name: "[2/3] RUN npm ci", output: "added 1 package\n" },
    { name: "[3/3] COPY . .", output: "" },
  ]),
  digest: DIGEST,
};
const GOOD_LINES = [
  "Step 1/3 : FROM node:24-alpine\n",
  "Step 2/3 : RUN npm ci\n",
  "added 1 package\n",
  "Step 3/3 : COPY . .\n",
];

describe("a build that succeeds", () => {
  test("reports its commit, its steps, its whole log and its digest, and exits 0", async () => {
    const { plane, run } = await begin(GOOD);
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(plane.violations).toEqual([]);
    expect(plane.cloned).toEqual([{ commit: workshop.commit, message: "First" }]);
    expect(plane.steps.at(-1)).toMatchObject({ number: 3, of: 3 });
    expect(plane.finished).toEqual([
      {
        outcome: "succeeded",
        stage: "building",
        code: null,
        message: null,
        exit_code: 0,
        image_digest: DIGEST,
        steps: expect.arrayContaining([expect.objectContaining({ seconds: expect.any(Number), cached: false })]),
      },
    ]);
    expect(plane.lines.map(({ line }) => line)).toEqual([
      `Cloning ${workshop.repository} at ${workshop.commit.slice(0, 12)}\n`,
      `Checked out ${workshop.commit.slice(0, 12)}: First\n`,
      ...GOOD_LINES,
      `Pushed 127.0.0.1:5000/slipway/app-1/images:deployment-7-build-1 as ${DIGEST}\n`,
    ]);
  });

  test("keeps the log in its own output too, for the archive, and leaves nothing behind", async () => {
    const { plane, run } = await begin(GOOD);
    await run.ended;
    expect(run.printed()).toBe(plane.lines.map(({ line }) => line).join(""));
    expect(readdirSync(run.directory)).toEqual([]);
  });

  test("logs in to the registry with the password on standard input, and gives nobody the ticket", async () => {
    const { run } = await begin(GOOD);
    await run.ended;
    expect(run.calls()).toContain("docker login --username AWS --password-stdin 127.0.0.1:5000\n");
    expect(run.calls()).toContain("aws ecr get-login-password\nAWS_");
    expect(run.calls()).toMatch(/^registry-password$/m);
    expect(run.calls()).not.toMatch(/^docker .*registry-password/m);
    expect(run.calls()).not.toContain(TICKET);
    expect(run.calls()).toMatch(
      /^docker buildx build --progress=rawjson --provenance=false --platform linux\/amd64 --no-cache --metadata-file \S+ --push -t 127.0.0.1:5000\/slipway\/app-1\/images:deployment-7-build-1 -f \S+\/Dockerfile \S+$/m,
    );
  });
});

describe("however the control plane misbehaves, the log is whole, in order, and each line is there once", () => {
  const many = buildProgress([
    { name: "[1/2] FROM scratch", output: "" },
    { name: "[2/2] RUN seq", output: Array.from({ length: 3000 }, (_, n) => `line ${n}\n`).join("") },
  ]);
  const expected = Array.from({ length: 3000 }, (_, n) => `line ${n}\n`);

  test.each<[string, NonNullable<ControlPlaneOptions["fate"]>]>([
    ["it loses answers, the claim's too", ({ number }) => (number % 2 === 1 ? "lose_answer" : "answer")],
    ["it loses requests", ({ number }) => (number % 3 !== 0 ? "lose_request" : "answer")],
    ["it fails", ({ number }) => (number % 3 !== 0 ? { status: 500 + (number % 4) } : "answer")],
    [
      "it stores half and says from where to go on",
      ({ number, route }) => (route === "report" && number % 2 === 1 ? "conflict" : "answer"),
    ],
    ["it is slow", () => ({ answerAfterMs: 120 })],
  ])("%s", async (_name, fate) => {
    const { plane, run } = await begin({ progress: many, digest: DIGEST, fate });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(plane.violations).toEqual([]);
    expect(plane.lines.map(({ line }) => line).filter((line) => line.startsWith("line "))).toEqual(expected);
    expect(plane.finished.at(-1)).toMatchObject({ outcome: "succeeded" });
  });

  test("it is away for a while: docker is read no further than memory allows, and goes on afterwards", async () => {
    const output = Array.from({ length: 60_000 }, (_, n) => `line ${n}`);
    const progress = output.map((line, n) => buildProgress([{ name: "x", output: `${line}\n` }])[2] ?? String(n));
    let fails = true;
    const fate: ControlPlaneOptions["fate"] = ({ route }) => (route === "report" && fails ? { status: 503 } : "answer");
    const { plane, run } = await begin({ progress, digest: DIGEST, fate });
    const count = (): number => run.printed().split("\n").length;
    await until(() => count() > 20_000);
    // It retries in between reads: if it went on reading, it would have printed more by then.
    const retried = plane.calls.report + 3;
    await until(() => plane.calls.report >= retried);
    expect(count()).toBeLessThan(30_000);
    await plane.away();
    fails = false;
    await plane.back();
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(plane.lines.map(({ line }) => line.trim()).filter((line) => line.startsWith("line "))).toEqual(output);
  });
});

describe("a build that fails", () => {
  const RUN = 'process "/bin/sh -c exit 7" did not complete successfully: exit code: 7';

  test("names the command's exit code and exits with docker's", async () => {
    const progress = buildProgress([
      { name: "[1/2] FROM scratch", output: "" },
      { name: "[2/2] RUN exit 7", output: "so long\n", error: RUN },
    ]);
    const { plane, run } = await begin({ progress: [...progress, `ERROR: failed to solve: ${RUN}`], exitCode: 3 });
    expect(await run.ended).toMatchObject({ code: 3 });
    expect(plane.finished).toMatchObject([
      { outcome: "failed", stage: "building", code: "build_failed", exit_code: 7, image_digest: null },
    ]);
    expect(plane.finished[0]?.message).toMatch(/^Docker build failed with exit code 7 at step 2\/2 \(RUN exit 7\)\. /);
    expect(plane.finished[0]?.steps?.map(({ name }) => name)).toEqual(["FROM scratch", "RUN exit 7"]);
    // The cause is the control plane's to write, as the last line of the log.
    const lines = plane.lines.map(({ line }) => line);
    expect(lines.slice(-2)).toEqual(["so long\n", `ERROR: ${RUN}\n`]);
  });

  test.each<[string, string, Scenario, RegExp]>([
    ["cloning", "branch_not_found", { clone: { commit: "", branch: "nope" } }, /no branch "nope"/],
    ["building", "root_dir_missing", { build: { root_dir: "nope" } }, /no directory "nope"/],
    ["building", "dockerfile_missing", { build: { dockerfile: "nope" } }, /no file "nope"/],
    [
      "building",
      "dockerfile_invalid",
      { progress: ["ERROR: failed to solve: dockerfile parse error on line 3: unknown instruction: FLY"], exitCode: 1 },
      /^The Dockerfile is invalid: dockerfile parse error on line 3: unknown instruction: FLY/,
    ],
    ["building", "push_failed", { loginExitCode: 1 }, /could not log in to the registry 127.0.0.1:5000.*login: no/],
    ["building", "push_failed", { exitCode: 0 }, /under which digest/],
  ])("%s: %s", async (stage, code, scenario, sentence) => {
    const { plane, run } = await begin(scenario);
    expect(await run.ended).toMatchObject({ code: 1 });
    expect(plane.violations).toEqual([]);
    expect(plane.finished).toMatchObject([
      { outcome: "failed", stage, code, message: expect.stringMatching(sentence) },
    ]);
  });

  test("by its deadline is stopped in time to say so", async () => {
    const { plane, run } = await begin({ hangs: true, deadlineMs: 10_000 });
    await until(() => run.dockerPid() !== undefined);
    expect(await run.ended).toMatchObject({ code: 1 });
    expect(plane.finished).toMatchObject([{ code: "build_timed_out", stage: "building" }]);
    expect(isAlive(run.dockerPid() ?? 0)).toBe(false);
  });
});

describe("a build that nobody wants", () => {
  test.each([401, 410])("is not begun when the claim is answered %d", async (status) => {
    const { plane, run } = await begin({ ...GOOD, fate: () => ({ status }) });
    expect(await run.ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`refused this build (HTTP ${status})`),
    });
    expect(plane.calls).toEqual({ claim: 1, report: 0, credentials: 0 });
    expect(run.calls()).toBe("");
  });

  test.each([401, 410])("is stopped, docker with it, when a report is answered %d", async (status) => {
    let started = (): boolean => false;
    const fate: ControlPlaneOptions["fate"] = ({ route }) => (route === "report" && started() ? { status } : "answer");
    const { run } = await begin({ ...GOOD, hangs: true, fate });
    started = () => run.dockerPid() !== undefined;
    expect(await run.ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no longer accepts this build"),
    });
    expect(isAlive(run.dockerPid() ?? 0)).toBe(false);
  });

  test("when it is stopped, sends what there is, kills docker, and has no last word", async () => {
    const { plane, run } = await begin({ ...GOOD, hangs: true });
    // What docker printed is the reporter's once it has been printed again.
    await until(() => GOOD_LINES.every((line) => run.printed().includes(line)));
    run.child.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ code: 143 });
    expect(plane.finished).toEqual([]);
    expect(plane.lines.map(({ line }) => line)).toEqual(expect.arrayContaining(GOOD_LINES));
    expect(isAlive(run.dockerPid() ?? 0)).toBe(false);
    expect(readdirSync(run.directory)).toEqual([]);
  });
});

test("a control plane that does not come back is given up at the deadline, and docker is killed", async () => {
  const { plane, run } = await begin({ ...GOOD, hangs: true, deadlineMs: 10_000 });
  await until(() => run.dockerPid() !== undefined);
  await plane.away();
  expect(await run.ended).toMatchObject({ code: 1, stderr: expect.stringContaining("before the build's deadline") });
  expect(isAlive(run.dockerPid() ?? 0)).toBe(false);
});

test("every mistake in the environment is named at once", async () => {
  const { run } = await begin({
    env: { SLIPWAY_URL: "ftp://x", DEPLOYMENT_ID: "0", BUILD_ATTEMPT: "one", CLAIM_TICKET: "" },
  });
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  for (const name of ["SLIPWAY_URL", "DEPLOYMENT_ID", "BUILD_ATTEMPT", "CLAIM_TICKET"]) expect(stderr).toContain(name);
});

describe("what docker needs of no source", () => {
  const builders = ["moby/buildkit:v1@sha256:1"];

  test("is made ready while the source is cloned", async () => {
    const asked: (() => void)[] = [];
    const gitServer = createServer((_request, response) => void asked.push(() => response.writeHead(404).end()));
    await new Promise<void>((resolve) => gitServer.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(gitServer.address() as AddressInfo).port}/app.git`;
    const { plane, run } = await begin({ ...GOOD, builders, clone: { url } });
    // Until then the Git server answers nothing.
    await until(() => run.calls().includes("docker buildx create"));
    gitServer.on("request", (_request, response) => response.writeHead(404).end());
    for (const answer of asked) answer();
    expect(await run.ended).toMatchObject({ code: 1 });
    gitServer.close();
    expect(plane.finished).toMatchObject([{ stage: "cloning", code: "repository_not_found" }]);
    expect(run.calls()).toContain("docker buildx rm --force");
    expect(run.calls()).not.toContain("docker buildx build");
  });

  test("is given up where there is no source", async () => {
    const { plane, run } = await begin({ builders, builderHangs: true, clone: { commit: "", branch: "nope" } });
    expect(await run.ended).toMatchObject({ code: 1 });
    expect(plane.finished).toMatchObject([{ stage: "cloning", code: "branch_not_found" }]);
    expect(readdirSync(run.directory)).toEqual([]);
  });

  test("ends with a build that is stopped while it is cloned", async () => {
    const gitServer = createServer(() => {});
    await new Promise<void>((resolve) => gitServer.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(gitServer.address() as AddressInfo).port}/app.git`;
    const { run } = await begin({ builders, builderHangs: true, clone: { url } });
    await until(() => run.calls().includes("docker buildx create"));
    run.child.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ code: 143 });
    gitServer.close();
    expect(run.calls()).toContain("docker buildx rm --force");
  });
});

describe("the registry's credentials", () => {
  const expired = { progress: ["ERROR: failed to push: unexpected status: 403 Forbidden"], seconds: 1 };

  test("are the claim's, which the login alone sees, instead of the build's own", async () => {
    const { plane, run } = await begin({ ...GOOD, env: { AWS_ACCESS_KEY_ID: "own", AWS_SECRET_ACCESS_KEY: "own" } });
    expect(await run.ended).toMatchObject({ code: 0 });
    const [login = "", ...docker] = run.calls().split("docker ");
    expect(login).toContain("AWS_ACCESS_KEY_ID=key-of-the-claim");
    expect(login).toContain("AWS_SESSION_TOKEN=session-token-of-the-claim");
    expect(docker.join()).not.toMatch(/AWS_(?:ACCESS|SECRET|SESSION)/);
    expect(plane.calls.credentials).toBe(0);
  });

  test("are renewed before the login where they do not last for a build", async () => {
    const { plane, run } = await begin({ ...GOOD, lifetimeMs: 60_000 });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(plane.calls.credentials).toBe(1);
    expect(run.calls()).toContain("AWS_ACCESS_KEY_ID=key-of-the-renewal");
    expect(run.calls()).not.toContain("key-of-the-claim");
  });

  test("are renewed, and the image pushed with them, where they expired before the push", async () => {
    const { plane, run } = await begin({ ...GOOD, first: expired, lifetimeMs: 60_000, renewed: [500, 3_600_000] });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(plane.finished).toMatchObject([{ outcome: "succeeded", image_digest: DIGEST }]);
    expect(plane.calls.credentials).toBe(2);
  });

  test("that are good do not make a push that fails be tried again", async () => {
    const { plane, run } = await begin({ ...GOOD, first: { ...expired, seconds: 0 } });
    expect(await run.ended).toMatchObject({ code: 1 });
    expect(plane.finished).toMatchObject([{ outcome: "failed", code: "push_failed" }]);
    expect(plane.calls.credentials).toBe(0);
  });
});

describe("the cache of earlier builds", () => {
  const repository = "127.0.0.1:5000/slipway/app-1/cache";
  const cache = { repository, from: ["branch-next", "branch-main"], to: "branch-next", seconds: 60 };
  const commands = (run: ReporterRun): string[] =>
    run
      .calls()
      .split("\n")
      .filter((line) => line.startsWith("docker buildx"));
  const succeeded = [{ outcome: "succeeded", image_digest: DIGEST }];
  const copy = "127.0.0.1:5000/slipway/buildkit:v1";
  const builders = [copy, "moby/buildkit:v1@sha256:1"];
  const withCache = { ...GOOD, cache, builders };

  test("is looked for by branch, and written for later ones when the digest is reported", async () => {
    const { plane, run } = await begin(withCache);
    expect(await run.ended).toMatchObject({ code: 0 });
    const [create = "", build = "", save = "", remove = ""] = commands(run);
    const builder = "slipway-deployment-7-build-1";
    const unclipped = ["SIZE", "SPEED"].map((of) => `--driver-opt env.BUILDKIT_STEP_LOG_MAX_${of}=-1`).join(" ");
    const image = `--driver-opt image=${copy}`;
    expect(create).toBe(
      `docker buildx create --name ${builder} --driver docker-container ${image} ${unclipped} --bootstrap`,
    );
    expect(build).toContain(
      `build --builder ${builder} --cache-from type=registry,ref=${repository}:branch-next --cache-from type=registry,ref=${repository}:branch-main --progress=rawjson`,
    );
    expect(build).toContain(" --push ");
    expect(build).not.toContain("--cache-to");
    expect(save).toContain(
      `--output type=cacheonly --cache-to type=registry,ref=${repository}:branch-next,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
    );
    expect(save).toContain(`--builder ${builder} `);
    expect(save).not.toMatch(/--push|--metadata-file| -t /);
    expect(remove).toBe(`docker buildx rm --force ${builder}`);
    expect(plane.finished).toMatchObject(succeeded);
    expect(plane.violations).toEqual([]);
  });

  test.each([
    ["fails", "exit code 1"],
    ["hangs", "longer than 1 s"],
  ] as const)("that %s to be written fails nothing", async (cacheExport, why) => {
    const { plane, run } = await begin({ ...withCache, cacheExport, cache: { ...cache, seconds: 1 } });
    const ended = await run.ended;
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining(why) });
    expect(plane.finished).toMatchObject(succeeded);
    expect(commands(run).at(-1)).toContain("buildx rm");
  });

  test("is done without where docker starts no builder for it, and the log says so", async () => {
    const { plane, run } = await begin({ ...withCache, builderFails: "*" });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(plane.lines.map(({ line }) => line).join("")).toContain(
      "Docker could not start BuildKit in a container: ERROR: no builder. This build does not use the cache of earlier builds. Output of a step beyond 2 MB is cut.\n",
    );
    expect(commands(run).map((command) => command.split(" ")[2])).toEqual(["create", "rm", "create", "rm", "build"]);
    expect(commands(run).at(-1)).not.toMatch(/--cache-from|--builder/);
    expect(plane.finished).toMatchObject(succeeded);
  });

  test("is used by a builder of Docker Hub's BuildKit where there is no copy of it", async () => {
    const { plane, run } = await begin({ ...withCache, builderFails: `*${copy}*` });
    expect(await run.ended).toMatchObject({ code: 0 });
    const [refused = "", , create = "", build = ""] = commands(run);
    expect(refused).toContain(`image=${copy} `);
    expect(create).toContain("image=moby/buildkit:v1@sha256:1 ");
    expect(build).toContain("--cache-from");
    expect(plane.lines.map(({ line }) => line).join("")).not.toContain("BuildKit");
  });

  test("is left alone by a build that is to be a new one, which has a builder all the same: docker's own cuts long output", async () => {
    const { run } = await begin({ ...GOOD, builders });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(commands(run).map((command) => command.split(" ")[2])).toEqual(["create", "build", "rm"]);
    expect(commands(run)[1]).toMatch(/ --builder \S+ .* --no-cache /);
    expect(commands(run).join()).not.toContain("--cache-");
  });

  test("is not written by a build that failed", async () => {
    const { plane, run } = await begin({ progress: ["ERROR: failed"], exitCode: 3, cache, builders });
    expect(await run.ended).toMatchObject({ code: 3 });
    expect(commands(run).filter((command) => command.includes("cacheonly"))).toEqual([]);
    expect(plane.finished).toMatchObject([{ outcome: "failed" }]);
  });
});
