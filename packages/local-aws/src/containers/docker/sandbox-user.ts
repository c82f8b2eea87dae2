import { readFileSync } from "node:fs";

/** Ranges that nobody logs in with: the usual beginning of subordinate ids, and the highest id of a small container. */
const CANDIDATES = [524_288, 65_533];

function rangesOf(
  file: string,
  parse: (line: string) => readonly [first: number, count: number, outside?: number] | undefined,
) {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => {
        const range = parse(line);
        return range === undefined ? [] : [range];
      });
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/**
 * Who sandboxed commands are on this machine, seen from outside: `null` is the user who started this process. Root's are somebody
 * without privileges, a subordinate id of root's or one that no account has: root inside a user namespace that is root outside as
 * well may write what the kernel leaves to root, such as `/proc/sys`. `undefined`: there is nobody to be, since this is a namespace
 * that knows root alone.
 */
export function sandboxUser(): number | null | undefined {
  if (process.getuid?.() !== 0) return null;
  const mapped = rangesOf("/proc/self/uid_map", (line) => {
    const [first, outside, count] = line.trim().split(/\s+/).map(Number);
    return first === undefined || outside === undefined || count === undefined ? undefined : [first, count, outside];
  });
  const isOrdinaryOutside = mapped.some(([first, , outside]) => first === 0 && outside !== 0);
  if (isOrdinaryOutside) return null;
  const subordinate = rangesOf("/etc/subuid", (line) => {
    const [name, first, count] = line.split(":");
    return name === "root" || name === "0" ? [Number(first), Number(count)] : undefined;
  }).map(([first]) => first);
  const isMapped = (id: number): boolean => mapped.some(([first, count]) => id >= first && id - first < count);
  return [...subordinate, ...CANDIDATES].find((id) => id > 0 && isMapped(id));
}
