import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { removeDirectory } from "../local-aws/support/files.ts";

const text = z.string();
const config = z
  .strictObject({
    cmd: z.array(text).nullable(),
    entrypoint: z.array(text).nullable(),
    workdir: text,
    user: text,
    stopSignal: text,
    /** Sorted, like `3000/tcp`. */
    ports: z.array(text),
    volumes: z.array(text),
    labels: z.record(text, text),
    healthcheck: z.record(text, z.unknown()),
    /** Of these names only. A value that ends with `*` is a beginning. */
    env: z.record(text, text),
  })
  .partial();

const file = z.union([text, z.literal(true), z.strictObject({ mode: text })]);

const expected = z.strictObject({
  config: config.optional(),
  /** By path: the content; `true`: it is there; or its permission bits in octal. */
  files: z.record(text, file).default({}),
  absent: z.array(text).default([]),
  /** The build fails, and the failing command's exit code is this. */
  exitCode: z.int().optional(),
  /** The build fails, and says this. */
  fails: text.optional(),
  /** The host engine refuses it before the first step, naming this line and this word. Engines may build it. */
  host: z.strictObject({ line: z.int(), names: text }).optional(),
  /** What Podman 4 does otherwise than Docker: other metadata or files, or it fails and says this. */
  podman: z
    .strictObject({ config: config.optional(), files: z.record(text, file).optional(), fails: text.optional() })
    .optional(),
});

const options = z.strictObject({ target: text.optional(), buildArgs: z.record(text, text).default({}) });

/** One Dockerfile, what stands beside it, and what is to become of it. */
export interface DockerfileCase {
  readonly name: string;
  /** By path: content and permission bits. */
  readonly context: ReadonlyMap<string, { readonly content: string; readonly mode: number }>;
  readonly options: z.infer<typeof options>;
  readonly expected: z.infer<typeof expected>;
  /** The images after `FROM` that are no stages, with variables replaced by nothing. */
  readonly bases: readonly string[];
}

/** What an image says of itself, in the words of `docker image inspect`'s `Config`. Absent and empty are the same. */
interface ImageMetadata {
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  /** `NAME=value` each. */
  readonly Env?: readonly string[] | null | undefined;
  readonly WorkingDir?: string | undefined;
  readonly User?: string | undefined;
  readonly StopSignal?: string | undefined;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null | undefined;
  readonly Volumes?: Readonly<Record<string, object>> | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Healthcheck?: Readonly<Record<string, unknown>> | null | undefined;
}

type EngineBuild =
  | {
      readonly outcome: "built";
      readonly config: ImageMetadata;
      /** A file of the image; `null`: there is none of that name. A directory has no content. */
      file(path: string): Promise<{ readonly content: string; readonly mode: number } | null>;
    }
  | {
      readonly outcome: "failed";
      /** All that the engine said of it. */
      readonly message: string;
      /** Of the command that failed; `null`: none did. */
      readonly exitCode: number | null;
    };

/** Something that builds Dockerfiles. */
export interface CorpusEngine {
  readonly name: "host" | "docker" | "podman";
  /** Whether it may refuse instructions since it is too old for them. */
  readonly isOld: boolean;
  /** Builds `Dockerfile` in the directory `context`. */
  build(
    context: string,
    options: { readonly target?: string | undefined; readonly buildArgs: Readonly<Record<string, string>> },
  ): Promise<EngineBuild>;
  /** Whether it can do this case: whether its base images are there, and what the case asks of them. */
  can(one: DockerfileCase): boolean;
}

/** Puts the files of a case apart: `-- name --` begins one, and `-- mode name --` its permission bits. */
function sections(source: string): Map<string, string> {
  const found = new Map<string, string>();
  let name: string | undefined;
  for (const line of source.split("\n").slice(0, -1)) {
    const begun = /^-- (.+) --$/.exec(line)?.[1];
    name = begun ?? name;
    if (name !== undefined) found.set(name, begun === undefined ? `${found.get(name)}${line}\n` : "");
  }
  return found;
}

function basesOf(dockerfile: string): string[] {
  const stages = [...dockerfile.matchAll(/^FROM\s+(?:--\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?/gim)];
  const names = stages.map(([, , name = ""]) => name.toLowerCase());
  return stages.map(([, base = ""]) => base).filter((base) => !names.includes(base.toLowerCase()));
}

const DIRECTORY = join(import.meta.dirname, "cases");

function readCase(fileName: string): DockerfileCase {
  const all = sections(readFileSync(join(DIRECTORY, fileName), "utf8"));
  const part = (name: string): unknown => JSON.parse(all.get(name) ?? "{}");
  const isOurs = (name: string): boolean => ["expected.json", "build.json"].includes(name) || name.startsWith("mode ");
  const context = [...all].flatMap(([name, content]) => {
    const mode = Number.parseInt(all.get(`mode ${name}`) ?? "644", 8);
    return isOurs(name) ? [] : [[name, { content, mode }] as const];
  });
  return {
    name: fileName.replace(/\.txtar$/, ""),
    context: new Map(context),
    options: options.parse(part("build.json")),
    expected: expected.parse(part("expected.json")),
    bases: basesOf(all.get("Dockerfile") ?? ""),
  };
}

/** All cases, by name. */
export const dockerfileCases = (): DockerfileCase[] => readdirSync(DIRECTORY).sort().map(readCase);

function layOut({ context }: DockerfileCase, directory: string): void {
  for (const [name, { content, mode }] of context) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
  }
}

const keys = (record: Readonly<Record<string, unknown>> | null | undefined): string[] =>
  Object.keys(record ?? {}).sort();
const orNull = (words: readonly string[] | null | undefined) =>
  words === undefined || words?.length === 0 ? null : words;

/** The part of an image's metadata that a case speaks of, as the case words it. */
function shownConfig(metadata: ImageMetadata, wanted: z.infer<typeof config>): Record<string, unknown> {
  const env = new Map((metadata.Env ?? []).map((one) => one.split(/=(.*)/s, 2) as [string, string]));
  const value = (name: string, like: string): string | undefined => {
    const found = env.get(name);
    return like.endsWith("*") && found?.startsWith(like.slice(0, -1)) === true ? like : found;
  };
  const all = {
    cmd: orNull(metadata.Cmd),
    entrypoint: orNull(metadata.Entrypoint),
    workdir: metadata.WorkingDir || "/",
    user: metadata.User ?? "",
    stopSignal: metadata.StopSignal ?? "",
    ports: keys(metadata.ExposedPorts),
    volumes: keys(metadata.Volumes),
    labels: Object.fromEntries(keys(wanted.labels).map((name) => [name, metadata.Labels?.[name]])),
    healthcheck: metadata.Healthcheck ?? {},
    env: Object.fromEntries(Object.entries(wanted.env ?? {}).map(([name, like]) => [name, value(name, like)])),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in wanted));
}

type Built = Extract<EngineBuild, { outcome: "built" }>;

async function checkFile(built: Built, path: string, wanted: z.infer<typeof file>): Promise<void> {
  const found = await built.file(path);
  expect([path, found !== null]).toEqual([path, true]);
  if (typeof wanted === "string") expect([path, found?.content]).toEqual([path, wanted]);
  else if (wanted !== true) expect([path, found?.mode.toString(8)]).toEqual([path, wanted.mode]);
}

async function checkBuilt(built: Built, expected: DockerfileCase["expected"]): Promise<void> {
  const wanted = expected.config ?? {};
  expect(shownConfig(built.config, wanted)).toEqual(wanted);
  for (const [path, one] of Object.entries(expected.files)) await checkFile(built, path, one);
  for (const path of expected.absent) expect([path, await built.file(path)]).toEqual([path, null]);
}

function expectedOf({ name }: CorpusEngine, { expected }: DockerfileCase): DockerfileCase["expected"] {
  const { podman } = expected;
  if (name !== "podman" || podman === undefined) return expected;
  const { config, files, ...rest } = podman;
  return {
    ...expected,
    ...rest,
    config: { ...expected.config, ...config },
    files: { ...expected.files, ...files },
  };
}

const TOO_OLD = /needs a newer container engine: line \d+ \((?:RUN|COPY|ADD) /;

/** Fails the test where an engine does anything else with a case than it should. */
async function checkCase(engine: CorpusEngine, one: DockerfileCase, directory: string): Promise<void> {
  layOut(one, directory);
  const expected = expectedOf(engine, one);
  const { host, exitCode, fails } = expected;
  const ended = await engine.build(directory, one.options);
  if (engine.name === "host" && host !== undefined) {
    expect(ended).toMatchObject({ outcome: "failed", exitCode: null });
    if (ended.outcome !== "failed") return;
    expect(ended.message).toMatch(new RegExp(`needs a container engine: line ${host.line} \\(`));
    expect(ended.message).toContain(host.names);
  } else if (ended.outcome === "failed" && ended.exitCode === null && TOO_OLD.test(ended.message)) {
    expect(engine.isOld).toBe(true);
  } else if (exitCode !== undefined || fails !== undefined) {
    expect(ended).toMatchObject({ outcome: "failed", ...(exitCode === undefined ? {} : { exitCode }) });
    if (ended.outcome === "failed") expect(ended.message).toContain(fails ?? "");
  } else {
    if (ended.outcome === "failed") throw new Error(ended.message);
    await checkBuilt(ended, expected);
  }
}

/** Whether nothing is known of what an engine makes of it, but that the host engine refuses it. */
const isRefusalOnly = ({ expected: { config, files, absent } }: DockerfileCase): boolean =>
  config === undefined && Object.keys(files).length === 0 && absent.length === 0;

/** Makes one test of each case that the engine can do, and skips the others by name. */
export function describeCorpus(engine: CorpusEngine): void {
  describe(`Dockerfiles as they are written, built by ${engine.name}`, () => {
    const root = mkdtempSync(join(tmpdir(), "slipway-dockerfiles-"));
    afterAll(() => removeDirectory(root));
    for (const one of dockerfileCases()) {
      const isDone =
        engine.can(one) && (engine.name === "host" || one.expected.host === undefined || !isRefusalOnly(one));
      (isDone ? test : test.skip)(one.name, () => checkCase(engine, one, join(root, one.name)));
    }
  });
}
