import { execFileSync } from "node:child_process";

const ps = (pid: number, columns: string): string => {
  try {
    return execFileSync("ps", ["-o", columns, "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    // ps answers 1 for a process that is gone.
    return "";
  }
};

/** The number and the command line of a process. */
export const describeProcess = (pid: number): string => ps(pid, "pid=,args=") || `${pid}, gone`;

/** Resident memory in MB. */
export const residentMb = (pid: number): number => Math.round(Number(ps(pid, "rss=")) / 1024);
