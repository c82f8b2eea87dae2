import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { addressOf, deploy, ends, type Registered, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { listeningPorts, processTree, unixSockets } from "../support/process-tree.ts";

/**
 * Goes through every port of the loopback addresses that anybody listens on and sends requests to each as an attacker would; prints, as JSON,
 * which of them answered what. Both the build step and the app run it.
 */
const SCAN = `
const { readFileSync } = require("node:fs");
const { connect } = require("node:net");
const listed = (file) => readFileSync(file, "utf8").trim().split("\\n").slice(1).map((line) => line.trim().split(/\\s+/));
const ports = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap(listed).filter((row) => row[3] === "0A").map((row) => parseInt(row[1].split(":")[1], 16));
const form = { "content-type": "application/x-www-form-urlencoded" };
const json = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.ListQueues" };
const probes = [
  ["GET", "/", {}, undefined],
  ["GET", "/?list-type=2", {}, undefined],
  ["POST", "/", form, "Action=ListTopics&Version=2010-03-31"],
  ["POST", "/", form, "Action=GetCallerIdentity&Version=2011-06-15"],
  ["POST", "/", form, "Action=SendMessage&QueueUrl=/000000000000/work&MessageBody=x"],
  ["POST", "/", json, "{}"],
  ["PUT", "/bucket/index.html", {}, "<script>"],
];
async function probe(port) {
  const statuses = [];
  for (const [method, path, headers, body] of probes) {
    const signal = AbortSignal.timeout(5000);
    const answer = await fetch("http://127.0.0.1:" + port + path, { method, headers, body, signal, redirect: "manual" }).catch(() => null);
    if (answer !== null) { statuses.push(answer.status); await answer.arrayBuffer().catch(() => null); }
  }
  return [port, statuses];
}
const abstract = () => readFileSync("/proc/net/unix", "utf8").split("\\n").map((line) => line.split(/\\s+/)[7] ?? "").filter((name) => name.startsWith("@"));
exports.scan = async () => ({ ports: await Promise.all([...new Set(ports)].map(probe)), abstract: abstract() });
`;

const FILES = {
  "scan.js": SCAN,
  "print.js": `require("./scan.js").scan().then((found) => require("node:fs").writeFileSync("found.json", JSON.stringify(found)));`,
  "app.js": `
const { scan } = require("./scan.js");
const { readFileSync } = require("node:fs");
require("node:http").createServer(async (request, response) => {
  if (request.url === "/build") return response.end(readFileSync("found.json"));
  if (request.url === "/run") return response.end(JSON.stringify(await scan()));
  response.end("ok");
}).listen(Number(process.env.PORT), process.env.HOST);
`,
  Dockerfile: 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN node print.js\nCMD ["node", "app.js"]\n',
};

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: Registered;
beforeAll(async () => {
  local = await startLocalMode({ args: ["--engine", "host", "--auth", "loopback"] });
  api = apiAt(local.url);
  app = await registerApp(api, FILES, { name: "scanner" });
  expect(await ends(api, await deploy(api, app.id), 180)).toMatchObject({ stage: "success" });
});
afterAll(async () => {
  await local?.stop();
  if (local !== undefined) removeDirectory(local.data);
  if (app !== undefined) removeDirectory(app.repository.path);
});

const portOf = (url: string): number => Number(new URL(url).port);

interface Found {
  readonly ports: readonly (readonly [port: number, statuses: readonly number[]])[];
  readonly abstract: readonly string[];
}

test.each(["build", "run"])(
  "an app that scans this machine during its %s gets nothing but refusals from the local mode",
  async (when) => {
    const url = await addressOf(api, app.id);
    const found: Found = await (await fetch(`${url}/${when}`)).json();
    const ours = listeningPorts([local.process.pid ?? 0]);
    const mayAnswer = [portOf(local.url), portOf(url)];
    const probed = found.ports.filter(([port]) => ours.includes(port) && !mayAnswer.includes(port));
    expect(probed.length).toBeGreaterThan(0);
    for (const [, statuses] of probed) for (const status of statuses) expect([400, 403, 404, 405]).toContain(status);
  },
);

test("nothing listens but the control plane, its AWS, and the apps themselves", async () => {
  const main = local.process.pid ?? 0;
  const url = await addressOf(api, app.id);
  // The AWS endpoint and the APIs' own: both ask for credentials first.
  expect(listeningPorts([main]).filter((port) => ![portOf(local.url), portOf(url)].includes(port))).toHaveLength(2);
  const children = processTree(main).filter((pid) => pid !== main);
  expect(listeningPorts(children)).toHaveLength(1);
});

test("there is no Unix socket but in the data directory, and no abstract one", () => {
  const sockets = unixSockets(processTree(local.process.pid ?? 0));
  expect(sockets.filter((path) => path.startsWith("@"))).toEqual([]);
  for (const path of sockets) {
    expect(path.startsWith(`${local.data}/`)).toBe(true);
    expect(statSync(path).mode & 0o077).toBe(0);
  }
  expect(statSync(local.data).mode & 0o777).toBe(0o700);
});

test("no credential stands on a command line", () => {
  const lines = processTree(local.process.pid ?? 0).map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  expect(lines.some((line) => line.includes("app.js"))).toBe(true);
  expect(lines.join(" ")).not.toMatch(/ASIA[0-9A-F]{16}/);
});

/** Entries that anybody but their owner may read or write, and that lie in no image's or build's tree. */
function openEntries(path: string): string[] {
  const below = relative(local.data, path);
  const stat = lstatSync(path);
  const own = stat.isSymbolicLink() || (stat.mode & 0o077) === 0 ? [] : [below];
  const isTree = /^(images\/[^/]+\/rootfs|images\/building-[^/]+|ecs\/tasks\/[^/]+|codebuild\/[^/]+)$/.test(below);
  if (!stat.isDirectory() || isTree) return isTree ? [] : own;
  return [...own, ...readdirSync(path).flatMap((name) => openEntries(join(path, name)))];
}

test("a used data directory is its owner's alone", () => {
  expect(existsSync(join(local.data, "logs", "builds"))).toBe(true);
  expect(openEntries(local.data)).toEqual([]);
});
