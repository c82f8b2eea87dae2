import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { chooseEngine, EngineUnusable } from "@slipway/local-aws/containers/docker/engine-choice";
import { removeDirectory } from "../support/files.ts";

const made: string[] = [];
afterAll(() => made.forEach(removeDirectory));

const answers = "exit 0";
const silent = "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1";
const withoutBuildx = '[ "$1" = info ]';

/** A machine whose `PATH` has these commands, as shell scripts. */
function machine(commands: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), "engine-choice-"));
  made.push(directory);
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o700);
  }
  return { PATH: directory };
}

describe("where no engine is named", () => {
  test.each([
    ["docker, if it answers", { docker: answers, podman: answers }, "docker", /^docker answers\.$/],
    ["podman, if there is no docker", { podman: answers }, "podman", /^podman answers\.$/],
    [
      "podman, if docker does not answer, and why",
      { docker: silent, podman: answers },
      "podman",
      /^podman answers, and docker does not answer \(Cannot connect to the Docker daemon/,
    ],
    [
      "none, if docker has no buildx, and what to install",
      { docker: withoutBuildx },
      "host",
      /^docker has no buildx, which builds images: install the package docker-buildx-plugin/,
    ],
    ["none, if neither is there", {}, "host", /^neither docker nor podman is installed\.$/],
    ["none, if neither answers", { docker: silent, podman: silent }, "host", /^docker does not .*; podman does not /],
  ] as const)("it is %s", async (_name, commands, engine, why) => {
    expect(await chooseEngine("auto", undefined, machine(commands))).toEqual({
      engine,
      why: expect.stringMatching(why),
    });
  });
});

describe("a data directory keeps its engine", () => {
  test("although another one comes first", async () => {
    const both = machine({ docker: answers, podman: answers });
    expect(await chooseEngine("auto", "podman", both)).toMatchObject({ engine: "podman" });
    expect(await chooseEngine("auto", "host", both)).toMatchObject({ engine: "host" });
  });

  test("and says so where that does not answer, instead of taking another", async () => {
    const refused = chooseEngine("auto", "docker", machine({ docker: silent, podman: answers }));
    await expect(refused).rejects.toThrow(EngineUnusable);
    await expect(refused).rejects.toThrow(/made with docker, but docker does not answer .*choose another engine/s);
  });

  test("unless another one is named, and says what that means", async () => {
    const chosen = await chooseEngine("podman", "docker", machine({ podman: answers }));
    expect(chosen).toEqual({
      engine: "podman",
      why: "--engine podman was given. Apps that docker built have to be deployed again.",
    });
  });
});

test("an engine that is named and cannot be used is an error with what to do", async () => {
  await expect(chooseEngine("docker", undefined, machine({ docker: withoutBuildx }))).rejects.toThrow(
    /^--engine docker was given, but docker has no buildx.*Fix this, and start again\.$/,
  );
  await expect(chooseEngine("podman", undefined, machine({}))).rejects.toThrow("there is no podman");
});
