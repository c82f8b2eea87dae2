import { readFileSync } from "node:fs";

/** Ranges that nobody logs in with: the usual beginning of subordinate ids, and the highest id of a small container. */
const CANDIDATES = [524_288, 65_533];

function rangesOf(file: string, parse: (line: string) => readonly [first: number, count: number] | undefined) {
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
 * well may write what the kernel leaves to root, such as `/proc/sys`.
 */
export function sandboxUser(): number | null {
  if (process.getuid?.() !== 0) return null;
  const mapped = rangesOf("/proc/self/uid_map", (line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return first === undefined || count === undefined ? undefined : [first, count];
  });
  const subordinate = rangesOf("/etc/subuid", (line) => {
    const [name, first, count] = line.split(":");
    return name === "root" || name === "0" ? [Number(first), Number(count)] : undefined;
  }).map(([first]) => first);
  const isMapped = (id: number): boolean => mapped.some(([first, count]) => id >= first && id - first < count);
  const found = [...subordinate, ...CANDIDATES].find((id) => id > 0 && isMapped(id));
  if (found === undefined) throw new Error("no unprivileged user id is mapped into this container");
  return found;
}
