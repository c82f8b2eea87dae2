import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsSources } from "../../lib/adapters/git/sources.ts";
import type { Sources } from "../../lib/core/ports/git.ts";
import { buildKey } from "../../lib/core/worker/build-key.ts";
import { someSettings } from "../support/deployments.ts";
import { gitHttp } from "../support/git-http.ts";
import { removeDirectory, repository } from "../support/local-mode.ts";
import { openAccess } from "../support/memory-github.ts";

const apps = ["one", "two", "three", "four", "five"];
const made = repository({
  "shared/readme.md": "Read",
  ...Object.fromEntries(
    apps.flatMap((app) => [
      [`${app}/Dockerfile`, "FROM scratch\n"],
      [`${app}/file`, app],
    ]),
  ),
});
const git = (...args: string[]): string =>
  execFileSync("git", args, { cwd: made.path, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const first = git("rev-parse", "HEAD").trim();
const second = made.commit({ "three/file": "changed", "shared/readme.md": "changed" }, "Change one");

/** GitHub's REST API in front of the repository, as far as it is asked here. Its answers are those of github.com. */
let api: Server;
let isTruncated = false;
const answers: readonly [RegExp, (hash: string) => unknown][] = [
  [
    /\/git\/commits\/(\w+)$/,
    (hash) => ({ sha: hash, message: "", tree: { sha: git("rev-parse", `${hash}^{tree}`).trim() } }),
  ],
  [
    /\/git\/trees\/(\w+)\?recursive=1$/,
    (hash) => ({
      truncated: isTruncated,
      tree: git("ls-tree", "-r", "-t", hash)
        .trim()
        .split("\n")
        .map((line) => line.split(/\s+/))
        .map(([mode, type, sha, path]) => ({ path, mode, type, sha })),
    }),
  ],
  [
    /\/git\/blobs\/(\w+)$/,
    (hash) => ({ encoding: "base64", content: Buffer.from(git("cat-file", "blob", hash)).toString("base64") }),
  ],
];
/** Any other host. */
const host = createServer(gitHttp(dirname(made.path)));
beforeAll(async () => {
  git("config", "uploadpack.allowFilter", "true");
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  api = createServer((request, response) => {
    const [of, hash] = answers.flatMap(([path, answer]) => {
      const found = path.exec(request.url ?? "")?.[1];
      return found === undefined ? [] : [answer, found];
    }) as [(hash: string) => unknown, string];
    try {
      response.end(JSON.stringify(of(hash)));
    } catch {
      response.writeHead(404).end("{}");
    }
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise((resolve) => api.close(resolve));
  await new Promise((resolve) => host.close(resolve));
  removeDirectory(made.path);
});

const sources = (localRepositories = true): Sources =>
  awsSources({
    localRepositories,
    gitHub: { url: "https://github.com", apiUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}` },
    access: openAccess,
  });

const elsewhere = (): string => `http://127.0.0.1:${(host.address() as AddressInfo).port}/${basename(made.path)}/.git`;

describe.each([
  ["of a repository on this machine", () => `file://${made.path}`],
  ["of GitHub", () => "https://github.com/acme/shop"],
  ["of any other host that sends commits without their files", elsewhere],
])("what a commit holds, %s", (_, url) => {
  const open = (commit: string) => sources().open({ app_id: 1, url: url(), git_token: false, commit }, 60_000);

  test("is every file with its mode and hash, and its text on demand", async () => {
    const source = await open(first);
    const listed = git("ls-tree", "-r", first).trim().split("\n").toSorted();
    expect(source?.entries.map(({ path, mode, hash }) => `${mode} blob ${hash}\t${path}`).toSorted()).toEqual(listed);
    const readme = source?.entries.find(({ path }) => path === "shared/readme.md");
    expect(readme && (await source?.read(readme))).toBe("Read");
  });

  test("of five apps in one repository one has another build key where one changed", async () => {
    const keys = async (commit: string) => {
      const source = await open(commit);
      if (source === null) throw new Error("The commit is not there.");
      return Promise.all(apps.map((root_dir) => buildKey(source, someSettings({ root_dir }), (text) => text)));
    };
    const [before, after] = [await keys(first), await keys(second)];
    expect(apps.filter((__, index) => before[index]?.key !== after[index]?.key)).toEqual(["three"]);
  });

  test("is not known of a commit that is not there", async () => {
    expect(await open("f".repeat(40))).toBeNull();
  });
});

test("nothing is known where only a clone can show it, and nothing is read where that is not allowed", async () => {
  const of = (url: string, local = true) =>
    sources(local).open({ app_id: 1, url, git_token: false, commit: first }, 60_000);
  git("config", "uploadpack.allowFilter", "false");
  expect(await of(elsewhere())).toBeNull();
  git("config", "uploadpack.allowFilter", "true");
  expect(await of(elsewhere())).not.toBeNull();
  expect(await of(`file://${made.path}`, false)).toBeNull();
  isTruncated = true;
  expect(await of("https://github.com/acme/shop")).toBeNull();
});
