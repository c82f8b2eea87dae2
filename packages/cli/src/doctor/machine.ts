import type { CliDeps } from "../system/deps.ts";
import { type Finding, skipped, well, wrong } from "./finding.ts";

const oldestNode = [22, 5] as const;

export function checkNode({ nodeVersion }: Pick<CliDeps, "nodeVersion">): Finding {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return isNew
    ? well("Node", `version ${nodeVersion}`)
    : wrong("Node", `version ${nodeVersion} is too old`, `Install ${oldestNode.join(".")} or later from nodejs.org.`);
}

export async function checkGit(deps: CliDeps): Promise<Finding> {
  const { code, stdout } = await deps.run("git", ["--version"], { timeoutMs: 5_000 });
  return code === 0
    ? well("git", stdout.trim().replace(/^git /, ""))
    : wrong("git", "not installed", "Install it. It is required by up, init and short commit hashes.");
}

/** How long an engine may take to answer, as for the local mode: podman's first answer can take seconds. */
const engineTimeoutMs = 30_000;

/** Whether images are really built. */
export async function checkEngine(deps: CliDeps, isLocal: boolean): Promise<Finding> {
  if (!isLocal) return skipped("container engine", "builds run on AWS");
  for (const engine of ["docker", "podman"]) {
    const { code } = await deps.run(engine, ["info"], { timeoutMs: engineTimeoutMs });
    if (code === 0) return well("container engine", `${engine} is running`);
  }
  return well(
    "container engine",
    "docker and podman are not running: local mode runs Dockerfile steps on this machine",
    "Base images are not used. To build real images, start docker or podman, then run npm start again.",
  );
}
