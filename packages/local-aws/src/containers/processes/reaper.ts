import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A shell that reads `+ <pgid>` and `- <pgid>` and answers each `+` with the number once it is noted. When its input ends, which
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
  /** Calls `noted` once the group would be killed with the parent. */
  watch(group: number, noted: () => void): void;
  /** The group is gone: its number may come to belong to someone else. */
  forget(group: number): void;
  /** Kills the groups still watched and ends. */
  close(): Promise<void>;
}

/** A reaper process, started with the first group. One that dies is replaced and told of all groups again. */
export function createReaper(): Reaper {
  const watched = new Map<number, () => void>();
  let shell: ChildProcess | undefined;

  const tell = (line: string): void => void shell?.stdin?.write(`${line}\n`);
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
    for (const group of watched.keys()) tell(`+ ${group}`);
  };

  return {
    watch: (group, noted) => {
      watched.set(group, noted);
      if (shell === undefined) start();
      else tell(`+ ${group}`);
    },
    forget: (group) => {
      if (watched.delete(group)) tell(`- ${group}`);
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
