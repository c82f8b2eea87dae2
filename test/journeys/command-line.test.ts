// A day's work with nothing but the command line, as it is installed: the bundle, in a process of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { buildCommandLine } from "../../lib/checkout/command-line.ts";
import { apiAt } from "../support/api.ts";
import { chattyApp, healthyApp } from "../support/apps.ts";
import { logOf, reaches, registerApp } from "../support/deploying.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  repository,
  startLocalMode,
  temporaryDirectory,
} from "../support/local-mode.ts";
import { networkTo } from "../support/network.ts";

const action = resolve(import.meta.dirname, "../../examples/github-action");
const admin = "a".repeat(64);
let place: string;
let program: string;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let shop: ReturnType<typeof repository>;

beforeAll(async () => {
  place = temporaryDirectory();
  program = join(place, "cli/slipway.mjs");
  [local] = await Promise.all([
    startLocalMode({ env: { SLIPWAY_ADMIN_TOKEN: admin } }),
    buildCommandLine(resolve(import.meta.dirname, "../.."), join(place, "cli")),
  ]);
  api = apiAt(local.url);
  shop = repository({
    ...healthyApp("one"),
    "package.json": '{"name":"@acme/Shop"}',
    Dockerfile: `${healthyApp("one").Dockerfile}\nHEALTHCHECK CMD wget -q http://localhost:3000/healthz`,
  });
});

afterAll(async () => {
  await local?.stop();
  for (const path of [place, local.data]) removeDirectory(path);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  out(): string;
  err(): string;
}

/** Starts a program as a person in the shop's repository would, who has signed in nowhere. */
function start(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Running {
  const child = spawn(file, args, {
    cwd: shop.path,
    env: { PATH: process.env.PATH ?? "", HOME: place, SLIPWAY_URL: local.url, ...env },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  child.stdin.end(input);
  const ended = new Promise<Ended>((done) => child.once("close", (code) => done({ code, out, err })));
  return { process: child, ended, out: () => out, err: () => err };
}
const slipway = (...args: string[]): Promise<Ended> => start(process.execPath, [program, ...args]).ended;
const slipwayAs = (token: string, ...args: string[]): Promise<Ended> =>
  start(process.execPath, [program, ...args], { SLIPWAY_TOKEN: token }).ended;
const json = async (...args: string[]) => JSON.parse((await slipway(...args, "--json")).out);

async function served(): Promise<string> {
  const { direct_url } = await json("apps", "show", "shop");
  return (await fetch(direct_url)).text();
}

test("up makes an app of the repository, deploys what is checked out, and shows it to the end", async () => {
  const proposal = await json("init", "--dry-run");
  expect(proposal).toMatchObject({
    name: "shop",
    repoUrl: shop.path,
    branch: "main",
    port: null,
    healthCheckPath: "/healthz",
  });
  expect(await slipway("init")).toMatchObject({ code: 2, err: expect.stringContaining("--yes") });
  expect(await json("apps", "list")).toEqual([]);

  const up = await slipway("up", "--yes");
  expect(up.code).toBe(0);
  const stages = up.out.match(/^[●✔] .* % {2}(\w+)/gm)?.map((line) => line.split(/\s+/)[3]);
  // It watches from when its socket is open: on a machine that starts everything cold, cloning may be over by then.
  const all = ["pending", "cloning", "building", "deploying", "success"];
  expect(all.filter((stage) => stages?.includes(stage))).toEqual(stages);
  expect(stages).toEqual(expect.arrayContaining(["building", "deploying", "success"]));
  expect(up.out).toMatch(
    /Deployment 1 of shop succeeded in .*: First \([0-9a-f]{7}\)\n {2}http:\/\/shop\.localhost:\d+\n/,
  );
  // Not a terminal: nothing that moves, no colour.
  expect(up.out).not.toContain("\u001b");
  expect(await served()).toBe("one");
});

test("the GitHub Action deploys a commit as a step of a job, and says where it serves", async () => {
  const installed = join(place, "action");
  mkdirSync(installed);
  for (const file of [join(action, "action.yml"), join(action, "deploy.sh"), program])
    copyFileSync(file, join(installed, basename(file)));
  const commit = shop.commit(healthyApp("two"), "Second");
  const { steps } = parse(readFileSync(join(installed, "action.yml"), "utf8")).runs;
  const { run, env } = steps.at(-1);
  const inputs = {
    SLIPWAY_URL: local.url,
    SLIPWAY_TOKEN: admin,
    APP: "shop",
    COMMIT: commit,
    REASON: "Deploy of ada",
    TIMEOUT: "5m",
    KEY: "1-1-deploy-shop",
  };
  expect(Object.keys(env).toSorted()).toEqual(Object.keys(inputs).toSorted());
  const outputs = join(place, "outputs");
  const { ended } = start("bash", ["-c", run], { ...inputs, GITHUB_ACTION_PATH: installed, GITHUB_OUTPUT: outputs });
  const { code, out } = await ended;
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("Deployment 2 of shop succeeded") });
  expect(readFileSync(outputs, "utf8")).toBe(`deployment-id=2\nurl=${(await json("apps", "show", "shop")).url}\n`);
  expect(await json("list", "shop", "--limit", "1")).toMatchObject([
    { id: 2, commit_hash: commit, reason: "Deploy of ada" },
  ]);
  expect(await served()).toBe("two");
});

test("a commit that does not build ends deploy --wait with 1, and says what failed and what to do", async () => {
  shop.commit({ Dockerfile: `${healthyApp().Dockerfile}\nRUN exit 7` }, "Broken");
  const { code, out } = await slipway("deploy", "--wait");
  expect(code).toBe(1);
  expect(out).toMatch(/Deployment failed in building: .*exit code 7/);
  expect(out).toContain("Deployment 3 of shop failed in building.\n");
  expect(out.match(/Fix the command/g)).toHaveLength(1);
  expect(out).toContain("Retry the same commit: slipway retry 3");
  expect(await slipway("watch", "3")).toMatchObject({ code: 1 });
});

test("what was deployed is listed, and its log is printed as it is", async () => {
  const { code, out } = await slipway("list", "shop");
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.trim().split(/ {2,}/).slice(0, 2))).toMatchObject([
    ["ID", "STAGE"],
    ["3", "failed"],
    ["2", "live"],
    ["1", "success"],
    [""],
  ]);
  expect((await slipway("logs", "2")).out).toBe(await logOf(api, 2));
  const lines = (await slipway("logs", "2", "--json")).out.trimEnd().split("\n");
  const { cursor } = JSON.parse(lines[2] ?? "");
  expect((await slipway("logs", "2", "--json", "--after", String(cursor))).out.trimEnd().split("\n")).toEqual(
    lines.slice(3),
  );
  const events = (await slipway("watch", "2", "--json")).out
    .trimEnd()
    .split("\n")
    .map((event) => JSON.parse(event));
  expect(events.flatMap(({ type, data }) => (type === "log" ? [JSON.stringify(data)] : []))).toEqual(lines);
  const last = events.findLast(({ type }) => type === "deployment");
  expect(last.data).toMatchObject({ id: 2, stage: "success", log_complete: true });
  // Whoever reads only the beginning disturbs nobody.
  const head = start("bash", ["-c", `set -o pipefail; "${process.execPath}" "${program}" logs 2 | head -n 1`]);
  expect(await head.ended).toMatchObject({ code: 0, err: "" });
});

test("a rollback puts the release before the live one back", async () => {
  const { code, out } = await slipway("rollback", "shop", "--wait");
  expect(out).toMatch(/^Deployment 4 rolls shop back from 2 to 1 \(/);
  expect(code).toBe(0);
  expect(await served()).toBe("one");
});

test("who stops watching stops nothing; cancel does, and watch reports it", async () => {
  const commit = shop.commit({ Dockerfile: `${healthyApp().Dockerfile}\nRUN echo begun && sleep 300` }, "Slow");
  const { id } = await json("deploy", "shop", "--commit", commit.slice(0, 9));
  const watching = start(process.execPath, [program, "watch", String(id)]);
  await eventually("the build began", () => watching.out().includes("  begun\n") || undefined);
  watching.process.kill("SIGINT");
  expect(await watching.ended).toMatchObject({
    code: 130,
    err: expect.stringContaining(`cancel it with slipway cancel ${id}`),
  });
  expect(await json("list", "--stage", "building")).toMatchObject([{ id }]);
  const tooShort = await slipway("watch", String(id), "--timeout", "1s");
  expect(tooShort).toMatchObject({ code: 3, err: expect.stringContaining("It continues.") });
  expect(await slipway("cancel", "shop", "--wait")).toMatchObject({ code: 0, out: `Deployment ${id} is cancelled.\n` });
  expect((await slipway("watch", String(id))).code).toBe(1);
});

test("a release that needs approval waits for it", async () => {
  const set = await slipway("apps", "set", "shop", "--approval", "required", "--env", "LEVEL=debug");
  expect(set).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^approval {3}none → required\nenv LEVEL {2}– → debug\n$/),
  });
  shop.commit(healthyApp("three"), "Third");
  const { id } = await json("deploy");
  await reaches(api, id, ["awaiting_approval"]);
  expect((await slipway("doctor")).out).toContain(`slipway approve ${id}`);
  const approved = await slipway("approve", "shop", "--wait", "--reason", "Looks good");
  expect(approved).toMatchObject({ code: 0 });
  expect(await served()).toBe("three");
  expect(await slipway("approve", String(id))).toMatchObject({
    code: 2,
    err: expect.stringContaining("isn't waiting for approval"),
  });
});

test("a token may what its role allows, until it is revoked", async () => {
  const made = await slipway("tokens", "create", "guest", "--role", "viewer", "--app", "shop", "--expires", "1d");
  const token = made.out.trim();
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(await slipwayAs(token, "whoami", "--json")).toMatchObject({
    code: 0,
    out: expect.stringContaining('"role":"viewer"'),
  });
  expect(await slipwayAs(token, "deploy", "shop")).toMatchObject({
    code: 3,
    err: expect.stringContaining("requires the role deployer"),
  });
  const [{ id }] = (await json("tokens", "list")).filter(({ name }: { name: string }) => name === "guest");
  expect(await slipway("tokens", "revoke", String(id), "--yes")).toMatchObject({ code: 0 });
  expect(await slipwayAs(token, "list")).toMatchObject({ code: 3, err: expect.stringContaining("slipway login") });
});

test("a log that is followed over a line that is cut again and again is exactly the log", async () => {
  const chatty = await registerApp(api, chattyApp(400, 150), { name: "chatty", healthCheckPath: "/healthz" });
  const network = await networkTo(Number(new URL(local.url).port));
  const { id } = await json("deploy", "chatty");
  const env = { SLIPWAY_URL: `http://127.0.0.1:${network.port}`, SLIPWAY_TOKEN: admin };
  const following = start(process.execPath, [program, "logs", String(id), "--follow"], env);
  for (const line of ["line 40\n", "line 100\n", "line 160\n"]) {
    await eventually(`${line.trim()} is shown`, () => following.out().includes(line) || undefined);
    const result = following.err();
    network.cut();
    await eventually("the cut is noticed", () => following.err().length > result.length || undefined);
    const shown = following.out().length;
    network.restore();
    // Until then another cut would not be noticed.
    await eventually("it is connected again", () => following.out().length > shown || undefined);
  }
  const { code, out, err } = await following.ended;
  await network.close();
  expect(code).toBe(0);
  expect(err.match(/Connection lost, reconnecting/g)?.length).toBeGreaterThanOrEqual(3);
  expect(out).toBe(await logOf(api, id));
  expect(out.match(/^line \d+$/gm)).toHaveLength(400);
  expect(chatty.id).toBeGreaterThan(0);
});

describe("what a shell asks, and what goes wrong", () => {
  test("Tab knows apps and deployments of the server", async () => {
    expect((await slipway("complete", "--", "deploy", "s")).out).toMatch(/^shop\thttp:/);
    expect((await slipway("complete", "--", "logs", "")).out).toMatch(/^7\tsuccess: /m);
  });

  test("a repository that is not pushed is not deployed", async () => {
    const origin = repository({});
    const git = (...args: string[]) => execFileSync("git", args, { cwd: shop.path });
    git("remote", "add", "origin", origin.path);
    await slipway("apps", "create", "pushed", "--repo-url", origin.path);
    writeFileSync(join(shop.path, "new"), "");
    const result = await slipway("up", "pushed");
    git("remote", "remove", "origin");
    expect(result).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Warning: there are uncommitted changes.*is not on origin yet.*git push/s),
    });
  });

  test("all is well, says the doctor; and where nobody answers that it is not", async () => {
    const findings: { check: string; outcome: string }[] = JSON.parse((await slipway("doctor", "--json")).out);
    expect(findings.filter(({ outcome }) => outcome === "wrong")).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["server", "clock", "you", "live updates"]),
    );
    expect((await slipway("doctor", "--url", "http://127.0.0.1:1")).code).toBe(3);
  });

  test("where sockets are blocked, the doctor says so and why", async () => {
    const network = await networkTo(Number(new URL(local.url).port));
    network.refuseSockets();
    const env = { SLIPWAY_URL: `http://127.0.0.1:${network.port}`, SLIPWAY_TOKEN: admin };
    const { code, out } = await start(process.execPath, [program, "doctor"], env).ended;
    await network.close();
    expect(code).toBe(3);
    expect(out).toMatch(/✗ live updates: the WebSocket handshake returned 400\n.*long-polling.*proxy/s);
  });
});
