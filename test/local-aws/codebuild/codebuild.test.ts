import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  StartBuildCommand,
  type StartBuildCommandInput,
  StopBuildCommand,
} from "@aws-sdk/client-codebuild";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openImages } from "@slipway/local-aws/containers/images/images";
import * as z from "zod";
import { advancingClock, type TestClock } from "../support/clocks.ts";
import { directoryWith, removeDirectory, temporaryDirectory } from "../support/files.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";
import { until } from "../support/wait.ts";
import { type BuildHost, hostBuilds } from "./host.ts";

const MINUTE = 60_000;
const SOURCE = { "reporter.mjs": "console.log('reporter', process.version)", "buildspec.yml": "" };
let code: string;
let aws: LocalAws;
let clock: TestClock;
let host: BuildHost;
let client: CodeBuildClient;

async function begin(
  dataDir = temporaryDirectory().path,
  concurrentBuilds?: number,
  diskBytes?: number,
): Promise<void> {
  // Only minutes are advanced: a grace period of seconds would end builds.
  clock = advancingClock({ leastMs: MINUTE });
  aws = await startLocalAws({ dataDir, clock });
  host = hostBuilds(aws, code, concurrentBuilds, null, diskBytes);
  client = new CodeBuildClient(aws.client());
  await aws.start();
}

async function end(): Promise<void> {
  client.destroy();
  await aws.close();
  await host.processes.close();
}

beforeEach(async () => {
  code = directoryWith(SOURCE);
  await begin();
});
afterEach(async () => {
  await end();
  removeDirectory(aws.dataDir);
  removeDirectory(code);
});

const spec = (commands: string[], phases: object = {}) => ({
  version: 0.2,
  phases: { build: { commands }, ...phases },
});

async function start(projectName: string, more: Partial<StartBuildCommandInput> = {}): Promise<Build & { id: string }> {
  const { build } = await client.send(new StartBuildCommand({ projectName, ...more }));
  return { ...build, id: build?.id ?? "" };
}

async function poll(id: string): Promise<Build> {
  const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [id] }));
  const [build] = builds ?? [];
  if (build === undefined) throw new Error(`no build ${id}`);
  return build;
}

const finished = (id: string) =>
  until(
    () => poll(id),
    ({ buildComplete }) => buildComplete === true,
  );
const phaseOf = (build: Build, type: string) => build.phases?.find(({ phaseType }) => phaseType === type);
const logOf = (id: string) => readFileSync(join(aws.dataDir, "logs/builds", `${id.split(":")[1]}.log`), "utf8");
const scratch = () => (existsSync(join(aws.dataDir, "codebuild")) ? readdirSync(join(aws.dataDir, "codebuild")) : []);
function isAlive(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

const detail = z.object({
  "build-status": z.string().optional(),
  "completed-phase": z.string().optional(),
  "completed-phase-context": z.string().optional(),
  "build-id": z.string(),
  "project-name": z.string(),
  "additional-information": z.object({ "build-complete": z.boolean(), "build-start-time": z.string() }),
});
const details = (type: string) =>
  aws.emitted
    .filter((event) => event["detail-type"] === `CodeBuild Build ${type} Change`)
    .map((event) => detail.parse(event.detail));

describe("a build", () => {
  test("runs the buildspec in a copy of the source, in one shell, as the project's role", async () => {
    await host.project(
      "app",
      spec(["node reporter.mjs", "cd /", "export CARRIED=yes"], {
        post_build: { commands: ["echo $PWD $CARRIED", "env | sort", "command -v docker", "command -v aws"] },
      }),
      {
        Environment: {
          ...{ Type: "LINUX_CONTAINER", Image: "i", ComputeType: "BUILD_GENERAL1_SMALL" },
          EnvironmentVariables: [
            { Name: "SLIPWAY_URL", Value: "http://x", Type: "PLAINTEXT" },
            { Name: "DEPLOYMENT_ID", Value: "0" },
          ],
        },
      },
    );
    const override = [{ name: "DEPLOYMENT_ID", value: "7", type: "PLAINTEXT" as const }];
    const started = await start("app", { environmentVariablesOverride: override });
    expect(started).toMatchObject({ buildStatus: "IN_PROGRESS", buildComplete: false, buildNumber: 1 });
    expect(started.arn).toBe(`arn:aws:codebuild:eu-west-1:123456789012:build/${started.id}`);
    const build = await finished(started.id);
    expect(build).toMatchObject({ buildStatus: "SUCCEEDED", currentPhase: "COMPLETED", initiator: "worker" });
    expect(build.environment?.environmentVariables).toEqual([
      { name: "SLIPWAY_URL", value: "http://x", type: "PLAINTEXT" },
      ...override,
    ]);
    expect(build.phases?.map(({ phaseType }) => phaseType)).toEqual(
      "SUBMITTED QUEUED PROVISIONING DOWNLOAD_SOURCE INSTALL PRE_BUILD BUILD POST_BUILD UPLOAD_ARTIFACTS FINALIZING COMPLETED".split(
        " ",
      ),
    );
    expect(build.endTime?.getTime()).toBeGreaterThanOrEqual(build.startTime?.getTime() ?? Number.POSITIVE_INFINITY);
    const log = logOf(started.id);
    expect(log).toContain(`reporter ${process.version}`);
    expect(log).toContain("/ yes\n");
    for (const tool of ["docker", "aws"]) expect(log).toContain(`\n${aws.dataDir}/tools/${tool}\n`);
    for (const line of [
      "DEPLOYMENT_ID=7",
      "SLIPWAY_URL=http://x",
      "AWS_REGION=eu-west-1",
      `CODEBUILD_BUILD_ID=${started.id}`,
    ]) {
      expect(log).toContain(`\n${line}\n`);
    }
    expect(log).toContain(`AWS_ENDPOINT_URL=${aws.context.awsEndpoint}`);
    expect(log).not.toContain("SECRET_OF_THE_HOST");
    await until(scratch, (names) => names.length === 0);
    expect(readdirSync(code).sort()).toEqual(["buildspec.yml", "reporter.mjs"]);
  });

  test("says which command failed, with what exit status, and still runs post_build", async () => {
    const spec2 = spec(["true", "echo oh >&2; exit 3", "echo never"], {
      post_build: { commands: ["echo clean $CODEBUILD_BUILD_SUCCEEDING"] },
    });
    await host.project("app", spec2);
    const build = await finished((await start("app")).id);
    const message = "Error while executing command: echo oh >&2; exit 3. Reason: exit status 3";
    expect(build.buildStatus).toBe("FAILED");
    expect(phaseOf(build, "BUILD")).toMatchObject({
      phaseStatus: "FAILED",
      contexts: [{ statusCode: "COMMAND_EXECUTION_ERROR", message }],
    });
    expect(phaseOf(build, "POST_BUILD")?.phaseStatus).toBe("SUCCEEDED");
    const log = logOf(build.id ?? "");
    expect(log).toContain("oh\n");
    expect(log).toContain("\nclean 0\n");
    expect(log).not.toContain("\nnever\n");
    const phase = details("Phase").find((one) => one["completed-phase"] === "BUILD");
    expect(phase?.["completed-phase-context"]).toBe(`[COMMAND_EXECUTION_ERROR: ${message}]`);
  });

  test("reports to the event bus its beginning, its phases and its end", async () => {
    await host.project("app", spec(["true"]));
    const { arn } = await finished((await start("app")).id);
    const states = details("State");
    expect(states.map((state) => state["build-status"])).toEqual(["IN_PROGRESS", "SUCCEEDED"]);
    expect(states[1]).toMatchObject({ "build-id": arn, "project-name": "app" });
    expect(states[1]?.["additional-information"]).toMatchObject({
      "build-complete": true,
      "build-start-time": expect.stringMatching(/^[A-Z][a-z]{2} \d+, \d{4} \d+:\d\d:\d\d [AP]M$/),
    });
    expect(details("Phase").map((phase) => phase["completed-phase"])).toEqual(
      "SUBMITTED QUEUED PROVISIONING DOWNLOAD_SOURCE INSTALL PRE_BUILD BUILD POST_BUILD UPLOAD_ARTIFACTS FINALIZING".split(
        " ",
      ),
    );
    expect(aws.emitted.every(({ source, resources }) => source === "aws.codebuild" && resources[0] === arn)).toBe(true);
  });

  test("fails where its buildspec, its source or a variable is not to be had", async () => {
    await host.project("file", undefined);
    await host.project("source", spec(["true"]), { Source: { Type: "S3", Location: "assets/other.zip" } });
    await host.project("variable", { ...spec(["true"]), env: { "parameter-store": { TOKEN: "/none" } } });
    const failure = async (name: string) =>
      phaseOf(await finished((await start(name)).id), "DOWNLOAD_SOURCE")?.contexts?.[0];
    expect((await failure("file"))?.statusCode).toBe("YAML_FILE_ERROR");
    expect((await failure("source"))?.message).toContain("there is no assets/other.zip");
    expect((await failure("variable"))?.statusCode).toBe("Decrypted Variables Error");
  });

  test("gets parameters and secrets by its own role", async () => {
    const asked: string[] = [];
    const answer = (scope: string, operation: string, output: object) => ({
      kind: "json" as const,
      scope,
      dialect: "application/x-amz-json-1.1",
      operations: {
        [operation]: {
          permissions: () => [],
          run: (_: unknown, caller: { name: string }) => {
            asked.push(caller.name);
            return output;
          },
        },
      },
    });
    const services = [
      answer("ssm", "GetParameters", { Parameters: [{ Name: "/a", Value: "from ssm" }] }),
      answer("secretsmanager", "GetSecretValue", { SecretString: '{"key":"from secrets"}' }),
    ];
    aws.register(...services);
    const env = { "parameter-store": { A: "/a" }, "secrets-manager": { B: "name:key" } };
    await host.project("app", { ...spec(["echo $A, $B"]), env });
    const { id, buildStatus } = await finished((await start("app")).id);
    expect(buildStatus).toBe("SUCCEEDED");
    expect(logOf(id ?? "")).toContain("from ssm, from secrets\n");
    expect(asked).toEqual([id, id]);
  });
});

describe("stopping a build", () => {
  const stubborn = () => spec([`echo $$ > ${aws.dataDir}/pid; trap '' TERM; while :; do sleep 0.1; done`]);
  const pid = () =>
    until(
      () => existsSync(join(aws.dataDir, "pid")) && Number(readFileSync(join(aws.dataDir, "pid"), "utf8")),
      Boolean,
    );

  test("kills all of it, and then calls it stopped", async () => {
    await host.project("app", stubborn());
    const { id } = await start("app");
    const running = Number(await pid());
    const { build } = await client.send(new StopBuildCommand({ id }));
    expect(build?.id).toBe(id);
    const stopped = await finished(id);
    expect(isAlive(running)).toBe(false);
    expect(stopped.buildStatus).toBe("STOPPED");
    expect(phaseOf(stopped, "BUILD")?.phaseStatus).toBe("STOPPED");
    expect(details("State").at(-1)?.["build-status"]).toBe("STOPPED");
    expect((await client.send(new StopBuildCommand({ id }))).build?.buildStatus).toBe("STOPPED");
  });

  test("leaves no half-built image, and none that was built and never pushed", async () => {
    const images = openImages(aws.dataDir);
    await host.project("app", stubborn());
    const { id } = await start("app");
    await pid();
    images.scratch();
    const tree = join(images.scratch(), "rootfs");
    mkdirSync(tree);
    images.commit(tree, {
      Cmd: null,
      Entrypoint: null,
      Env: [],
      WorkingDir: "",
      ExposedPorts: {},
      User: "",
      StopSignal: "",
      Labels: {},
    });
    expect(readdirSync(join(aws.dataDir, "images"))).toHaveLength(3);
    await client.send(new StopBuildCommand({ id }));
    await finished(id);
    await until(
      () => readdirSync(join(aws.dataDir, "images")),
      ({ length }) => length === 0,
    );
  });

  test("happens by itself when its time is over", async () => {
    await host.project("app", stubborn());
    const { id } = await start("app", { timeoutInMinutesOverride: 5 });
    const running = Number(await pid());
    clock.advance(5 * MINUTE);
    expect((await finished(id)).buildStatus).toBe("TIMED_OUT");
    expect(isAlive(running)).toBe(false);
  });

  test("of one that does not exist is an error", async () => {
    await expect(client.send(new StopBuildCommand({ id: "app:none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("starting a build", () => {
  test("with a token again is the same build for five minutes, and with other parameters an error", async () => {
    await host.project("app", spec(["true"]));
    const first = await start("app", { idempotencyToken: "t" });
    expect((await start("app", { idempotencyToken: "t" })).id).toBe(first.id);
    await expect(start("app", { idempotencyToken: "t", timeoutInMinutesOverride: 9 })).rejects.toMatchObject({
      name: "InvalidInputException",
    });
    clock.advance(5 * MINUTE + 1);
    const later = await start("app", { idempotencyToken: "t" });
    expect(later.id).not.toBe(first.id);
    await finished(later.id);
  });

  test("beyond the account's limit waits, and beyond five times that is refused", async () => {
    await end();
    await begin(aws.dataDir, 1);
    await host.project("app", spec([`while [ ! -e ${aws.dataDir}/go ]; do sleep 0.05; done`]));
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await start("app")).id);
    await expect(start("app")).rejects.toMatchObject({ name: "AccountLimitExceededException" });
    const [first = "", second = ""] = ids;
    await until(
      () => poll(first),
      ({ currentPhase }) => currentPhase === "BUILD",
    );
    expect((await poll(second)).currentPhase).toBe("QUEUED");
    await client.send(new StopBuildCommand({ id: second }));
    expect((await poll(second)).buildStatus).toBe("STOPPED");
    await client.send(new StopBuildCommand({ id: first }));
    expect((await finished(first)).buildStatus).toBe("STOPPED");
    const third = ids[2] ?? "";
    await until(
      () => poll(third),
      ({ currentPhase }) => currentPhase === "BUILD",
    );
    const { ids: listed } = await client.send(new ListBuildsForProjectCommand({ projectName: "app" }));
    expect(listed).toHaveLength(6);
    expect(listed?.[0]).toBe(ids[5]);
  });

  test("beyond the project's own limit is refused, and so is what is not known or not allowed", async () => {
    await host.project("app", spec(["sleep 1000"]), { ConcurrentBuildLimit: 1 });
    await start("app");
    await expect(start("app")).rejects.toMatchObject({ name: "AccountLimitExceededException" });
    await expect(start("other")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(start("app", { timeoutInMinutesOverride: 1 })).rejects.toMatchObject({
      name: "InvalidInputException",
    });
    aws.deny(({ action }) => action === "codebuild:StartBuild");
    await expect(start("app")).rejects.toMatchObject({ name: "AccessDeniedException" });
    const { buildsNotFound } = await client.send(new BatchGetBuildsCommand({ ids: ["app:none"] }));
    expect(buildsNotFound).toEqual(["app:none"]);
  });
});

describe("a local mode that dies", () => {
  test("with SIGKILL takes its builds along; at the next start they are faults, and their files are gone", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "slipway-dying-"));
    const child = spawn(
      process.execPath,
      ["--no-warnings", fileURLToPath(new URL("./dying.child.ts", import.meta.url)), dataDir, code],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const id = await new Promise<string>((resolve) =>
      child.stdout.once("data", (line) => resolve(String(line).trim())),
    );
    const file = join(dataDir, "pid");
    const pid = Number(await until(() => existsSync(file) && readFileSync(file, "utf8").trim(), Boolean));
    expect(isAlive(pid)).toBe(true);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    await until(
      () => isAlive(pid),
      (alive) => !alive,
    );
    expect(readdirSync(join(dataDir, "codebuild"))).toHaveLength(1);
    await end();
    removeDirectory(aws.dataDir);
    await begin(dataDir);
    await host.project("long", spec(["true"]));
    expect(await poll(id)).toMatchObject({ buildStatus: "FAULT", buildComplete: true, currentPhase: "COMPLETED" });
    expect(details("State").map((state) => state["build-status"])).toEqual(["FAULT"]);
    expect(scratch()).toEqual([]);
  });

  test("in order leaves them to be faults as well", async () => {
    await host.project("app", spec(["sleep 1000"]));
    const { id } = await start("app");
    await until(
      () => poll(id),
      ({ currentPhase }) => currentPhase === "BUILD",
    );
    await end();
    await begin(aws.dataDir);
    await host.project("app", spec(["true"]));
    expect((await poll(id)).buildStatus).toBe("FAULT");
    expect((await finished((await start("app")).id)).buildNumber).toBe(2);
  });
});

test("a build that fills the disk outside of its steps, as the clone of a large repository does, is ended and says why", async () => {
  await end();
  await begin(aws.dataDir, undefined, 50_000_000);
  await host.project("large", spec(["head -c 200M /dev/zero >clone; sleep 600"]));
  const { id } = await start("large");
  const build = await until(
    () => poll(id),
    ({ buildComplete }) => buildComplete === true,
  );
  expect(build.buildStatus).toBe("FAILED");
  expect(logOf(id)).toContain("The build was ended: out of disk space: it reached its limit of 48 MB.");
  expect(scratch()).toEqual([]);
});
