import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { BuildFailure } from "../../lib/build/reporter/failure.ts";
import { buildBy, toolsPath } from "./building.ts";
import { engine } from "./engine.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-engine-builds-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Builds with the local mode's `docker`, or with the engine's itself where that pushes. */
async function build(name: string, lines: readonly string[], repository: string, path: string) {
  const root = join(directory, name);
  mkdirSync(root);
  writeFileSync(join(root, "Dockerfile"), `${lines.join("\n")}\n`);
  return buildBy({ root, repository, tag: name, path, metadataFile: join(directory, `${name}.json`) });
}

const path = toolsPath(directory);

const base = "FROM node:24-slim";

/** One sentence for each, whatever the engine: docker with BuildKit, docker before version 23, podman. */
const builds = [
  {
    name: "a-command-that-fails",
    lines: [base, "WORKDIR /app", "ENV A=b", "RUN echo before >&2; exit 7"],
    expected: { code: "build_failed", exit_code: 7 },
    words:
      /^Docker build failed with exit code 7 at step 3\/3 \(RUN echo before >&2; exit 7\)\. Fix the command in the Dockerfile/,
  },
  {
    name: "a-command-that-is-not-there",
    lines: [base, "RUN nosuchcommand"],
    expected: { code: "build_failed", exit_code: 127 },
    words: /^Docker build failed with exit code 127 at step 2\/2 \(RUN nosuchcommand\)\. Fix the command/,
  },
  {
    name: "an-instruction-that-is-none",
    lines: [base, "FLY me"],
    expected: { code: "dockerfile_invalid", exit_code: 1 },
    words:
      /^The Dockerfile is invalid: dockerfile parse error on line 2: unknown instruction: FLY.*Correct it and push again\.$/,
  },
  {
    name: "an-empty-dockerfile",
    lines: [""],
    expected: { code: "dockerfile_invalid", exit_code: 1 },
    words: /^The Dockerfile is invalid: .*Correct it and push again\.$/,
  },
  {
    name: "no-stage",
    lines: ["RUN true"],
    expected: { code: "dockerfile_invalid", exit_code: 1 },
    words: /^The Dockerfile is invalid: .*no build stage in current context/,
  },
  {
    name: "a-file-that-is-not-there",
    lines: [base, "COPY nothing /x"],
    expected: { code: "build_failed", exit_code: 1 },
    words: /^Docker build failed with exit code 1: there is no "\/nothing" to copy\. Check the path in the Dockerfile/,
  },
  {
    name: "a-base-image-that-is-not-there",
    lines: ["FROM registry.invalid/nosuch/image:1", "RUN true"],
    expected: { code: "build_failed", exit_code: 1 },
    words:
      /: the base image could not be pulled: .*registry\.invalid\/nosuch\/image:1.* Check the name after FROM in the Dockerfile\.$/,
  },
];

test.each(builds)(
  "$name",
  async ({ name, lines, expected, words }) => {
    const failure = await build(name, lines, "registry.invalid/x", path).catch((error: unknown) => error);
    if (!(failure instanceof BuildFailure)) throw new Error(`It did not fail: ${String(failure)}`);
    expect(failure.message).toMatch(words);
    expect({ code: failure.code, exit_code: failure.exitCode }).toEqual(expected);
  },
  120_000,
);

// Podman's own `docker` has no buildx; builds on AWS are Docker's.
(engine === "docker" ? test : test.skip)(
  "a push to a registry, by BuildKit itself: its progress, and the digest that the registry has",
  async () => {
    // Never built before, so that no cache answers for it.
    const words = `hello from ${randomUUID()}`;
    const lines = [base, "WORKDIR /app", `RUN echo ${words}`, 'CMD ["node"]'];
    const repository = "127.0.0.1:5000/slipway/app";
    const { digest, log, steps } = await build("pushed", lines, repository, process.env.PATH ?? "");
    expect(steps.at(-1)).toBe("3/3");
    expect(log).toEqual(expect.arrayContaining(["Step 1/3 : FROM node:24-slim\n", `${words}\n`]));
    const answer = await fetch("http://127.0.0.1:5000/v2/slipway/app/manifests/pushed", {
      headers: {
        Accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
      },
    });
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
  },
  120_000,
);
