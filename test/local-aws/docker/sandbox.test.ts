import { execFile, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Answered, Asked } from "./sandboxed.child.ts";

const CHILD = join(import.meta.dirname, "sandboxed.child.ts");
/** An ordinary user's number, for what root starts otherwise. */
const ORDINARY = 12_345;
const SECRET = "the-control-planes-own-secret";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "slipway-as-user-"));
  chmodSync(home, 0o777);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const as = (user: number | null): readonly string[] =>
  user === null ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];

/** Who can be tried here: whoever runs the tests, and for root an ordinary user as well, where that one can read the checkout. */
function users(): readonly (readonly [string, number | null])[] {
  const self = [process.getuid?.() === 0 ? "root" : "a user", null] as const;
  if (self[0] !== "root") return [self];
  try {
    const [command = "", ...args] = [...as(ORDINARY), "test", "-r", CHILD];
    execFileSync(command, args);
    return [self, ["a user", ORDINARY]];
  } catch {
    return [self];
  }
}

function inside(user: number | null, asked: Asked, by: readonly string[] = []): Promise<Answered> {
  const [command = "", ...args] = [...by, ...as(user), process.execPath, "--no-warnings", CHILD, JSON.stringify(asked)];
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, CONTROL_PLANE_SECRET: SECRET };
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, maxBuffer: 10_000_000 }, (error, stdout, stderr) =>
      error === null ? resolve(JSON.parse(stdout)) : reject(new Error(stderr, { cause: error })),
    );
  });
}

const sh = (script: string, more: Partial<Asked> = {}): Asked => ({ argv: ["/bin/sh", "-c", script], ...more });

describe.each(users())("a sandbox that %s starts", (_who, user) => {
  test("is nobody outside, and root of nothing", async () => {
    const { output } = await inside(user, sh("cat /proc/self/uid_map /proc/self/gid_map; grep ^Cap /proc/self/status"));
    const [, outside] = output.trim().split(/\s+/).map(Number);
    expect(outside).not.toBe(0);
    expect(outside).toBe(user ?? (process.getuid?.() === 0 ? outside : process.getuid?.()));
    expect(output.match(/^Cap(Inh|Prm|Eff|Bnd|Amb):\s+0+$/gm)).toHaveLength(5);
  });

  test("has a lower priority than who starts it, or keeps one that is lower still", async () => {
    const own = Number(execFileSync("nice", { encoding: "utf8" }));
    const { output } = await inside(user, sh("nice"));
    expect(Number(output)).toBeGreaterThanOrEqual(own);
    expect((await inside(user, sh("nice"), ["nice", "-n", "19"])).output).toBe("19\n");
  });

  test("finds this program's Node.js before the machine's, however closed the files of who starts it are", async () => {
    const closed = ["/bin/sh", "-c", 'umask 077; exec "$@"', "sh"];
    const { output } = await inside(user, sh("command -v node; node --version"), closed);
    expect(output).toBe(`/run/node/bin/node\n${process.version}\n`);
  });

  test("changes nothing of the kernel's settings, and sees nothing of its secrets", async () => {
    const paths = ["sys/kernel/core_pattern", "sys/kernel/hostname", "sys/vm/drop_caches", "sys/net/ipv4/ip_forward"];
    const all = [...paths, "sysrq-trigger", "irq/default_smp_affinity"].map((path) => `/proc/${path}`).join(" ");
    const before = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const written = await inside(
      user,
      sh(`for f in ${all}; do (echo 1 >$f) 2>/dev/null && echo "wrote $f"; done; echo done`),
    );
    expect(written.output).toBe("done\n");
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before);
    const masked = ["kcore", "keys", "kmsg", "kallsyms", "timer_list", "sched_debug", "latency_stats", "slabinfo"];
    const reading = `for f in ${masked.join(" ")}; do head -c 1 /proc/$f 2>/dev/null; done; ls -A /proc/acpi /proc/scsi /sys/firmware 2>/dev/null`;
    expect((await inside(user, sh(reading))).output.replace(/^\/.*:\n|\n/gm, "")).toBe("");
    const mounting =
      "mount -t proc proc /tmp; mount -o remount,rw /proc/sys; umount /proc/kcore; unshare -Urm mount -t proc proc /tmp && echo mounted";
    expect((await inside(user, sh(`(${mounting}) 2>/dev/null; echo done`))).output).toBe("done\n");
  });

  test("has its own processes, host name and shared memory, and sees nobody else's", async () => {
    const names = ["pid", "ipc", "uts", "mnt", "user", "cgroup"];
    const links = names.map((name) => `/proc/self/ns/${name}`);
    const { output } = await inside(
      user,
      sh(`readlink ${links.join(" ")}; ls /proc | grep -c '^[0-9]'; cat /proc/*/environ`),
    );
    const mine = links.map((link) => readlinkSync(link));
    const theirs = output.trim().split("\n");
    for (const [index] of names.entries()) expect(theirs[index]).not.toBe(mine[index]);
    expect(Number(theirs[names.length])).toBeLessThan(6);
    expect(output).not.toContain(SECRET);
  });

  test("sees neither homes nor sockets of this machine, nor a hidden directory within what it sees", async () => {
    const places = [
      "/var/run/docker.sock",
      "/run/docker.sock",
      "/run/user",
      "/run/dbus",
      "/home",
      "/var/lib",
      "/sys/fs",
      "/boot",
    ];
    const { output } = await inside(
      user,
      sh(`ls -d ${places.join(" ")} 2>/dev/null; cat /etc/shadow 2>/dev/null; env`),
    );
    expect(output).not.toMatch(/^\//m);
    expect(output).not.toMatch(/^root:/m);
    const listed = await inside(user, sh("ls /usr/share/doc 2>&1 | head -3", { hidden: ["/usr/share"] }));
    expect(listed.output).toMatch(/denied|No such/);
  });

  test("cannot reach an abstract socket of a process outside, where the kernel can keep it away", async () => {
    const name = `\0slipway-test-${process.pid}`;
    const server = createServer((socket) => socket.end("reached")).listen(name);
    const script = `require("net").connect("\\0" + process.argv[1]).on("error", (e) => console.log(e.code)).on("data", (d) => console.log(String(d)))`;
    const { output } = await inside(user, { argv: ["node", "-e", script, name.slice(1)] });
    server.close();
    expect(["EPERM", "reached"]).toContain(output.trim());
    if (canScope()) expect(output.trim()).toBe("EPERM");
  });

  test("gets exactly its own variables, byte for byte", async () => {
    const env = {
      PLAIN: "a b",
      LINES: "one\ntwo\r\n\n",
      QUOTES: `'"\`$HOME \${x} \\ = # !`,
      EMPTY: "",
      "with.dot": "d",
      LD_PRELOAD: "/nowhere.so",
      DOCKER_HOST: "tcp://evil:1",
      BASH_ENV: "/evil",
      ENV: "/evil",
      IFS: "x",
      OPTIND: "zero",
      UID: "7",
      TMPDIR: "/own",
      HOME: "/own",
      PWD: "/own",
      PATH: "/own/bin:/usr/bin:/bin",
      NODE_OPTIONS: "--no-deprecation",
      SANDBOXED_X: "mine",
    };
    const { output } = await inside(user, { argv: ["node", "-p", "JSON.stringify(process.env)"], env });
    const json = output.split("\n").find((line) => line.startsWith("{")) ?? "";
    expect(JSON.parse(json)).toEqual({ ...env, PATH: "/own/bin:/run/node/bin:/usr/bin:/bin" });
  });

  test("dies with whoever started it, also what left its process group", async () => {
    // Put together inside: the arguments of whoever starts it do not name it.
    const asked = sh(`n=${process.pid}; setsid sleep 1000.$n & exec sleep 1001`);
    const [command = "", ...args] = [...as(user), process.execPath, "--no-warnings", CHILD, JSON.stringify(asked)];
    const child = spawn(command, args, { env: { PATH: process.env.PATH, TMPDIR: home }, detached: true });
    const left = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(`sleep 1000.${process.pid}`);
    await until(left);
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await until(() => !left());
  });

  test("dies with its keeper although its first process asks not to and leaves the process group", async () => {
    const prctl = { x64: 157, arm64: 167 }[process.arch as string] ?? 0;
    const name = `1002.${process.pid}`;
    const perl = `use POSIX; POSIX::setsid(); syscall(${prctl}, 1, 0, 0, 0, 0); exec "sleep", "1002." . ${process.pid}`;
    const [command = "", ...args] = [...as(user), process.execPath, "--no-warnings", CHILD];
    const asked = JSON.stringify({ argv: ["/usr/bin/perl", "-e", perl] });
    const child = spawn(command, [...args, asked], { env: { PATH: process.env.PATH, TMPDIR: home }, detached: true });
    const left = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(`sleep ${name}`);
    await until(left);
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await until(() => !left());
  });

  test("ends with the exit code of its command, or as a shell says which signal ended it, and says nothing of its own", async () => {
    expect(await inside(user, sh("exit 7"))).toMatchObject({ code: 7, output: "" });
    const killed = await inside(user, {
      argv: ["perl", "-e", "$SIG{SEGV} = 'DEFAULT'; kill 'SEGV', fork || sleep 9; exit 5"],
    });
    expect(killed).toMatchObject({ code: 5, output: "" });
  });

  test("makes no user namespace, in which it would hold privileges again", async () => {
    const { output } = await inside(user, sh("unshare -Ur true && echo made; echo done"));
    expect(output).toMatch(/^unshare: .*\ndone\n$/);
  });

  test("does not hold the keys of the session that started it", async () => {
    const addKey = { x64: 248, arm64: 217 }[process.arch as string] ?? 0;
    const [requestKey, keyctl] = [addKey + 1, addKey + 2];
    const words = 'my ($type, $name, $key) = ("user", "slipway-test", "secret"); ';
    const keep = `${words}syscall(${keyctl}, 1, 0); syscall(${addKey}, $type, $name, $key, 6, -3) >= 0 or die "no key: $!"; exec @ARGV`;
    const find = `${words}print syscall(${requestKey}, $type, $name, 0, 0) < 0 ? "none" : "found"`;
    const asked = JSON.stringify({ argv: ["/usr/bin/perl", "-e", find] });
    const [command = "", ...args] = [
      ...as(user),
      "/usr/bin/perl",
      "-e",
      keep,
      process.execPath,
      "--no-warnings",
      CHILD,
    ];
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home };
    const answer = execFileSync(command, [...args, asked], { env, encoding: "utf8" });
    expect(JSON.parse(answer)).toMatchObject({ output: "none" });
  });
});

/** Whether Landlock can keep abstract sockets away here (its sixth version), and Perl is there to ask it. */
function canScope(): boolean {
  try {
    return Number(execFileSync("/usr/bin/perl", ["-e", "print syscall(444, 0, 0, 1)"], { encoding: "utf8" })) >= 6;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("waited a minute in vain");
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

describe("limits", () => {
  const MB = 1024 * 1024;

  test("a memory eater is ended and named, with all that it started", async () => {
    const eat = "const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 10)";
    const asked = { argv: ["node", "-e", eat], limits: { memoryBytes: 200 * MB } };
    expect(await inside(null, asked)).toMatchObject({ code: 137, exhausted: "memory" });
  });

  test("a fork bomb is stopped by the kernel at once, and then ended and named", async () => {
    const bomb = `const { spawn } = require("child_process"); setInterval(() => spawn("sleep", ["1000"]).on("error", () => {}), 1)`;
    const asked = { argv: ["node", "-e", bomb], limits: { processes: 64 } };
    expect(await inside(null, asked)).toMatchObject({ code: 137, exhausted: "processes" });
    const shell = await inside(null, sh("bomb() { bomb | bomb & bomb; }; bomb", { limits: { processes: 64 } }));
    expect([shell.exhausted === "processes", /[Cc]annot fork/.test(shell.output)]).toContain(true);
  });

  test("a disk filler is ended and named, in its tree or in its private directories", async () => {
    for (const place of ["/app/full", "/tmp/full"]) {
      const asked = sh(`cat /dev/zero >${place}`, { limits: { diskBytes: 100 * MB } });
      expect(await inside(null, asked)).toMatchObject({ exhausted: "disk" });
    }
    const volatile = await inside(
      null,
      sh("cat /dev/zero >/dev/shm/full; cat /dev/zero >/run/full; du -sm /dev/shm /run"),
    );
    expect(volatile.output).toMatch(/No space left/);
  });

  test.each(users())(
    "a disk filler of %s is ended and named, though its files are out of sight",
    async (_who, user) => {
      const fill = "head -c 300M /dev/zero >&3; sleep 60";
      const hidden = {
        "deleted but open": `exec 3>/app/f; rm /app/f; ${fill}`,
        "in a closed directory": `mkdir /app/d; exec 3>/app/d/f; chmod 0 /app/d; ${fill}`,
        "names only": "mkdir /app/d; cd /app/d; seq 100000 | xargs touch; sleep 60",
        "too deep for a path": `perl -e 'mkdir "/app/x"; chdir "/app/x"; for (1..30) { mkdir "d" x 200; chdir "d" x 200 } exec "sh", "-c", "cat /dev/zero >f"'`,
      };
      for (const [how, script] of Object.entries(hidden)) {
        const { exhausted } = await inside(user, sh(script, { limits: { diskBytes: 100 * MB } }));
        expect([how, exhausted]).toEqual([how, "disk"]);
      }
    },
  );

  test("an eater of file descriptors gets no more than its own", async () => {
    const open =
      "const fs = require('fs'); let n = 0; try { for (;;) { fs.openSync('/dev/null'); n++ } } catch (e) { console.log(e.code, n < 100) }";
    const { output } = await inside(null, { argv: ["node", "-e", open], limits: { openFiles: 100 } });
    expect(output.trim()).toBe("EMFILE true");
  });

  test("the kernel ends it before anything else when the machine runs out of memory", async () => {
    const { output } = await inside(null, sh("cat /proc/self/oom_score_adj; ulimit -c"));
    expect(output).toBe("1000\n0\n");
  });
});
