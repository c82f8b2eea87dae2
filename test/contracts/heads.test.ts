import { execFileSync } from "node:child_process";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";
import { awsHeads } from "../../lib/adapters/git/heads.ts";
import { gitHttp } from "../support/git-http.ts";
import { removeDirectory, repository, temporaryDirectory } from "../support/local-mode.ts";
import { openAccess } from "../support/memory-github.ts";

const made: string[] = [];
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  for (const path of made) removeDirectory(path);
});

const git = (cwd: string, ...args: string[]): string => execFileSync("git", args, { cwd, encoding: "utf8" }).trim();
const inDirectory = (): string => {
  const path = temporaryDirectory();
  made.push(path);
  return path;
};
const withFiles = (files: Readonly<Record<string, string>> = { Dockerfile: "FROM scratch" }) => {
  const one = repository(files);
  made.push(one.path);
  return one;
};
const app = { app_id: 1, git_token: false };
const gitHub = { url: "https://github.com", apiUrl: "https://api.github.com" };
const heads = awsHeads({ localRepositories: true, gitHub, access: openAccess });
const resolve = (url: string, branch = "main", commit = "", deadlineMs = 5000) =>
  heads.resolve({ ...app, url, branch, commit }, deadlineMs);
const local = (path: string) => pathToFileURL(path).href;

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the head of a repository on this machine", () => {
  test("is the branch's newest commit with the first line of its message, in a loose ref and in a packed one", async () => {
    const { path, commit } = withFiles();
    const hash = commit({ "a.txt": "a" }, "Second ✓\n\nwith more to say");
    const head = { outcome: "resolved", commit: hash, message: "Second ✓" };
    expect(await resolve(local(path))).toEqual(head);
    git(path, "pack-refs", "--all");
    git(path, "gc", "--quiet");
    expect(await resolve(local(path))).toEqual(head);
    git(path, "branch", "feature/one");
    expect(await resolve(local(path), "feature/one")).toEqual(head);
  });

  test("is the named commit, wherever the branch is", async () => {
    const { path, commit } = withFiles();
    const first = git(path, "rev-parse", "HEAD");
    commit({ "a.txt": "a" }, "Second");
    expect(await resolve(local(path), "main", first)).toEqual({ outcome: "resolved", commit: first, message: "First" });
  });

  test("is found in a bare repository and in a linked work tree", async () => {
    const { path } = withFiles();
    const commit = git(path, "rev-parse", "HEAD");
    const [bare, linked] = [join(inDirectory(), "shop.git"), join(inDirectory(), "tree")];
    git(path, "clone", "--quiet", "--bare", path, bare);
    git(path, "worktree", "add", "--quiet", "-b", "side", linked);
    expect(await resolve(local(bare))).toMatchObject({ commit });
    expect(await resolve(local(linked), "side")).toMatchObject({ commit });
    expect(await resolve(local(linked), "main")).toMatchObject({ commit });
  });

  test("is refused by name when there is none", async () => {
    const { path } = withFiles();
    const refused = (code: string) => ({ outcome: "refused", code, message: expect.stringMatching(/\.$/) });
    expect(await resolve(local(path), "nowhere")).toEqual(refused("branch_not_found"));
    expect(await resolve(local(path), "main", "a".repeat(40))).toEqual(refused("commit_not_found"));
    expect(await resolve(local(withFiles({}).path))).toEqual(refused("repository_empty"));
    expect(await resolve(local(inDirectory()))).toEqual(refused("repository_not_found"));
    expect(await resolve(local(join(path, "absent")))).toEqual(refused("repository_not_found"));
  });

  test("is not read where local repositories are not allowed", async () => {
    const { path } = withFiles();
    const strict = awsHeads({ localRepositories: false, gitHub, access: openAccess });
    expect(await strict.resolve({ ...app, url: local(path), branch: "main", commit: "" }, 5000)).toMatchObject({
      outcome: "refused",
      code: "repository_not_found",
    });
  });
});

describe("the head of a repository behind HTTP", () => {
  test("is what Git's own server names, and what is not there is refused by name", async () => {
    const root = inDirectory();
    const { path } = withFiles();
    git(root, "clone", "--quiet", "--bare", path, "shop.git");
    git(root, "init", "--quiet", "--bare", "empty.git");
    const url = await serving(gitHttp(root));
    const commit = git(path, "rev-parse", "HEAD");
    expect(await resolve(`${url}/shop.git`)).toEqual({ outcome: "resolved", commit, message: "" });
    expect(await resolve(`${url}/shop.git`, "nowhere")).toMatchObject({ code: "branch_not_found" });
    expect(await resolve(`${url}/empty.git`)).toMatchObject({ code: "repository_empty" });
    expect(await resolve(`${url}/absent.git`)).toMatchObject({ code: "repository_not_found" });
  });

  test("is asked for with what the app may read it by, which no redirect leads to another server", async () => {
    const root = inDirectory();
    const { path } = withFiles();
    git(root, "clone", "--quiet", "--bare", path, "shop.git");
    const authorization = `Basic ${Buffer.from("x-access-token:secret").toString("base64")}`;
    const serve = gitHttp(root);
    const url = await serving((request, response) =>
      request.headers.authorization === authorization ? serve(request, response) : response.writeHead(401).end(),
    );
    const seen: (string | undefined)[] = [];
    const elsewhere = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    const moved = await serving((request, response) =>
      response.writeHead(301, { Location: `${elsewhere}${request.url}` }).end(),
    );
    const asked = { ...app, branch: "main", commit: "" };
    const authorized = awsHeads({
      localRepositories: true,
      gitHub,
      access: { authorization: async () => authorization },
    });
    const commit = git(path, "rev-parse", "HEAD");
    expect(await authorized.resolve({ ...asked, url: `${url}/shop.git` }, 5000)).toMatchObject({ commit });
    expect(await resolve(`${url}/shop.git`)).toMatchObject({ code: "repository_not_found" });
    expect(await authorized.resolve({ ...asked, url: `${moved}/shop.git` }, 5000)).toMatchObject({
      outcome: "refused",
      message: expect.stringContaining("leads to another server"),
    });
    expect(seen).toEqual([]);
  });

  test("may be known later where nobody says in time what it may be read by", async () => {
    const asked = { ...app, url: "https://git.example.com/shop.git", branch: "main", commit: "" };
    const stuck = awsHeads({
      localRepositories: true,
      gitHub,
      access: { authorization: () => new Promise(() => {}) },
    });
    expect(await stuck.resolve(asked, 50)).toMatchObject({ outcome: "unreachable" });
    const broken = awsHeads({
      localRepositories: true,
      gitHub,
      access: { authorization: () => Promise.reject(new Error("GitHub answered 503.")) },
    });
    expect(await broken.resolve(asked, 50)).toMatchObject({ message: expect.stringContaining("503") });
  });

  test.each([401, 403, 404])("a server that answers %d has no such repository for us", async (status) => {
    const url = await serving((_, response) => response.writeHead(status).end());
    expect(await resolve(`${url}/shop.git`)).toMatchObject({ outcome: "refused", code: "repository_not_found" });
  });

  test("a server that is broken, talks nonsense or is not there may answer later", async () => {
    const broken = await serving((_, response) => response.writeHead(503).end());
    const nonsense = await serving((_, response) => response.end("<html>Welcome</html>"));
    for (const url of [broken, nonsense, "http://127.0.0.1:1"]) {
      expect(await resolve(`${url}/shop.git`)).toMatchObject({ outcome: "unreachable" });
    }
  });

  test("a server that changes the protocol unasked may answer later", async () => {
    const url = await serving(({ socket }) => {
      socket.write("HTTP/1.1 101 Other\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
    });
    expect(await resolve(`${url}/shop.git`)).toMatchObject({ outcome: "unreachable" });
  });

  test.each(["never answers", "never ends its answer"])("a server that %s is cut at the deadline", async (how) => {
    const url = await serving((_, response) => {
      if (how === "never ends its answer") response.writeHead(200).write("001e# service=git-upload-pack\n");
    });
    expect(await resolve(`${url}/shop.git`, "main", "", 300)).toMatchObject({ outcome: "unreachable" });
  });

  test("a full commit is taken as it is, without asking", async () => {
    const commit = "a".repeat(40);
    expect(await resolve("http://127.0.0.1:1/shop.git", "main", commit)).toMatchObject({ outcome: "resolved", commit });
  });
});

describe("the head of a repository on GitHub", () => {
  const hash = "b".repeat(40);
  const branch = { name: "main", commit: { sha: hash, commit: { message: "Second ✓\n\n[skip ci]" } } };
  /** GitHub's API, answering by path, and what it was asked. */
  async function github(
    answers: Readonly<Record<string, { status?: number; etag?: string; to?: string; body?: unknown }>>,
  ) {
    const asked: { path: string; authorization: string | undefined }[] = [];
    const apiUrl = await serving((request, response) => {
      const path = request.url ?? "";
      asked.push({ path, authorization: request.headers.authorization });
      const { status = 200, etag, to, body } = answers[path] ?? { status: 404, body: { message: "Not Found" } };
      if (etag !== undefined) response.setHeader("ETag", etag);
      if (to !== undefined) response.setHeader("Location", to);
      if (etag !== undefined && request.headers["if-none-match"] === etag) return response.writeHead(304).end();
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
    const heads = awsHeads({
      localRepositories: true,
      gitHub: { url: apiUrl, apiUrl: `${apiUrl}/api` },
      access: { authorization: async () => `Basic ${Buffer.from("x-access-token:t0ken").toString("base64")}` },
    });
    return { url: `${apiUrl}/acme/shop.git`, asked, heads };
  }

  test("is what its API names, with the commit's message, and is asked for with the app's authorization", async () => {
    const { url, asked, heads } = await github({ "/api/repos/acme/shop/branches/feature%2Fone": { body: branch } });
    expect(await heads.resolve({ ...app, url, branch: "feature/one", commit: "" }, 5000)).toEqual({
      outcome: "resolved",
      commit: hash,
      message: "Second ✓",
    });
    expect(asked).toEqual([{ path: "/api/repos/acme/shop/branches/feature%2Fone", authorization: "Bearer t0ken" }]);
  });

  test("is unchanged while the name that it gave is the same", async () => {
    const { url, heads } = await github({ "/api/repos/acme/shop/branches/main": { body: branch, etag: 'W/"1"' } });
    const poll = (etag: string | null) => heads.poll({ ...app, url, branch: "main" }, etag, 5000);
    const head = { outcome: "resolved", commit: hash, message: "Second ✓\n\n[skip ci]", etag: 'W/"1"' };
    expect(await poll(null)).toEqual(head);
    expect(await poll('W/"1"')).toEqual({ outcome: "unchanged" });
    expect(await poll('W/"0"')).toEqual(head);
  });

  test("is that of the repository that was renamed or transferred, which is known by its id", async () => {
    const { url, heads, asked } = await github({
      "/api/repos/acme/shop": { status: 301, to: "/api/repositories/4711" },
      "/api/repositories/4711": { body: { id: 4711, full_name: "new/name" } },
      "/api/repos/acme/shop/branches/main": { status: 301, to: "/api/repositories/4711/branches/main" },
      "/api/repositories/4711/branches/main": { body: branch },
    });
    expect(await heads.resolve({ ...app, url, branch: "main", commit: "" }, 5000)).toMatchObject({ commit: hash });
    expect(await heads.identify({ ...app, url }, 5000)).toBe(`repository ${new URL(url).host} 4711`);
    expect(asked.every(({ authorization }) => authorization === "Bearer t0ken")).toBe(true);
    expect(await heads.identify({ ...app, url: url.replace("shop", "gone") }, 5000)).toBeNull();
    expect(await heads.identify({ ...app, url: "https://git.example.com/acme/shop" }, 5000)).toBeNull();
  });

  test("is refused by name when there is none", async () => {
    const { url, heads } = await github({
      "/api/repos/acme/shop/branches/gone": { status: 404, body: { message: "Branch not found" } },
    });
    const code = async (name: string) => heads.poll({ ...app, url, branch: name }, null, 5000);
    expect(await code("gone")).toMatchObject({ outcome: "refused", code: "branch_not_found" });
    expect(await code("main")).toMatchObject({ outcome: "refused", code: "repository_not_found" });
  });

  test("of a named commit has its message, or is taken as it is", async () => {
    const { url, heads } = await github({
      [`/api/repos/acme/shop/git/commits/${hash}`]: { body: { sha: hash, message: "Second\n\nmore" } },
    });
    const named = (commit: string) => heads.resolve({ ...app, url, branch: "main", commit }, 5000);
    expect(await named(hash)).toEqual({ outcome: "resolved", commit: hash, message: "Second" });
    const other = "c".repeat(40);
    expect(await named(other)).toEqual({ outcome: "resolved", commit: other, message: "" });
  });

  test.each([403, 429, 500])("is asked for as of any Git server where the API answers %d", async (status) => {
    const root = inDirectory();
    const { path } = withFiles();
    git(root, "clone", "--quiet", "--bare", path, "acme/shop.git");
    const backend = gitHttp(root);
    const host = await serving((request, response) =>
      request.url?.startsWith("/api/") ? response.writeHead(status).end("{}") : backend(request, response),
    );
    const limited = awsHeads({
      localRepositories: true,
      gitHub: { url: host, apiUrl: `${host}/api` },
      access: openAccess,
    });
    const commit = git(path, "rev-parse", "HEAD");
    const polled = await limited.poll({ ...app, url: `${host}/acme/shop`, branch: "main" }, '"1"', 5000);
    expect(polled).toEqual({ outcome: "resolved", commit, message: "", etag: null });
  });
});
