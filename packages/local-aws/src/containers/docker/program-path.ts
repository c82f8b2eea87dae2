import { NODE_HOME } from "./plan.ts";

/** Where programs are searched for in images that do not say otherwise, this machine's among them. */
export const DEFAULT_DIRECTORIES: readonly string[] = [
  ...["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"],
];
/** What BuildKit and base images set: https://github.com/moby/buildkit/blob/master/util/system/path.go */
export const DEFAULT_PATH = DEFAULT_DIRECTORIES.join(":");

/** A `PATH` with Node's directory before the first of the machine's: an image's own programs go before it. */
export function pathWithNode(path: string): string {
  const directories = path.split(":");
  const at = directories.findIndex((dir) => DEFAULT_DIRECTORIES.includes(dir));
  return directories.toSpliced(at < 0 ? directories.length : at, 0, `${NODE_HOME}/bin`).join(":");
}
