import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { stopSignalsOf } from "./engine.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ healthCheckSecond: "300ms" });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const serverThat = (code: string) => ({ ...healthyApp(), "server.mjs": code });

const base = "FROM node:24-slim";
const dockerfile = (...lines: string[]) => ({ ...healthyApp(), Dockerfile: `${lines.join("\n")}\n` });

/** The task's own end, and the engine's, are told apart. */
const releases = [
  {
    name: "too-little-memory",
    files: serverThat("const all = []; setInterval(() => all.push(Buffer.alloc(64 * 1024 * 1024, 1)), 20);"),
    exit_code: 137,
    words:
      /^The container exited with code 137 while starting \(OutOfMemoryError: (?:most likely )?out of memory: it reached its limit of 512 MB\)/,
  },
  {
    name: "a-program-that-is-not-there",
    files: dockerfile(base, 'CMD ["nosuchprogram"]'),
    exit_code: null,
    words: /CannotStartContainerError: [^=]*nosuchprogram/,
  },
];

test.concurrent.each(releases)("$name", async ({ name, files, exit_code, words }) => {
  const app = await registerApp(api, files, { name, healthCheckPath: "/healthz" });
  const ended = await ends(api, await deploy(api, app.id));
  expect(ended.error_message).toMatch(words);
  expect(ended).toMatchObject({ stage: "failed", failed_stage: "deploying", exit_code });
});

test("what an app says nothing of, its image says: port, health check and stop signal", async () => {
  const server = `
import { createServer } from "node:http";
createServer((request, response) => {
  response.writeHead(request.url === "/ready" ? 200 : 404);
  response.end("port " + process.env.PORT);
}).listen(8080);`;
  const files = {
    ...dockerfile(
      base,
      "COPY server.mjs /",
      "EXPOSE 8080",
      "HEALTHCHECK CMD wget -qO- http://127.0.0.1:8080/ready || exit 1",
      "STOPSIGNAL SIGQUIT",
      'CMD ["node", "/server.mjs"]',
    ),
    "server.mjs": server,
  };
  const app = await registerApp(api, files, { name: "silent" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success", error_message: null });
  const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
  expect(await (await fetch(direct_url)).text()).toBe("port 8080");
  expect(["SIGQUIT", "3"].some((signal) => stopSignalsOf(local.data).includes(signal))).toBe(true);
});

test("an app has the memory and the processor time of its settings, and no more", async () => {
  const server = `
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
const read = (...files) => {
  for (const file of files) try { return readFileSync("/sys/fs/cgroup/" + file, "utf8").trim().split(" ").map(Number); } catch {}
};
const [quota, period = read("cpu/cpu.cfs_period_us")[0]] = read("cpu.max", "cpu/cpu.cfs_quota_us");
const [memory] = read("memory.max", "memory/memory.limit_in_bytes");
createServer((request, response) => response.end(JSON.stringify({ memory, cpus: quota / period }))).listen(process.env.PORT);`;
  const app = await registerApp(api, serverThat(server), { name: "limited", cpu: 512, memory: 1024 });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success", error_message: null });
  const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
  expect(await (await fetch(direct_url)).json()).toEqual({ memory: 1024 ** 3, cpus: 0.5 });
});

test("variables reach the app byte for byte, and nothing of the engine's or of this machine's", async () => {
  const values = {
    PLAIN: "a",
    SPACES: "  a b  ",
    LINES: "one\ntwo\r\n\n",
    QUOTES: `'"\`$HOME \${x} \\ = # !`,
    DOCKER_HOST: "tcp://evil:1",
    LD_LIBRARY_PATH: "/evil",
  };
  const server = `
import { createServer } from "node:http";
createServer((request, response) => response.end(JSON.stringify(process.env))).listen(Number(process.env.PORT));`;
  const app = await registerApp(api, serverThat(server), {
    name: "variables",
    healthCheckPath: "/healthz",
    env: values,
  });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success", error_message: null });
  const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
  const seen = await (await fetch(direct_url)).json();
  expect(seen).toMatchObject(values);
  // Without a role there is no way to the endpoint of this machine, and credentials without it would go to the real AWS.
  const names = Object.keys(seen);
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "SLIPWAY_TEST_ENGINE"])
    expect(names).not.toContain(name);
});
