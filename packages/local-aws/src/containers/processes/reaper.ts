import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A shell that reads `+ <pgid>` and `- <pgid>` and answers each `+` with the number once it is registered. When its input ends, which
 * the kernel sees to however the writer died, it kills the groups that are left. It ignores what a terminal sends to everyone.
 */
const SCRIPT = `
trap '' HUP INT TERM QUIT PIPE
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group "; echo "$group" ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -KILL "-$group"; done
`;

export interface Reaper {
  /** Calls `onWatched` once the group would be killed with the parent. */
  watch(group: number, onWatched: () => void): void;
  /** The group is gone: its number may come to belong to someone else. */
  forget(group: number): void;
  /** Kills the groups still watched and ends. */
  close(): Promise<void>;
}

/** A reaper process, started with the first group. One that dies is replaced, and the new one is sent all groups. */
export function createReaper(): Reaper {
  const watched = new Map<number, () => void>();
  let shell: ChildProcess | undefined;

  const send = (line: string): void => void shell?.stdin?.write(`${line}\n`);
  const start = (): void => {
    const started = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "pipe", "ignore"], env: {} });
    shell = started;
    // A write to a reaper that has just died; its exit is what is acted on.
    started.stdin.on("error", () => started.kill("SIGKILL"));
    started.on("error", () => started.kill("SIGKILL"));
    createInterface({ input: started.stdout }).on("line", (line) => watched.get(Number(line))?.());
    started.once("exit", () => {
      if (shell !== started) return;
      shell = undefined;
      if (watched.size > 0) start();
    });
    for (const group of watched.keys()) send(`+ ${group}`);
  };

  return {
    watch: (group, onWatched) => {
      watched.set(group, onWatched);
      if (shell === undefined) start();
      else send(`+ ${group}`);
    },
    forget: (group) => {
      if (watched.delete(group)) send(`- ${group}`);
    },
    close: async () => {
      const last = shell;
      shell = undefined;
      if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
      await new Promise((resolve) => {
        last.once("exit", resolve);
        last.stdin?.end();
      });
    },
  };
}
