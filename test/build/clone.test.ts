import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { clone } from "../../lib/build/reporter/clone.ts";
import { findSource } from "../../lib/build/reporter/source.ts";

const HOME = realpathSync(mkdtempSync(join(tmpdir(), "slipway-clone-")));
const REPOSITORY = join(HOME, "repository");
const ENV = { PATH: process.env.PATH ?? "" };
let made = 0;
let notes: string[] = [];

function git(...args: string[]): string {
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...who, ...args], { cwd: REPOSITORY, encoding: "utf8" }).trim();
}

function commit(message: string): string {
  writeFileSync(join(REPOSITORY, "file"), message);
  git("add", ".");
  git("commit", "-q", "-m", message);
  return git("rev-parse", "HEAD");
}

beforeAll(() => {
  mkdirSync(REPOSITORY);
  git("init", "-q", "-b", "main");
});
afterAll(() => rmSync(HOME, { recursive: true }));

function take(
  source: { url?: string; commit?: string; branch?: string; authorization?: string | null },
  env = ENV,
  needed?: { directory: string; file: string },
) {
  made += 1;
  notes = [];
  return clone({
    source: {
      url: `file://${REPOSITORY}`,
      authorization: null,
      reach: "anywhere",
      commit: "",
      branch: "main",
      ...source,
    },
    directory: join(HOME, `clone-${made}`),
    ...(needed === undefined ? {} : { needed }),
    env,
    after: (_ms, run) => {
      const timer = setTimeout(run, 0);
      return () => clearTimeout(timer);
    },
    random: () => 0,
    signal: new AbortController().signal,
    note: (sentence) => void notes.push(sentence),
    redact: (line) => line.replaceAll("hunter22", "[redacted]"),
  });
}

describe("a clone", () => {
  test("is of the pinned commit, even when the branch has moved on, and reports its whole hash and first line", async () => {
    const pinned = commit(`${"ü".repeat(300)}\n\nand a body`);
    commit("later");
    expect(await take({ commit: pinned })).toEqual({ commit: pinned, message: "ü".repeat(200) });
  });

  test("without a pinned commit is of the branch's head", async () => {
    const head = commit("the head");
    expect(await take({})).toEqual({ commit: head, message: "the head" });
  });

  test("comes about where the server gives out no commit by its hash, also of a branch that is gone", async () => {
    const pinned = commit("old");
    for (let n = 0; n < 60; n += 1) git("commit", "-q", "--allow-empty", "-m", String(n));
    const env = { PATH: `${gitThatRefusesHashes()}${delimiter}${ENV.PATH}` };
    expect(await take({ commit: pinned }, env)).toMatchObject({ commit: pinned });
    expect(await take({ commit: pinned, branch: "gone" }, env)).toMatchObject({ commit: pinned });
  });

  test.each([
    [
      "repository_not_found",
      { url: `file://${HOME}/nowhere` },
      /There is no repository at file:.*Git said: .*does not appear to be a git repository/,
    ],
    ["branch_not_found", { branch: "nope" }, /There is no branch "nope" in file:.*Git said: couldn't find remote ref/],
    ["commit_not_found", { commit: "0123456789".repeat(4) }, /There is no commit 012345678901 in file:/],
    ["repository_not_found", { url: "ssh://git@example.org/a/b" }, /its address must be an https:/],
    ["repository_not_found", { url: "--upload-pack=touch /tmp/x" }, /its address must be an https:/],
    ["repository_not_found", { url: "ext::sh -c true" }, /its address must be an https:/],
    ["clone_failed", { url: "http://127.0.0.1:9/a.git" }, /could not be reached/],
  ])("that fails as %s says what to do", async (code, source, sentence) => {
    await expect(take(source)).rejects.toMatchObject({
      stage: "cloning",
      code,
      message: expect.stringMatching(sentence),
    });
  });

  test("of a commit with a name that no file system takes says so", async () => {
    const file = execFileSync("git", ["hash-object", "-w", "--stdin"], { cwd: REPOSITORY, input: "x" })
      .toString()
      .trim();
    git("update-index", "--add", "--cacheinfo", `100644,${file},${"n".repeat(300)}`);
    git("commit", "-q", "-m", "a long name");
    const long = git("rev-parse", "HEAD");
    git("reset", "-q", "--hard", "HEAD~1");
    await expect(take({ commit: long })).rejects.toMatchObject({
      stage: "cloning",
      code: "clone_failed",
      message: expect.stringMatching(/path that is too long to be checked out. Use fewer or shorter/),
    });
  });

  test("of an empty repository says that it is empty", async () => {
    execFileSync("git", ["init", "-q", "--bare", join(HOME, "empty.git")]);
    await expect(take({ url: `file://${HOME}/empty.git` })).rejects.toMatchObject({ code: "repository_empty" });
  });

  test("reads no configuration of the machine and runs no hook", async () => {
    commit("plain");
    const config = join(HOME, "evil.config");
    writeFileSync(
      config,
      '[core]\n\thooksPath = /\n[user]\n\tname = broken\n[url "file:///nowhere"]\n\tinsteadOf = file://\n',
    );
    await expect(
      take({}, { ...ENV, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_SYSTEM: config } as never),
    ).resolves.toBeDefined();
  });

  test("sends the authorization nowhere else: a redirect is not followed with it, and the sentence says what to do", async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    const moved = createServer((request, response) => {
      const { port } = elsewhere.address() as AddressInfo;
      response.writeHead(301, { Location: `http://127.0.0.1:${port}${request.url}` }).end();
    });
    for (const server of [elsewhere, moved]) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(moved.address() as AddressInfo).port}/shop.git`;
    const failure = await take({ url, authorization: "Basic hunter22" }).catch((error: unknown) => error);
    expect(String(failure)).toContain("leads to another server");
    expect(seen).toEqual([]);
    for (const server of [elsewhere, moved]) {
      server.close();
      server.closeAllConnections();
    }
  });

  test("sends the authorization to the repository's server, and shows it nowhere", async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end("hunter22");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.git`;
    const failure = await take({ url, authorization: "Basic hunter22" }).catch((error: unknown) => error);
    await new Promise((resolve) => server.close(resolve));
    expect(seen[0]).toBe("Basic hunter22");
    expect(failure).toMatchObject({ code: "repository_not_found" });
    expect(JSON.stringify(failure, ["message", "stack"])).not.toContain("hunter22");
  });
});

/** A git that fails a fetch by hash as a server of an older protocol does. */
function gitThatRefusesHashes(): string {
  const directory = join(HOME, "old-server");
  mkdirSync(directory, { recursive: true });
  const real = execFileSync("/bin/sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const refuse = 'echo "error: Server does not allow request for unadvertised object" >&2; exit 1';
  const script = `#!/bin/sh\nlast=; for each; do last=$each; done\ncase "$1 \${#last}" in "fetch 40") ${refuse};; esac\nexec ${real} "$@"\n`;
  writeFileSync(join(directory, "git"), script);
  chmodSync(join(directory, "git"), 0o755);
  return directory;
}

describe("what docker builds", () => {
  const home = join(HOME, "checkout");
  const build = (change: { root_dir?: string; dockerfile?: string }) =>
    findSource(home, { root_dir: ".", dockerfile: "Dockerfile", ...change });

  beforeAll(() => {
    mkdirSync(join(home, "apps/web"), { recursive: true });
    writeFileSync(join(HOME, "outside"), "");
    for (const file of ["Dockerfile", "apps/web/Dockerfile"]) writeFileSync(join(home, file), "FROM scratch\n");
    symlinkSync("/etc", join(home, "etc"));
    symlinkSync("../outside", join(home, "Dockerfile.link"));
    symlinkSync("apps/web", join(home, "web"));
  });

  test("is found from the root directory, through links that stay inside", async () => {
    expect(await build({ root_dir: "web" })).toEqual({
      root: join(home, "apps/web"),
      dockerfile: join(home, "apps/web/Dockerfile"),
    });
    expect(await build({ root_dir: "apps/web", dockerfile: "../../Dockerfile" })).toMatchObject({
      dockerfile: join(home, "Dockerfile"),
    });
  });

  test.each([
    ["root_dir_missing", { root_dir: "nope" }, /There is no directory "nope"/],
    ["root_dir_missing", { root_dir: "Dockerfile" }, /There is no directory/],
    ["root_dir_missing", { root_dir: "../.." }, /leads out/],
    ["root_dir_missing", { root_dir: "etc" }, /leads out/],
    ["dockerfile_missing", { dockerfile: "nope" }, /There is no file "nope" in the repository/],
    ["dockerfile_missing", { root_dir: "apps" }, /There is no file "Dockerfile" in the directory "apps"/],
    ["dockerfile_missing", { dockerfile: "apps" }, /There is no file/],
    ["dockerfile_missing", { dockerfile: "../outside" }, /leads out/],
    ["dockerfile_missing", { dockerfile: "Dockerfile.link" }, /leads out/],
  ])("%s for %j", async (code, change, sentence) => {
    await expect(build(change)).rejects.toMatchObject({
      stage: "building",
      code,
      message: expect.stringMatching(sentence),
    });
  });
});
