import { lstatSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { runBuild } from "@slipway/local-aws/containers/docker/build";
import { parseDockerfile } from "@slipway/local-aws/containers/docker/dockerfile";
import { SolveError } from "@slipway/local-aws/containers/docker/failures";
import { stepLimits } from "@slipway/local-aws/containers/docker/limits";
import { createProgress } from "@slipway/local-aws/containers/docker/progress";
import { resolveIn } from "@slipway/local-aws/containers/images/tree";
import { parseIgnore } from "@slipway/text/docker-ignore";
import { removeDirectory } from "../local-aws/support/files.ts";
import { sandboxHere } from "../support/sandbox.ts";
import { type CorpusEngine, describeCorpus, dockerfileCases } from "./corpus.ts";

const sandbox = await sandboxHere();
const scratch = mkdtempSync(join(tmpdir(), "slipway-corpus-"));
afterAll(() => removeDirectory(scratch));

const host = { sandbox, limits: stepLimits(), path: process.env.PATH ?? "", hidden: [], passed: {}, secrets: {} };

async function build(context: string, { target, buildArgs }: Parameters<CorpusEngine["build"]>[1]) {
  const place = mkdtempSync(join(scratch, "build-"));
  mkdirSync(place, { recursive: true });
  const ignore = join(context, ".dockerignore");
  const hasIgnore = lstatSync(ignore, { throwIfNoEntry: false }) !== undefined;
  return runBuild({
    dockerfile: parseDockerfile(readFileSync(join(context, "Dockerfile"), "utf8")),
    buildArgs,
    target,
    platform: "linux/amd64",
    // Whatever this machine has.
    hasProgram: () => false,
    context: { root: context, ignore: parseIgnore(hasIgnore ? readFileSync(ignore, "utf8") : "") },
    host,
    scratch: place,
    progress: createProgress(
      "plain",
      () => {},
      () => new Date(0),
    ),
  });
}

const engine: CorpusEngine = {
  name: "host",
  isOld: false,
  can: () => true,
  build: async (context, options) => {
    try {
      const { tree, config } = await build(context, options);
      return {
        outcome: "built",
        config,
        file: async (path) => {
          const stat = lstatSync(resolveIn(tree, path), { throwIfNoEntry: false });
          if (stat === undefined) return null;
          const content = stat.isFile() ? readFileSync(resolveIn(tree, path), "utf8") : "";
          return { content, mode: stat.mode & 0o7777 };
        },
      };
    } catch (error) {
      if (!(error instanceof SolveError)) throw error;
      const code = /did not complete successfully: exit code: (\d+)/.exec(error.message)?.[1];
      return { outcome: "failed", message: error.message, exitCode: code === undefined ? null : Number(code) };
    }
  },
};

test("there are enough of them", () => expect(dockerfileCases().length).toBeGreaterThanOrEqual(60));

describeCorpus(engine);
