import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { UsageError } from "./failures.ts";

/** What `docker buildx build` was asked for, as far as it makes a difference here. */
export interface BuildOptions {
  readonly context: string;
  readonly file: string | undefined;
  readonly tags: readonly string[];
  readonly push: boolean;
  readonly progress: string;
  readonly platform: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Of `--secret`, by their ids. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadataFile: string | undefined;
  readonly iidFile: string | undefined;
}

const single = { type: "string" } as const;
const many = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

const OPTIONS = {
  progress: single,
  platform: single,
  target: single,
  file: { ...single, short: "f" },
  tag: { ...many, short: "t" },
  "build-arg": many,
  label: many,
  "metadata-file": single,
  iidfile: single,
  push: flag,
  load: flag,
  quiet: { ...flag, short: "q" },
  "no-cache": flag,
  pull: flag,
  provenance: single,
  sbom: single,
  builder: single,
  network: single,
  "cache-from": many,
  "cache-to": many,
  output: { ...many, short: "o" },
  secret: many,
  ssh: many,
} as const;

const usage = (message: string) =>
  new UsageError(`ERROR: ${message}\n\nUsage:  docker buildx build [OPTIONS] PATH | URL | -`, 1);

/** `NAME=value`; `NAME` alone is taken from this process's environment, as docker does. */
function pairs(list: readonly string[], env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    list.flatMap((item) => {
      const at = item.indexOf("=");
      if (at >= 0) return [[item.slice(0, at), item.slice(at + 1)]];
      const value = env[item];
      return value === undefined ? [] : [[item, value]];
    }),
  );
}

/** `id=npm,env=NPM_TOKEN`, `id=npm,src=file`; without either the variable of that name, else the file, as docker has it. */
function secrets(list: readonly string[], env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    list.map((item) => {
      const fields = Object.fromEntries(item.split(",").map((field) => field.split(/=(.*)/s)));
      const { id, env: variable, src, source = src } = fields as Record<string, string | undefined>;
      if (id === undefined || id === "") throw usage(`invalid secret: ${item} has no id`);
      const value = source === undefined ? env[variable ?? id] : readSecret(source);
      if (value === undefined) throw usage(`invalid secret: there is no variable ${variable ?? id}`);
      return [id, value];
    }),
  );
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw usage(`failed to stat ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const unknown = error instanceof Error ? /Unknown option '(-[^']*)'/.exec(error.message)?.[1] : undefined;
    if (unknown === undefined) throw usage(error instanceof Error ? error.message : String(error));
    throw new UsageError(`unknown flag: ${unknown}\nSee 'docker buildx build --help'.`, 125);
  }
}

/** Reads what follows `docker buildx build`. Throws {@link UsageError}. */
export function parseBuildOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): BuildOptions {
  const { values, positionals } = parse(argv);
  const [context, ...more] = positionals;
  if (context === undefined || more.length > 0) throw usage('"docker buildx build" requires exactly 1 argument.');
  return {
    context,
    file: values.file,
    tags: values.tag ?? [],
    push: values.push ?? false,
    progress: values.progress ?? "plain",
    platform: values.platform,
    target: values.target,
    buildArgs: pairs(values["build-arg"] ?? [], env),
    secrets: secrets(values.secret ?? [], env),
    noCache: values["no-cache"] ?? false,
    labels: pairs(values.label ?? [], env),
    metadataFile: values["metadata-file"],
    iidFile: values.iidfile,
  };
}
