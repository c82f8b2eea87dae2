import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { engineEnvironment } from "@slipway/local-aws/containers/docker/engine-environment";
import { createProcesses, type Processes } from "@slipway/local-aws/containers/processes/processes";
import {
  type ContainerTaskRunnerOptions,
  createContainerTaskRunner,
} from "@slipway/local-aws/services/ecs/container-task-runner";
import { container } from "@slipway/local-aws/services/ecs/model";
import type { TaskOrder } from "@slipway/local-aws/services/ecs/task-runner";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

/**
 * Stands for docker and podman: writes down how it was called, keeps what containers were made of, and runs none. A started
 * container prints its variables as JSON and ends with the code in the file `exit` beside it.
 */
const ENGINE = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const [, me, ...argv] = process.argv;
const at = (name) => require("node:path").join(require("node:path").dirname(me), name);
const note = (entry) => appendFileSync(at("calls.jsonl"), JSON.stringify(entry) + "\\n");
const cmdline = readFileSync("/proc/self/cmdline", "utf8");
const values = (flag) => argv.flatMap((arg, i) => (arg === flag ? [argv[i + 1]] : []));
note({ argv, env: process.env, cmdline });
const made = (variables) => writeFileSync(at("made"), JSON.stringify(variables));
const [first, second] = argv;
if (first === "system" && second === "dial-stdio") {
  let text = "";
  process.stdin.on("data", (chunk) => {
    text += chunk;
    const [head, body] = text.split("\\r\\n\\r\\n");
    const length = Number(/Content-Length: (\\d+)/.exec(head)?.[1]);
    if (body === undefined || Buffer.byteLength(body) < length) return;
    const spec = JSON.parse(body);
    note({ spec });
    made(Object.fromEntries(spec.Env.map((it) => [it.slice(0, it.indexOf("=")), it.slice(it.indexOf("=") + 1)])));
    process.stdout.write("HTTP/1.1 201 Created\\r\\nContent-Type: application/json\\r\\n\\r\\n" + JSON.stringify({ Id: "c" }));
    process.exit(0);
  });
  process.stdin.on("end", () => process.exit(9));
} else if (first === "secret" && second === "create") writeFileSync(at("secret-" + argv[2]), readFileSync(argv[3], "utf8"));
else if (first === "info") console.log("cpu memory pids");
else if (first === "create") {
  const file = readFileSync(values("--env-file")[0], "utf8");
  const plain = file.split("\\n").filter((line) => line !== "").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  const secrets = values("--secret").map((it) => /^(.*),type=env,target=(.*)$/.exec(it)).map(([, id, name]) => [name, readFileSync(at("secret-" + id), "utf8")]);
  made(Object.fromEntries([...plain, ...secrets]));
} else if (first === "start") {
  if (readFileSync(at("exit"), "utf8") !== "never") console.log(readFileSync(at("made"), "utf8"));
  const code = readFileSync(at("exit"), "utf8");
  if (code === "never") console.error("Error: unable to start container 1: setrlimit: Operation not permitted");
  process.exit(code === "never" ? 125 : Number(code));
} else if (first === "image") console.log(existsSync(at("image")) ? readFileSync(at("image"), "utf8") : "sha256:" + "a".repeat(64));
else if (first === "inspect") {
  const code = readFileSync(at("exit"), "utf8").trim();
  if (code === "never") console.log("created|false|127|");
  else console.log("exited|" + (code === "137") + "|" + code + "|");
}
`;

const VARIABLES = {
  PLAIN: "a",
  SPACES: "  a b  ",
  LINES: "one\ntwo\r\n\n",
  QUOTES: `'"\`$HOME \${x} \\ = # !`,
  EMPTY: "",
  NODE_ENV: "test",
  LANG: "C",
  LD_PRELOAD: "/evil.so",
  DOCKER_HOST: "tcp://evil:1",
  DOCKER_CONFIG: "/evil",
  CONTAINERS_CONF: "/evil",
  TMPDIR: "/evil",
  BASH_ENV: "/evil",
  PATH: "/own/bin",
  HOME: "/own",
  AWS_ACCESS_KEY_ID: "own",
};
const OPERATOR = {
  HOME: "/home/operator",
  DOCKER_HOST: "unix:///operator.sock",
  XDG_RUNTIME_DIR: "/run/user/7",
  NODE_ENV: "production",
  LANG: "de_DE",
  PORT: "1",
  AWS_ACCESS_KEY_ID: "operators",
  HTTP_PROXY: "http://proxy",
};

let aws: LocalAws;
let processes: Processes;
let dir: string;
beforeAll(async () => {
  aws = await startLocalAws();
  processes = createProcesses(aws.context.clock);
});
afterAll(async () => {
  await processes.close();
  await aws.close();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-engine-bin-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const order = (lines: string[]): TaskOrder => ({
  taskId: "t1",
  taskArn: "arn:t1",
  memoryMb: 512,
  cpuUnits: 256,
  executionRoleArn: undefined,
  taskRoleArn: "arn:aws:iam::1:role/task",
  onLines: (more) => void lines.push(...more),
  container: container.parse({
    name: "app",
    image: `repository@sha256:${"a".repeat(64)}`,
    essential: true,
    portMappings: [{ containerPort: 3000 }],
    environment: Object.entries(VARIABLES).map(([name, value]) => ({ name, value })),
  }),
});

interface Call {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cmdline?: string;
  readonly spec?: { readonly HostConfig: Readonly<Record<string, unknown>> };
}

/** Containers that do not reach the AWS endpoint. */
const withoutAws: ContainerTaskRunnerOptions["aws"] = {
  credentials: { issue: () => ({ path: "/", token: "" }), revoke: () => {} },
  reached: async () => null,
  listen: async () => null,
};

async function runBy(engine: "docker" | "podman", exit: number | "never", lines: string[] = []) {
  const command = join(dir, engine);
  writeFileSync(command, ENGINE, { mode: 0o755 });
  writeFileSync(join(dir, "exit"), String(exit));
  const env = engineEnvironment({ ...OPERATOR, PATH: process.env.PATH });
  const options = { processes, command, env, aws: withoutAws };
  const running = await createContainerTaskRunner(aws.context, options).start(order(lines));
  const end = await running.exited;
  const text = readFileSync(join(dir, "calls.jsonl"), "utf8").trim().split("\n");
  return { lines, end, env, calls: text.map((line): Call => JSON.parse(line)) };
}

describe.each(["docker", "podman"] as const)("%s", (engine) => {
  test("gives the container exactly the task's variables, byte for byte", async () => {
    const { lines } = await runBy(engine, 0);
    const { AWS_REGION, AWS_DEFAULT_REGION, PORT, ...own } = JSON.parse(lines.join(""));
    expect(own).toEqual(VARIABLES);
    expect([AWS_REGION, AWS_DEFAULT_REGION, PORT]).toEqual(["eu-west-1", "eu-west-1", "3000"]);
  });

  test("is run without the task's variables, in its environment as on its command line, and leaves none behind", async () => {
    const { calls, env } = await runBy(engine, 0);
    for (const call of calls.filter(({ argv }) => argv !== undefined)) {
      const { PWD: _pwd, SHLVL: _shlvl, _: _last, OLDPWD: _old, ...seen } = call.env ?? {};
      expect(seen).toEqual(env);
      expect(call.cmdline).not.toMatch(/evil|own\/bin|two/);
    }
    expect(readdirSync(join(aws.context.dataDir, "ecs")).filter((name) => name.endsWith(".env"))).toEqual([]);
    const kept = calls.filter(({ argv }) => argv?.[0] === "secret" && argv[1] === "rm").flatMap(({ argv }) => argv);
    const made = calls.filter(({ argv }) => argv?.[0] === "secret" && argv[1] === "create");
    for (const { argv } of made) expect(kept).toContain(argv?.[2]);
  });

  test("gets the task's limits, and says when its memory was not enough", async () => {
    const { calls, end } = await runBy(engine, 137);
    expect(end).toEqual({ exitCode: 137, reason: "OutOfMemoryError: out of memory: it reached its limit of 512 MB" });
    const spec = calls.find((call) => call.spec !== undefined)?.spec?.HostConfig;
    const args = calls.find(({ argv }) => argv?.[0] === "create")?.argv?.join(" ");
    if (engine === "docker") expect(spec).toMatchObject({ Memory: 512 * 1024 * 1024, NanoCpus: 250_000_000 });
    else expect(args).toContain("--memory 512m --cpus 0.25 --pids-limit 2048");
  });

  test("runs the image by its name in the engine, and only where that is the image it should be", async () => {
    const { calls } = await runBy(engine, 0);
    const asked = calls.flatMap(({ argv }) => (argv?.[0] === "image" ? [argv.at(-1)] : []));
    expect(asked).toEqual([expect.stringMatching(/^localhost\/local-aws-[0-9a-f]{12}:a{64}$/)]);
    writeFileSync(join(dir, "image"), `sha256:${"b".repeat(64)}`);
    await expect(runBy(engine, 0)).rejects.toThrow(/^CannotPullContainerError: .*not found$/);
  });

  test("is not blamed on the app when it cannot start a container", async () => {
    const lines: string[] = [];
    await expect(runBy(engine, "never", lines)).rejects.toThrow(
      "CannotStartContainerError: unable to start container 1: setrlimit: Operation not permitted",
    );
    expect(lines).toEqual([]);
  });

  test("gives no address of this machine, which a container cannot reach", async () => {
    const { lines } = await runBy(engine, 0);
    expect(Object.keys(JSON.parse(lines.join("")))).not.toContain("AWS_ENDPOINT_URL");
  });
});
