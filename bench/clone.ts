import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clone } from "../lib/build/reporter/clone.ts";
import { gitHttp } from "../test/support/git-http.ts";

/**
 * Clones one commit of a large repository with a long history, as a build does, and as `git clone` does. Run it as
 * `node bench/clone.ts [megabytes] [commits]`; by default 1,000 MB in 2,000 commits. The ratio is against `git clone`.
 */

const megabytes = Number(process.argv[2] ?? 1000);
const commits = Number(process.argv[3] ?? 2000);
const home = mkdtempSync(join(tmpdir(), "slipway-bench-clone-"));
const repository = join(home, "shop.git");

/** By fast-import: a commit writes one file anew, so that history is as large as all of them, and the last tree is small. */
function fill(): void {
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", repository]);
  execFileSync("git", ["-C", repository, "config", "uploadpack.allowFilter", "true"]);
  const stream = join(home, "stream");
  const size = Math.floor((megabytes * 1024 * 1024) / commits);
  writeFileSync(stream, "");
  for (let n = 0; n < commits; n += 1) {
    const path = n % 2 === 0 ? `apps/web/file-${n % 40}` : `assets/file-${n % 41}`;
    const head = `commit refs/heads/main\ncommitter a <a@example.org> ${1_700_000_000 + n} +0000\ndata 1\nx\n`;
    const files = n === 0 ? "M 100644 inline apps/web/Dockerfile\ndata 7\nFROM a\n\n" : "";
    appendFileSync(stream, `${head}${files}M 100644 inline ${path}\ndata ${size}\n`);
    appendFileSync(stream, Buffer.concat([randomBytes(size), Buffer.from("\n\n")]));
  }
  const filled = spawnSync("sh", ["-c", 'git -C "$1" fast-import --quiet < "$2"', "sh", repository, stream]);
  if (filled.status !== 0) throw new Error(filled.stderr.toString());
  rmSync(stream);
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await run();
  return (performance.now() - before) / 1000;
}

const asBuilds = (url: string, directory: string) =>
  clone({
    source: { url, authorization: null, reach: "anywhere", commit: "", branch: "main" },
    needed: { directory: directory === "whole" ? "." : "apps/web", file: "Dockerfile" },
    directory: join(home, directory),
    env: { PATH: process.env.PATH },
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    signal: new AbortController().signal,
    note: () => {},
    redact: (text) => text,
  });

/** In a process of its own, since the server is in this one. */
const byGit = (url: string) =>
  new Promise<void>((resolve, reject) => {
    const child = spawn("git", ["clone", "--quiet", url, join(home, "git")], { stdio: "inherit" });
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`git clone ended with ${code}`))));
  });

try {
  fill();
  const server = createServer(gitHttp(home));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const url = `http://127.0.0.1:${address.port}/shop.git`;
  const part = await seconds(() => asBuilds(url, "part"));
  const whole = await seconds(() => asBuilds(url, "whole"));
  const full = await seconds(() => byGit(url));
  server.close();
  const results = { megabytes, commits, seconds: { part, whole, git_clone: full }, ratio: part / full };
  mkdirSync("bench/results", { recursive: true });
  writeFileSync("bench/results/clone.json", `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(
    `one folder of a commit ${part.toFixed(1)} s, a whole commit ${whole.toFixed(1)} s, git clone ${full.toFixed(1)} s\n`,
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
