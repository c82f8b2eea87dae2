import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRY = fileURLToPath(new URL("../../lib/build/reporter/index.ts", import.meta.url));

export const TICKET = "ticket-of-the-build";
export const DIGEST = `sha256:${"d".repeat(64)}`;

/** What the `docker` on the reporter's PATH does. */
export interface FakeDocker {
  /** Printed on standard error. */
  readonly progress?: readonly string[];
  readonly exitCode?: number;
  /** Never ends by itself. */
  readonly hangs?: boolean;
  /** Says under which digest it pushed. */
  readonly digest?: string;
  readonly loginExitCode?: number;
  /** The arguments of `docker buildx create` that fail, as a pattern of the shell; none if absent. */
  readonly builderFails?: string;
  /** No builder ever starts. */
  readonly builderHangs?: boolean;
  /** What becomes of the export of the cache; it works if absent. */
  readonly cacheExport?: "fails" | "hangs";
  /** What happens when it is to build for the first time, instead of the rest. */
  readonly first?: { readonly progress: readonly string[]; readonly seconds: number };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The reporter as CodeBuild runs it: the bundle, with git, and an `aws` and a `docker` that follow a script. */
export interface ReporterRun {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it printed so far on standard output. */
  printed(): string;
  /** The arguments of each call of docker, and its standard input and environment, as text. */
  calls(): string;
  /** The process id of the docker that builds, once it has begun. */
  dockerPid(): number | undefined;
  /** What is left in the build's directory. */
  readonly directory: string;
}

/** A folder with the bundled reporter and a Git repository of one commit in it. */
export async function makeWorkshop() {
  const home = mkdtempSync(join(tmpdir(), "slipway-reporter-"));
  const bundle = join(home, "reporter.mjs");
  await build({
    entryPoints: [ENTRY],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  const repository = join(home, "repository");
  mkdirSync(repository);
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: repository, encoding: "utf8" }).trim();
  writeFileSync(join(repository, "Dockerfile"), "FROM scratch\n");
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "First\n\nand more");
  let runs = 0;
  return {
    commit: git("rev-parse", "HEAD"),
    repository: `file://${repository}`,
    remove: () => rmSync(home, { recursive: true, force: true }),
    start: (url: string, docker: FakeDocker, env: Readonly<Record<string, string>> = {}): ReporterRun => {
      runs += 1;
      const directory = join(home, `run-${runs}`);
      return startReporter({ bundle, directory, url, docker, env });
    },
  };
}

function startReporter(options: {
  readonly bundle: string;
  readonly directory: string;
  readonly url: string;
  readonly docker: FakeDocker;
  readonly env: Readonly<Record<string, string>>;
}): ReporterRun {
  const { bundle, directory, url, docker, env } = options;
  const tools = `${directory}-tools`;
  mkdirSync(directory);
  writeTools(tools, docker);
  const child = spawn(process.execPath, [bundle], {
    cwd: directory,
    env: {
      PATH: [tools, dirname(process.execPath), process.env.PATH].join(delimiter),
      SLIPWAY_URL: url,
      DEPLOYMENT_ID: "7",
      BUILD_ATTEMPT: "1",
      CLAIM_TICKET: TICKET,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stderr: said.stderr }));
  });
  const read = (file: string): string => (existsSync(join(tools, file)) ? readFileSync(join(tools, file), "utf8") : "");
  return {
    child,
    ended,
    directory,
    printed: () => said.stdout,
    calls: () => read("calls"),
    dockerPid: () => (read("pid") === "" ? undefined : Number(read("pid"))),
  };
}

function writeTools(
  tools: string,
  {
    progress = [],
    exitCode = 0,
    hangs = false,
    digest,
    loginExitCode = 0,
    builderFails,
    builderHangs = false,
    cacheExport,
    first,
  }: FakeDocker,
): void {
  mkdirSync(tools);
  writeFileSync(join(tools, "progress"), progress.map((line) => `${line}\n`).join(""));
  writeFileSync(
    join(tools, "aws"),
    `#!/bin/sh\necho "aws $*" >> ${tools}/calls\nenv | grep ^AWS_ >> ${tools}/calls\necho registry-password\n`,
    {
      mode: 0o755,
    },
  );
  writeFileSync(join(tools, "first"), (first?.progress ?? []).map((line) => `${line}\n`).join(""));
  const failsFirst = `[ -e ${tools}/pid ] || { echo $$ > ${tools}/pid; cat ${tools}/first >&2; sleep ${first?.seconds ?? 0}; exit 1; }`;
  const metadata = digest === undefined ? "" : `{"containerimage.digest":"${digest}"}`;
  const script = `#!/bin/sh
echo "docker $*" >> ${tools}/calls
env >> ${tools}/calls
if [ "$1" = login ]; then cat >> ${tools}/calls; echo >> ${tools}/calls; echo "login: no" >&2; exit ${loginExitCode}; fi
if [ "$2" = create ]; then ${builderHangs ? "exec sleep 600;" : ""} case "$*" in ${builderFails ?? "none"}) echo "ERROR: no builder" >&2; exit 1;; esac; exit 0; fi
if [ "$2" = rm ]; then exit 0; fi
case "$*" in *type=cacheonly*) ${cacheExport === "hangs" ? "exec sleep 600" : `exit ${cacheExport === "fails" ? 1 : 0}`};; esac
${first === undefined ? "" : failsFirst}
echo $$ > ${tools}/pid
cat ${tools}/progress >&2
${hangs ? "exec sleep 600" : ""}
while [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && printf '%s' '${metadata}' > "$2"; shift; done
exit ${exitCode}
`;
  writeFileSync(join(tools, "docker"), script, { mode: 0o755 });
}
