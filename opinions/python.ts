import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CannotRun, lastLine, run } from "./program.ts";

/** Runs a program of an environment. */
export type Python = (
  program: string,
  args: readonly string[],
) => { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function findPython(): string {
  const asked = run("python3", ["-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]);
  if (asked.error !== undefined) throw new CannotRun("there is no python3");
  if (asked.status !== 0) throw new CannotRun(`python3 cannot make environments: ${lastLine(asked.stderr)}`);
  const version = asked.stdout.trim();
  if (Number(version.split(".")[1]) < 10) throw new CannotRun(`python3 is ${version}, and 3.10 is needed`);
  return version;
}

/**
 * The environment with exactly the packages of a requirements file, below `directory`. It is made once for each content of the
 * file and each version of Python. Throws {@link CannotRun} where Python or the package index is absent.
 */
export function pythonWith(requirements: string, directory: string): Python {
  const version = findPython();
  const wanted = createHash("sha256").update(version).update(readFileSync(requirements)).digest("hex");
  const mark = join(directory, "made-of");
  const bin = (program: string): string => join(directory, "bin", program);
  if (!existsSync(mark) || readFileSync(mark, "utf8") !== wanted) {
    rmSync(directory, { recursive: true, force: true });
    const made = run("python3", ["-m", "venv", directory]);
    if (made.status !== 0) throw new CannotRun(`python3 -m venv failed: ${lastLine(made.stderr || made.stdout)}`);
    const pip = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--no-input",
      "--disable-pip-version-check",
      "--require-hashes",
      "--retries",
      "2",
      "--timeout",
      "30",
    ];
    const installed = run(bin("python"), [...pip, "-r", requirements]);
    if (installed.status !== 0) refuse(installed.stderr);
    writeFileSync(mark, wanted);
  }
  return (program, args) => {
    const { status, stdout, stderr, error } = run(bin(program), args);
    if (error !== undefined) throw new Error(`${program} could not be started.`, { cause: error });
    return { code: status, stdout, stderr };
  };
}

/** A wrong hash is a fault, and not an absence. */
function refuse(stderr: string): never {
  if (/HASHES|hashes are required/i.test(stderr)) throw new Error(`The packages are not what was pinned:\n${stderr}`);
  throw new CannotRun(`the packages cannot be installed: ${lastLine(stderr)}`);
}
