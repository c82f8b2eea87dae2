import { spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createPace, type Pace } from "@slipway/local-aws/containers/processes/pace";
import { createProcesses, type Processes } from "@slipway/local-aws/containers/processes/processes";

const env = { PATH: "/usr/local/bin:/usr/bin:/bin" };
const clock = {
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A zombie that its adopter has not collected yet is as gone as it gets. */
function alive(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

async function until(what: string, holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a pace", () => {
  test("leaves nine parts in ten of the time to others, whoever prints", () => {
    let now = 100;
    const pauses: number[] = [];
    const ignore = () => undefined;
    const after = (ms: number) => {
      pauses.push(ms);
      return ignore;
    };
    const pace = createPace({ elapsed: () => now, after });
    // Two streams, each with a chunk that took 5 ms: the second one waits for the first one's turn as well.
    pace(5, ignore);
    pace(5, ignore);
    now += 1000;
    pace(0.1, ignore);
    now += 1000;
    // As where the disk did not answer.
    pace(5000, ignore);
    expect(pauses).toEqual([50, 100, 20, 200]);
  });
});

describe("guarded processes", () => {
  let processes: Processes;
  beforeEach(() => {
    processes = createProcesses(clock);
  });
  afterEach(() => processes.close());

  function run(command: string, args: string[], cwd?: string) {
    const output = { stdout: "", stderr: "" };
    const started = processes.spawn(command, args, {
      env: { ...env, GREETING: "hello" },
      ...(cwd === undefined ? {} : { cwd }),
      onOutput: (chunk, stream) => {
        output[stream] += chunk.toString();
      },
    });
    return { started, output };
  }

  test("runs a command with its arguments, environment and directory, and hands over all of its output", async () => {
    const { started, output } = run("sh", ["-c", 'echo "$GREETING $1"; pwd; echo oops >&2; exit 3', "sh", "a b"], "/");
    expect(await started.exited).toEqual({ code: 3, signal: null });
    expect(output).toEqual({ stdout: "hello a b\n/\n", stderr: "oops\n" });
  });

  test("takes a chunk of output when its turn has come, and all that is left when the command has ended", async () => {
    const most = 3_000_000;
    const script = `seq 1 ${most} | head -c ${most}; echo the end`;
    let [bytes, isWaiting, wasTakenMeanwhile, turns] = [0, false, false, 0];
    let last = "";
    const pace: Pace = (_tookMs, resume) => {
      isWaiting = true;
      turns += 1;
      clock.after(1, () => {
        isWaiting = false;
        resume();
      });
    };
    const started = processes.spawn("sh", ["-c", script], {
      env,
      pace,
      onOutput: (chunk) => {
        wasTakenMeanwhile ||= isWaiting && alive(started.pid);
        bytes += chunk.length;
        last = chunk.toString().slice(-9);
      },
    });
    await started.exited;
    expect(wasTakenMeanwhile).toBe(false);
    expect(turns).toBeGreaterThan(most / 65_536 / 2);
    expect({ bytes, last }).toEqual({ bytes: most + 8, last: expect.stringMatching(/the end\n$/) });
  });

  test("gives the command nothing of this process's environment, and no descriptor of the gate", async () => {
    const { started, output } = run("sh", ["-c", '[ -e /dev/fd/3 ] && echo open; echo "[$HOME]"']);
    await started.exited;
    expect(output.stdout).toBe("[]\n");
  });

  test("a command that does not exist ends with 127, a directory that does not exist throws", async () => {
    expect((await run("no-such-command", []).started.exited).code).toBe(127);
    expect(() => run("true", [], `${tmpdir()}/no/such/directory`)).toThrow("could not start true");
  });

  test("stop ends a group that listens at once, and one that does not after the grace", async () => {
    const polite = run("sleep", ["300"]).started;
    await polite.stop(60_000);
    expect((await polite.exited).signal).toBe("SIGTERM");

    const { started, output } = run("sh", ["-c", 'trap "" TERM; echo ready; while :; do sleep 1; done']);
    await until("ready", () => output.stdout !== "", 5000);
    await started.stop(100);
    expect((await started.exited).signal).toBe("SIGKILL");
  });

  test("what a command leaves running is gone when it has ended", async () => {
    const { started, output } = run("sh", ["-c", "sleep 300 >/dev/null 2>&1 & echo $!"]);
    await started.exited;
    const left = Number(output.stdout);
    expect(left).toBeGreaterThan(0);
    await until("the grandchild is gone", () => !alive(left), 2000);
  });

  test("close kills what runs, and starts nothing more", async () => {
    const { started } = run("sleep", ["300"]);
    await processes.close();
    expect(alive(started.pid)).toBe(false);
    expect(() => run("true", [])).toThrow("closing");
  });
});

describe("a parent killed with SIGKILL", () => {
  const parent = fileURLToPath(new URL("./parent.ts", import.meta.url));
  const start = (mode: string) => {
    const child = spawn(process.execPath, ["--no-warnings", parent, mode], { stdio: ["ignore", "pipe", "inherit"] });
    const pids: number[] = [];
    child.stdout.on("data", (chunk: Buffer) => pids.push(...chunk.toString().trim().split(/\s+/).map(Number)));
    return { child, pids };
  };

  test("leaves no child and no grandchild behind", async () => {
    const { child, pids } = start("plain");
    await until("three children with a child each", () => pids.length === 6, 10_000);
    expect(pids.every(alive)).toBe(true);
    child.kill("SIGKILL");
    await until("all gone", () => !pids.some(alive), 1000);
  });

  test("leaves none behind that had not begun yet", async () => {
    const { child, pids } = start("gated");
    await new Promise((resolve) => child.once("close", resolve));
    expect(pids.length).toBeGreaterThan(0);
    await until("all gone", () => !pids.some(alive), 1000);
  });
});
