import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { imageNameOf } from "@slipway/local-aws/containers/docker/engine-names";
import { BuildFailure } from "../../lib/build/reporter/failure.ts";
import { type CorpusEngine, type DockerfileCase, describeCorpus } from "../dockerfiles/corpus.ts";
import { removeDirectory } from "../local-aws/support/files.ts";
import { buildBy, type Said, toolsPath } from "./building.ts";
import { engine } from "./engine.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-engine-corpus-"));
const path = toolsPath(directory);
const ask = (...args: string[]): string => execFileSync(engine, args, { encoding: "utf8" }).trim();

/** What the machine has under these names is a Debian with Node.js. */
const bases = ["node:22", "node:22-slim", "node:22-alpine"];

beforeAll(() => {
  for (const name of bases) ask("tag", "docker.io/library/node:24-slim", `docker.io/library/${name}`);
});
afterAll(() => {
  const containers = ask("ps", "--all", "--quiet", "--filter", "name=corpus-").split("\n").filter(Boolean);
  if (containers.length > 0) ask("rm", "--force", ...containers);
  removeDirectory(directory);
});

const dockerfileOf = ({ context }: DockerfileCase): string => context.get("Dockerfile")?.content ?? "";

/** What needs a network, or programs that the base has not here. */
const needsMore = (one: DockerfileCase): boolean =>
  /^# *syntax=|\b(npm|pnpm|yarn|pip|apt-get|apk) /m.test(dockerfileOf(one));

/** The first of a tar archive's entries: https://www.gnu.org/software/tar/manual/html_node/Standard.html */
function firstEntry(tar: Buffer): { readonly content: string; readonly mode: number } {
  const octal = (from: number, to: number): number => Number.parseInt(tar.toString("latin1", from, to), 8);
  const isFile = ["0", "\0"].includes(tar.toString("latin1", 156, 157));
  const content = isFile ? tar.toString("utf8", 512, 512 + octal(124, 135)) : "";
  return { content, mode: octal(100, 107) & 0o7777 };
}

/** A container that is never started, to look into. */
function fileReader(image: string): (file: string) => Promise<{ content: string; mode: number } | null> {
  const name = `corpus-${randomUUID()}`;
  ask("create", "--name", name, image, "nothing");
  return async (file) => {
    const { status, stdout } = spawnSync(engine, ["cp", `${name}:${file}`, "-"], { maxBuffer: 64 * 1024 * 1024 });
    return status === 0 ? firstEntry(stdout) : null;
  };
}

function configOf(image: string) {
  const format = engine === "podman" ? "[{{json .Config}}, {{json .HealthCheck}}]" : "[{{json .Config}}, null]";
  const [config, check] = JSON.parse(ask("image", "inspect", "--format", format, image));
  return check === null ? config : { ...config, Healthcheck: check };
}

const corpusEngine: CorpusEngine = {
  name: engine,
  isOld: true,
  can: (one) =>
    !needsMore(one) && one.bases.every((base) => bases.includes(base) || base.includes("$") || base === "scratch"),
  build: async (root, { target, buildArgs }) => {
    const said: Said = { log: [], steps: [] };
    const tag = randomUUID();
    const metadataFile = join(directory, `${tag}.json`);
    try {
      const wanted = { root, target: target ?? null, args: buildArgs, repository: null, tag, path, metadataFile };
      const { digest } = await buildBy(wanted, said);
      const image = imageNameOf(directory, digest);
      return { outcome: "built", config: configOf(image), file: fileReader(image) };
    } catch (error) {
      if (!(error instanceof BuildFailure)) throw error;
      const exitCode = error.code === "container_engine_required" ? null : error.exitCode;
      return { outcome: "failed", message: `${said.log.join("")}${error.message}`, exitCode };
    }
  },
};

describeCorpus(corpusEngine);
