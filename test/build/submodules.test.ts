import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { clone } from "../../lib/build/reporter/clone.ts";
import { parseGitmodules, placeOfSubmodule } from "../../lib/build/reporter/submodules.ts";

const HOME = realpathSync(mkdtempSync(join(tmpdir(), "slipway-submodules-")));
afterAll(() => rmSync(HOME, { recursive: true }));

function git(directory: string, ...args: string[]): string {
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  const local = ["-c", "protocol.file.allow=always"];
  return execFileSync("git", [...who, ...local, ...args], { cwd: directory, encoding: "utf8" }).trim();
}

/** A repository with these files; answers its directory. */
function repository(name: string, files: Readonly<Record<string, string>>, ...init: string[]): string {
  const directory = join(HOME, name);
  mkdirSync(directory, { recursive: true });
  git(directory, "init", "-q", "-b", "main", ...init);
  git(directory, "config", "uploadpack.allowFilter", "true");
  write(directory, files);
  return directory;
}

function write(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  git(directory, "add", ".");
  git(directory, "commit", "-q", "--allow-empty", "-m", "Change");
  return git(directory, "rev-parse", "HEAD");
}

let made = 0;
async function take(url: string, options: { commit?: string; needed?: { directory: string; file: string } } = {}) {
  made += 1;
  const directory = join(HOME, `clone-${made}`);
  const notes: string[] = [];
  const { needed } = options;
  const cloned = await clone({
    source: { url, authorization: null, reach: "anywhere", commit: options.commit ?? "", branch: "main" },
    ...(needed === undefined ? {} : { needed }),
    directory,
    env: { PATH: process.env.PATH ?? "" },
    after: (_ms, run) => {
      const timer = setTimeout(run, 0);
      return () => clearTimeout(timer);
    },
    random: () => 0,
    signal: new AbortController().signal,
    note: (sentence) => void notes.push(sentence),
    redact: (line) => line,
  });
  const read = (path: string) =>
    existsSync(join(directory, path)) ? readFileSync(join(directory, path), "utf8") : null;
  return { ...cloned, directory, notes, read };
}

describe("where a submodule is fetched from", () => {
  const base = "https://git.example.com/acme/shop.git";
  test.each([
    ["../lib.git", "https://git.example.com/acme/lib.git"],
    ["../../other/lib", "https://git.example.com/other/lib"],
    ["https://git.example.com/acme/lib.git", "https://git.example.com/acme/lib.git"],
    ["http://git.example.com/acme/lib.git", "https://git.example.com/acme/lib.git"],
    ["git@git.example.com:acme/lib.git", "https://git.example.com/acme/lib.git"],
    ["ssh://git@GIT.example.com:2222/acme/lib", "https://git.example.com/acme/lib"],
    ["https://user:pw@git.example.com/acme/lib", "https://git.example.com/acme/lib"],
  ])("is the app's own server, by its own protocol: %s", (url, expected) =>
    expect(placeOfSubmodule(base, url)).toEqual({ url: expected }),
  );

  test.each([
    ["https://elsewhere.example.com/lib.git", "elsewhere.example.com"],
    ["https://git.example.com:8443/lib.git", "git.example.com:8443"],
    ["git@elsewhere.example.com:acme/lib.git", "elsewhere.example.com"],
    ["file:///etc/secrets", "file:///etc/secrets"],
    ["/etc/secrets", "/etc/secrets"],
    ["-oProxyCommand=evil", "-oProxyCommand=evil"],
  ])("is no other place: %s", (url, elsewhere) => expect(placeOfSubmodule(base, url)).toEqual({ elsewhere }));

  test("is written in .gitmodules, unless that says not to fetch it", () => {
    const said = [
      "submodule.a.b.path\nvendor/lib",
      "submodule.a.b.url\n../lib",
      "submodule.off.path\noff",
      "submodule.off.url\n../off",
      "submodule.off.update\nnone",
      "submodule.half.path\nhalf",
    ].join("\0");
    expect(parseGitmodules(`${said}\0`)).toEqual([{ name: "a.b", path: "vendor/lib", url: "../lib" }]);
  });
});

describe("a clone", () => {
  test("has its submodules at their commits, those within them too, and says what is elsewhere", async () => {
    const inner = repository("inner", { "inner.txt": "inner" });
    const lib = repository("lib", { "lib.txt": "pinned" });
    git(lib, "submodule", "--quiet", "add", inner, "deep");
    write(lib, {});
    const shop = repository("shop", { Dockerfile: "FROM a" });
    git(shop, "submodule", "--quiet", "add", "../lib", "vendor/lib");
    write(shop, { other: "x" });
    const modules = readFileSync(join(shop, ".gitmodules"), "utf8");
    git(shop, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},vendor/far`);
    const far = '[submodule "far"]\n\tpath = vendor/far\n\turl = https://elsewhere.example.com/far.git\n';
    writeFileSync(join(shop, ".gitmodules"), modules + far);
    git(shop, "add", ".gitmodules");
    git(shop, "commit", "-q", "-m", "Add far");
    write(lib, { "lib.txt": "later" });

    const { read, notes } = await take(`file://${shop}`);
    expect([read("vendor/lib/lib.txt"), read("vendor/lib/deep/inner.txt")]).toEqual(["pinned", "inner"]);
    expect(notes.join("\n")).toMatch(/Fetching the submodule vendor\/lib from file:.*\/lib at [0-9a-f]{12}/);
    expect(notes.join("\n")).toMatch(/vendor\/far is not fetched: it is on elsewhere\.example\.com/);
  });

  test("of which a submodule is gone fails with its name", async () => {
    const shop = repository("broken", { Dockerfile: "FROM a" });
    const lib = repository("gone", { x: "x" });
    git(shop, "submodule", "--quiet", "add", "../gone", "lib");
    write(shop, {});
    rmSync(lib, { recursive: true });
    await expect(take(`file://${shop}`)).rejects.toMatchObject({
      stage: "cloning",
      code: "repository_not_found",
      message: expect.stringMatching(/^The submodule lib can't be fetched\. There is no repository at file:/),
    });
  });

  test("says which files are pointers of Git LFS", async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 9\n`;
    const files = { ".gitattributes": "*.bin filter=lfs -text\n", "a.bin": pointer, "b.bin": "real", "c.txt": pointer };
    const { notes } = await take(`file://${repository("lfs", files)}`);
    expect(notes).toEqual([expect.stringMatching(/^Git LFS objects are not fetched: a\.bin are pointers/)]);
  });

  test("of a repository with SHA-256 hashes comes about like any other", async () => {
    const directory = repository("sha256", { file: "x" }, "--object-format=sha256");
    const head = git(directory, "rev-parse", "HEAD");
    expect(head).toHaveLength(64);
    expect((await take(`file://${directory}`)).commit).toBe(head);
    expect((await take(`file://${directory}`, { commit: head })).read("file")).toBe("x");
  });

  test("has of a large repository only what is built, and no history", async () => {
    const shop = repository("mono", {
      "apps/web/index.html": "web",
      "apps/api/server": "api",
      "docker/web.Dockerfile": "FROM a",
      "docker/other/x": "x",
      "README.md": "top",
    });
    write(shop, { "apps/web/index.html": "web 2" });
    const needed = { directory: "apps/web", file: "../../docker/web.Dockerfile" };
    const { read, directory, commit } = await take(`file://${shop}`, { needed });
    expect(["apps/web/index.html", "docker/web.Dockerfile", "apps/api/server"].map(read)).toEqual([
      "web 2",
      "FROM a",
      null,
    ]);
    const apiFile = git(shop, "rev-parse", `${commit}:apps/api/server`);
    const objects = git(directory, "cat-file", "--batch-all-objects", "--batch-check", "--unordered");
    expect(objects).not.toContain(apiFile);
    expect(git(directory, "rev-list", "--count", "HEAD")).toBe("1");
  });

  test.each([
    ["the root directory is a link", { directory: "web", file: "Dockerfile" }],
    ["there is no such directory", { directory: "nowhere", file: "Dockerfile" }],
    ["all of it is built", { directory: ".", file: "apps/web/Dockerfile" }],
  ])("has everything where %s", async (name, needed) => {
    const shop = repository(`all ${name}`, { "apps/web/Dockerfile": "FROM a", "apps/api/x": "x" });
    execFileSync("ln", ["-s", "apps/web", "web"], { cwd: shop });
    write(shop, {});
    const { read } = await take(`file://${shop}`, { needed });
    expect([read("apps/web/Dockerfile"), read("apps/api/x")]).toEqual(["FROM a", "x"]);
  });
});
