// The builder of an AWS build, with a real BuildKit: in a container of its own, with its image, its limits and a cache in a registry.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Builder, openBuilder } from "../../../lib/build/reporter/builder.ts";
import { BuildFailure } from "../../../lib/build/reporter/failure.ts";
import { eventually, removeDirectory, temporaryDirectory } from "../../support/local-mode.ts";
import { buildBy } from "../building.ts";
import { type OwnEngine, ownEngine } from "../own-engine.ts";

const root = resolve(import.meta.dirname, "../../..");
const { BUILDKIT } = versionsOf(readFileSync(join(root, "test/engines/machine/versions"), "utf8"));
const programs = join(root, "node_modules/.cache", `buildkit-${BUILDKIT}`);
const image = "slipway/buildkit:test";
/** More than the 2 MiB of a step that BuildKit shows by default, faster than the 200 KiB a second. */
const printed = 60_000;

let directory: string;
let own: OwnEngine;
let registry: ChildProcess;
let address: string;
const open: Builder[] = [];

function versionsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split("\n").flatMap((line) => [/^(\w+)=(.+)$/.exec(line)?.slice(1) ?? []]));
}

beforeAll(async () => {
  directory = temporaryDirectory();
  own = await ownEngine({ runtime: join(import.meta.dirname, "runc") });
  address = `${own.gateway}:5002`;
  registry = await startRegistry();
  makeImage();
  const base = "127.0.0.1:5002/library/node:24-alpine";
  own.ask("tag", "node:24-alpine", base);
  own.ask("push", "--quiet", base);
});
afterAll(async () => {
  for (const builder of open) await builder.close();
  registry?.kill();
  own?.remove();
  removeDirectory(directory);
});

/** A registry that containers reach, without TLS. */
async function startRegistry(): Promise<ChildProcess> {
  const config = join(directory, "registry.yml");
  const storage = `{filesystem: {rootdirectory: ${join(directory, "registry")}}, delete: {enabled: true}}`;
  writeFileSync(config, `version: 0.1\nstorage: ${storage}\nhttp: {addr: ":5002"}\nlog: {level: error}\n`);
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  await eventually("the registry answers", () =>
    fetch(`http://${address}/v2/`).then(
      () => true as const,
      () => undefined,
    ),
  );
  return child;
}

/** BuildKit's image, whose configuration has it take base images from the registry of this test. */
function makeImage(): void {
  const context = join(directory, "buildkit");
  mkdirSync(context);
  for (const name of ["buildkitd", "buildctl"]) copyFileSync(join(programs, name), join(context, name));
  copyFileSync("/usr/sbin/runc", join(context, "runc"));
  copyFileSync("/lib/x86_64-linux-gnu/libseccomp.so.2", join(context, "libseccomp.so.2"));
  writeFileSync(
    join(context, "buildkitd.toml"),
    `[registry."docker.io"]\nmirrors = ["${address}"]\n[registry."${address}"]\nhttp = true\n`,
  );
  writeFileSync(
    join(context, "Dockerfile"),
    [
      "FROM node:24-alpine",
      "COPY buildkitd buildctl runc /usr/bin/",
      "COPY libseccomp.so.2 /lib/x86_64-linux-gnu/",
      "COPY buildkitd.toml /etc/buildkit/",
      "VOLUME /var/lib/buildkit",
      'ENTRYPOINT ["buildkitd"]',
    ].join("\n"),
  );
  own.ask("build", "--quiet", "--tag", image, context);
}

const after = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

async function builderNamed(builder: string, images: readonly string[] = [image]): Promise<Builder> {
  const cache = { repository: `${address}/cache`, from: ["main"], to: "main", seconds: 120 };
  const env = { ...process.env, ...own.env };
  const { signal } = new AbortController();
  const opened = await openBuilder({ cache, images, builder, env, after, signal });
  if (typeof opened === "string") throw new Error(`There is no builder: ${opened}`);
  open.push(opened);
  return opened;
}

function build(name: string, lines: readonly string[], { importing }: Builder) {
  const source = join(directory, name);
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "Dockerfile"), `${lines.join("\n")}\n`);
  return buildBy({
    root: source,
    repository: `${address}/app`,
    tag: name,
    path: process.env.PATH ?? "",
    env: own.env,
    importing,
    metadataFile: join(directory, `${name}.json`),
  });
}

const chatty = [
  "FROM node:24-alpine",
  `RUN node -e 'for (let n = 1; n <= ${printed}; n++) console.log("line", n, "-".repeat(60))'`,
  "RUN head -c 16 /dev/urandom > /built",
];

test("the output of a step is whole, and the next build on another host takes its steps from the cache", async () => {
  const first = await builderNamed("slipway-first", ["127.0.0.1:1/nowhere:latest", image]);
  const { digest, args, log } = await build("first", chatty, first);
  const numbers = log.flatMap((line) => /^line (\d+) -{60}\n$/.exec(line)?.[1] ?? []).map(Number);
  expect(numbers).toEqual(Array.from({ length: printed }, (_, index) => index + 1));
  const manifest = await fetch(`http://${address}/v2/app/manifests/first`, {
    headers: {
      Accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
    },
  });
  expect(manifest.headers.get("docker-content-digest")).toBe(digest);
  expect(await first.save(args)).toBeNull();
  await first.close();

  const second = await builderNamed("slipway-second");
  const again = await build("second", chatty, second);
  expect(again.digest).toBe(digest);
  expect(again.log.filter((line) => line.startsWith("line "))).toEqual([]);
});

test("a step that fails says so by its own exit code", async () => {
  const builder = await builderNamed("slipway-failing");
  const lines = ["FROM node:24-alpine", "RUN echo this breaks && exit 7"];
  const failure = await build("failing", lines, builder).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BuildFailure);
  expect(failure).toMatchObject({ code: "build_failed", exitCode: 7 });
});

test("nothing is left of a builder that was closed", async () => {
  const builder = await builderNamed("slipway-closed");
  expect(own.ask("ps", "--all", "--format", "{{.Names}}")).toContain("slipway-closed");
  await builder.close();
  expect(own.ask("ps", "--all", "--format", "{{.Names}}")).not.toContain("slipway-closed");
  expect(own.ask("volume", "ls", "--format", "{{.Name}}")).not.toContain("slipway-closed");
});

test("without an image that can be had there is none, and it is said why", async () => {
  const env = { ...process.env, ...own.env };
  const { signal } = new AbortController();
  const images = ["127.0.0.1:1/nowhere:latest"];
  const opened = await openBuilder({ cache: null, images, builder: "slipway-none", env, after, signal });
  expect(opened).toMatch(/127\.0\.0\.1:1/);
  expect(execFileSync("docker", ["buildx", "ls"], { env, encoding: "utf8" })).not.toContain("slipway-none");
});
