import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CannotRun, lastLine, run } from "./program.ts";

const copyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

function findJava(): void {
  for (const [program, flag] of [
    ["java", "-version"],
    ["mvn", "--version"],
  ] as const) {
    const asked = run(program, [flag]);
    if (asked.error !== undefined || asked.status !== 0) throw new CannotRun(`there is no ${program}`);
  }
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** `<sha256>  <file>` for each JAR of a directory, as `sha256sum` writes it. */
const sumsOf = (directory: string): string =>
  readdirSync(directory)
    .toSorted()
    .map((name) => `${sha256(join(directory, name))}  ${name}\n`)
    .join("");

/**
 * The directory, below `directory`, with exactly the JARs of a POM. `sums` has their checksums, as `sha256sum` writes them. Throws
 * {@link CannotRun} where Java, Maven or its repository is absent.
 */
export function jarsOf(pom: string, sums: string, directory: string): string {
  findJava();
  const wanted = readFileSync(sums, "utf8");
  if (existsSync(directory) && sumsOf(directory) === wanted) return directory;
  rmSync(directory, { recursive: true, force: true });
  const fetched = `${directory}.new`;
  rmSync(fetched, { recursive: true, force: true });
  mkdirSync(fetched, { recursive: true });
  const args = ["--batch-mode", "--quiet", "--strict-checksums", "--file", pom, copyDependencies];
  const made = run("mvn", [...args, `-DoutputDirectory=${fetched}`]);
  if (made.status !== 0) throw new CannotRun(`the JARs cannot be fetched: ${lastLine(made.stdout || made.stderr)}`);
  const found = sumsOf(fetched);
  if (found !== wanted) throw new Error(`The JARs are not what was pinned in ${sums}:\n${found}`);
  renameSync(fetched, directory);
  return directory;
}
