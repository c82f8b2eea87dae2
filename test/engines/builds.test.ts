import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BuildFailure } from "../../lib/build/reporter/failure.ts";
import { brokenBuilds, expectBroken } from "../dockerfiles/broken.ts";
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

// One sentence for each, whatever the engine: Docker with BuildKit, Docker before version 23, Podman, the host engine.
test.concurrent.each(brokenBuilds)("$name", async (broken) => expectBroken(directory, path, broken), 120_000);

describe("a registry that refuses", () => {
  /** Podman is told that it has no TLS (machine/boot); Docker assumes that of the loopback. */
  const registry = { host: "127.0.0.1", port: 5001 };
  let status = 0;
  const server = createServer((_, response) => response.writeHead(status).end());
  beforeAll(() => new Promise<void>((done) => server.listen(registry.port, registry.host, done)));
  afterAll(() => new Promise((done) => server.close(done)));

  test.each([
    [401, "build_failed"],
    [403, "build_failed"],
    [404, "build_failed"],
    [429, "base_image_rate_limited"],
    [500, "build_failed"],
  ])("a base image with %i is named", async (answer, code) => {
    status = answer;
    const image = `${registry.host}:${registry.port}/app:${answer}`;
    const failure = await build(`refused-${answer}`, [`FROM ${image}`], "registry.invalid/x", path).catch(
      (error: unknown) => error,
    );
    if (!(failure instanceof BuildFailure)) throw new Error(`It did not fail: ${String(failure)}`);
    expect(failure.code).toBe(code);
    if (code === "build_failed")
      expect(failure.message).toMatch(
        new RegExp(
          `^Docker build failed with exit code 1: the base image ${image} could not be pulled: .+\\. Check the name after FROM in the Dockerfile\\.$`,
        ),
      );
  });

  (engine === "docker" ? test : test.skip)("a push is told from a build that failed", async () => {
    status = 403;
    const repository = `${registry.host}:${registry.port}/app`;
    const failure = await build("push-refused", [base, "RUN true"], repository, process.env.PATH ?? "").catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: "push_failed",
      message: expect.stringMatching(/^The image was built but could not be pushed to the registry: .*403/),
    });
  });
});

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
);
