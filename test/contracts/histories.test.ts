import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsHistories } from "../../lib/adapters/git/histories.ts";
import type { Histories } from "../../lib/core/ports/git.ts";
import { gitHttp } from "../support/git-http.ts";
import { removeDirectory, repository } from "../support/local-mode.ts";
import { openAccess } from "../support/memory-github.ts";

const made = repository({ file: "one" });
const git = (...args: string[]): string =>
  execFileSync("git", args, { cwd: made.path, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
const first = git("rev-parse", "HEAD");
const second = made.commit({ file: "two" }, "Second\n\nWith a body.");
// A branch that left before and comes back by a merge.
git("checkout", "-q", "-b", "side", first);
const side = made.commit({ other: "side" }, "On the side");
git("checkout", "-q", "main");
git("merge", "-q", "--no-ff", "-m", "Merge the side", "side");
const merged = git("rev-parse", "HEAD");

/** GitHub's REST API in front of the repository, as far as it is asked here. */
let api: Server;
let isTruncated = false;
beforeAll(async () => {
  api = createServer((request, response) => {
    const [, base = "", head = ""] = /\/compare\/(\w+)\.\.\.(\w+)$/.exec(request.url ?? "") ?? [];
    try {
      const hashes = git("rev-list", "--reverse", `${base}..${head}`).split("\n").filter(Boolean);
      const commits = hashes.map((sha) => ({
        sha,
        commit: {
          message: git("log", "-1", "--format=%B", sha),
          author: { name: git("log", "-1", "--format=%an", sha) },
        },
      }));
      const total_commits = commits.length + (isTruncated ? 1 : 0);
      response.end(JSON.stringify({ status: "ahead", total_commits, commits }));
    } catch {
      response.writeHead(404).end("{}");
    }
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise((resolve) => api.close(resolve));
  removeDirectory(made.path);
});

const histories = (localRepositories = true): Histories =>
  awsHistories({
    localRepositories,
    gitHub: { url: "https://github.com", apiUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}` },
    access: openAccess,
  });

describe.each([
  ["of a repository on this machine", `file://${made.path}`],
  ["of GitHub", "https://github.com/acme/shop"],
])("commits between two, %s", (_, url) => {
  const between = (base: string, head: string) =>
    histories().between({ app_id: 1, url, git_token: false, base, head }, 10_000);
  const hashes = async (base: string, head: string) => (await between(base, head)).commits.map(({ hash }) => hash);

  test("are those that the later one has and the earlier has not, newest first", async () => {
    const { commits, complete } = await between(first, second);
    expect(complete).toBe(true);
    expect(commits).toEqual([{ hash: second, message: "Second", author: git("log", "-1", "--format=%an", second) }]);
    expect(await hashes(first, merged)).toEqual(expect.arrayContaining([merged, side, second]));
    expect(await hashes(first, merged)).toHaveLength(3);
    expect((await hashes(second, merged)).sort()).toEqual([merged, side].sort());
    expect((await hashes(side, merged)).sort()).toEqual([merged, second].sort());
  });

  test("are none back in time, and none where nothing moved", async () => {
    expect(await between(merged, first)).toEqual({ commits: [], complete: true });
    expect(await between(second, second)).toEqual({ commits: [], complete: true });
  });

  test("are not known of a commit that is not there", async () => {
    expect(await between("e".repeat(40), second)).toEqual({ commits: [], complete: false });
  });
});

test("where GitHub sends not all of them, that is said", async () => {
  isTruncated = true;
  const url = "https://github.com/acme/shop";
  const answer = await histories().between({ app_id: 1, url, git_token: false, base: first, head: second }, 10_000);
  isTruncated = false;
  expect(answer.complete).toBe(false);
});

describe("commits between two, over Git's smart HTTP protocol", () => {
  let host: Server;
  const url = () => `http://127.0.0.1:${(host.address() as AddressInfo).port}/${basename(made.path)}/.git`;
  const between = (base: string, head: string) =>
    histories().between({ app_id: 1, url: url(), git_token: false, base, head }, 10_000);
  beforeAll(async () => {
    git("config", "uploadpack.allowFilter", "true");
    host = createServer(gitHttp(dirname(made.path)));
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => host.close(resolve));
    git("config", "uploadpack.allowFilter", "false");
  });

  test("are those that the later one has and the earlier has not, newest first", async () => {
    expect(await between(first, second)).toEqual({
      commits: [{ hash: second, message: "Second", author: git("log", "-1", "--format=%an", second) }],
      complete: true,
    });
    const { commits } = await between(first, merged);
    expect(commits[0]?.hash).toBe(merged);
    expect(commits.map(({ hash }) => hash).toSorted()).toEqual([merged, side, second].toSorted());
    // Where the earlier one is no ancestor, the server has to be asked twice.
    expect((await between(side, second)).commits.map(({ hash }) => hash)).toEqual([second]);
  });

  test("are none back in time, and not known where a commit is not there", async () => {
    expect((await between(merged, first)).commits).toEqual([]);
    expect(await between("e".repeat(40), second)).toEqual({ commits: [], complete: false });
    expect(await between(first, "e".repeat(40))).toEqual({ commits: [], complete: false });
  });

  test("are not known where the server sends no commits without files, or something else", async () => {
    git("config", "uploadpack.allowFilter", "false");
    expect(await between(first, second)).toEqual({ commits: [], complete: false });
    git("config", "uploadpack.allowFilter", "true");
    const strange = createServer((_, response) => response.end("0008NAK\n00ff"));
    await new Promise<void>((resolve) => strange.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(strange.address() as AddressInfo).port}/x.git`;
    const asked = histories().between({ app_id: 1, url: at, git_token: false, base: first, head: second }, 10_000);
    expect(await asked).toEqual({ commits: [], complete: false });
    await new Promise((resolve) => strange.close(resolve));
  });
});

test("of other hosts, and of this machine where that is not allowed, none are known", async () => {
  const unknown = { commits: [], complete: false };
  const at = (url: string, local?: boolean) =>
    histories(local).between({ app_id: 1, url, git_token: false, base: first, head: second }, 10_000);
  expect(await at("https://git.invalid/shop.git")).toEqual(unknown);
  expect(await at(`file://${made.path}`, false)).toEqual(unknown);
});
