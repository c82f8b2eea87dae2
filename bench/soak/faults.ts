import { setTimeout as pause } from "node:timers/promises";
import type { Disk } from "./disk.ts";
import type { Installation } from "./installation.ts";
import type { Fault } from "./plan.ts";

export interface FaultParts {
  readonly installation: Installation;
  /** `null`: disks cannot be filled here. */
  readonly disk: Disk | null;
  /** After each fault, when everything is up again. */
  readonly afterwards: (fault: Fault) => Promise<void>;
  readonly say: (line: string) => void;
}

/** Has the faults happen one after the other; `isOver` ends that early. Answers how many of each happened. */
export async function inflict(
  faults: readonly Fault[],
  { installation, disk, afterwards, say }: FaultParts,
  isOver: () => boolean,
): Promise<Record<Fault["do"], number>> {
  const counts = { kill: 0, stop: 0, fill: 0 };
  for (const fault of faults) {
    await pause(fault.after);
    if (isOver()) break;
    await installation.up();
    say(describe(fault));
    if (fault.do === "kill") await installation.kill(fault.downFor, fault.port);
    else if (fault.do === "stop") await installation.stopFor(fault.lasts);
    else if (disk !== null) await fillFor(installation, disk, fault.lasts);
    counts[fault.do]++;
    await installation.up();
    await afterwards(fault);
  }
  return counts;
}

async function fillFor(installation: Installation, disk: Disk, ms: number): Promise<void> {
  const over = installation.outage("full");
  disk.fill();
  try {
    await pause(ms);
  } finally {
    disk.free();
  }
  await installation.up();
  over();
}

function describe(fault: Fault): string {
  if (fault.do === "kill") return `SIGKILL, started again after ${fault.downFor} ms on ${fault.port} port`;
  return fault.do === "stop" ? `SIGSTOP for ${fault.lasts} ms` : `the disk is full for ${fault.lasts} ms`;
}
