import { execFileSync } from "node:child_process";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { awsHeads } from "../../lib/adapters/git/heads.ts";
import { handle } from "../../lib/api/handle.ts";
import { clone } from "../../lib/build/reporter/clone.ts";
import { gitIn } from "../../lib/build/reporter/git.ts";
import type { RepositoryReach } from "../../lib/core/repository-address.ts";
import { apiDeps } from "../support/api-deps.ts";
import { gitHttp } from "../support/git-http.ts";
import { removeDirectory, repository, temporaryDirectory } from "../support/local-mode.ts";
import { openAccess } from "../support/memory-github.ts";

const root = temporaryDirectory();
const { path } = repository({ Dockerfile: "FROM scratch" });
const servers: Server[] = [];
let made = 0;
let url: string;
let port: number;

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  execFileSync("git", ["clone", "--quiet", "--bare", path, "shop.git"], { cwd: root });
  url = await serving(gitHttp(root));
  port = Number(new URL(url).port);
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  for (const directory of [root, path]) removeDirectory(directory);
});

/** A name service whose answers follow each other; the last one stays. */
const naming =
  (...answers: string[]) =>
  async () => [{ address: (answers.length > 1 ? answers.shift() : answers[0]) ?? "", family: 4 }];

const gitHub = { url: "https://github.com", apiUrl: "https://api.github.com" };
const headOf = (repoUrl: string, localRepositories: boolean, resolve = naming("93.184.216.34")) =>
  awsHeads({ localRepositories, gitHub, access: openAccess, resolve }).resolve(
    { app_id: 1, git_token: false, url: repoUrl, branch: "main", commit: "" },
    3000,
  );

const common = {
  env: { PATH: process.env.PATH ?? "" },
  after: () => () => {},
  signal: new AbortController().signal,
  redact: (line: string) => line,
  note: () => {},
};
const cloneOf = (repoUrl: string, reach: RepositoryReach, resolve = naming("93.184.216.34")) =>
  clone({
    ...common,
    source: { url: repoUrl, reach, authorization: null, commit: "", branch: "main" },
    directory: join(root, `clone-${++made}`),
    random: () => 0,
    resolve,
  });

const inside = [
  "https://127.0.0.1/a.git",
  "https://localhost/a.git",
  "https://x.localhost/a.git",
  "https://2130706433/a.git",
  "https://0x7f.1/a.git",
  "https://0177.0.0.1/a.git",
  "https://10.1.2.3/a.git",
  "https://172.16.0.1/a.git",
  "https://192.168.1.1/a.git",
  "https://100.64.0.1/a.git",
  "https://169.254.169.254/latest/meta-data/",
  "https://169.254.170.2/v2/credentials/",
  "https://2852039166/latest/meta-data/",
  "https://[::1]/a.git",
  "https://[fd00:ec2::254]/latest/meta-data/",
  "https://[fe80::1]/a.git",
  "https://[::ffff:169.254.169.254]/a.git",
  "https://[64:ff9b::a9fe:a9fe]/a.git",
  "http://git.example.com/a.git",
  "file:///etc",
  "ssh://git@example.com/a.git",
  "ext::sh -c id",
  "--upload-pack=id",
];

describe("on AWS the repository's address", () => {
  test.each(inside)("%s is refused by the API, by whoever looks for its head, and by the build", async (repoUrl) => {
    const { deps } = apiDeps();
    const body = JSON.stringify({ name: "shop", repoUrl });
    const principal = { id: "token#9", name: "ada", role: "admin" as const, apps: null };
    const call = { method: "POST", path: "/api/apps", query: {}, headers: {}, body, principal, csrf: null };
    await expect(handle(deps, { ...call, address: "192.0.2.1" })).rejects.toMatchObject({
      status: 400,
      details: [{ field: "repoUrl", message: expect.stringMatching(/^must /) }],
    });
    expect(await headOf(repoUrl, false)).toMatchObject({ outcome: "refused", code: "repository_not_found" });
    await expect(cloneOf(repoUrl, "public")).rejects.toMatchObject({ code: "repository_not_found" });
  });

  test("is refused behind a name that leads inside, however it looked before", async () => {
    for (const address of ["169.254.169.254", "10.0.0.1", "127.0.0.1"]) {
      const refused = { outcome: "refused", message: expect.stringMatching(/must be at a public address/) };
      expect(await headOf("https://git.example.com/a.git", false, naming(address))).toMatchObject(refused);
      const cloned = cloneOf("https://git.example.com/a.git", "public", naming("93.184.216.34", address));
      await expect(cloned).rejects.toMatchObject({ message: expect.stringMatching(/must be at a public address/) });
    }
  });

  test("is spoken to by git over https alone", async () => {
    const git = gitIn({ ...common, directory: root, authorization: null, url, protocols: "https", pin: null });
    for (const other of [`file://${path}`, `${url}/shop.git`, "ext::sh -c id", "git://127.0.0.1/a"]) {
      expect(await git("ls-remote", "--", other)).toMatchObject({ stderr: expect.stringMatching(/not allowed/) });
    }
  });
});

test.each(["169.254.169.254", "169.254.170.2", "[fd00:ec2::254]", "[fe80::1]"])(
  "no metadata service at %s is spoken to on a laptop either",
  async (host) => {
    expect(await headOf(`http://${host}/a.git`, true)).toMatchObject({ outcome: "refused" });
    await expect(cloneOf(`http://${host}/a.git`, "anywhere")).rejects.toMatchObject({ code: "repository_not_found" });
    if (host.startsWith("[")) return;
    expect(await headOf("http://git.example.com/a.git", true, naming(host))).toMatchObject({ outcome: "refused" });
  },
);

describe("a name that leads elsewhere a moment later", () => {
  const named = (): string => `http://git.example.test:${port}/shop.git`;

  test("changes nothing: git connects to just the addresses that were judged", async () => {
    // Nobody but the pin knows this name.
    expect(await cloneOf(named(), "anywhere", naming("127.0.0.1"))).toMatchObject({ message: "First" });
  });

  test("is refused when it leads inside by the time that the connection is made", async () => {
    const rebound = headOf(named(), true, naming("127.0.0.1", "169.254.169.254"));
    expect(await rebound).toMatchObject({ outcome: "refused", code: "repository_not_found" });
  });
});

describe("a redirect", () => {
  test("on the same host is followed, as GitLab sends one to the address with .git", async () => {
    const moved = await serving((request, response) => {
      const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
      if (pathname.startsWith("/shop/")) {
        response.writeHead(301, { Location: `${pathname.replace("/shop/", "/shop.git/")}${search}` }).end();
      } else gitHttp(root)(request, response);
    });
    expect(await headOf(`${moved}/shop`, true)).toMatchObject({ outcome: "resolved" });
    expect(await cloneOf(`${moved}/shop`, "anywhere")).toMatchObject({ message: "First" });
  });

  test.each(["http://169.254.169.254/latest/meta-data/", "http://[::1]/", "file:///etc/passwd", "/shop"])(
    "to %s is not",
    async (location) => {
      const asked: string[] = [];
      const evil = await serving((request, response) => {
        asked.push(String(request.url));
        response.writeHead(302, { Location: location }).end();
      });
      expect(await headOf(`${evil}/shop`, true)).toMatchObject({ outcome: "refused" });
      await expect(cloneOf(`${evil}/shop`, "anywhere")).rejects.toMatchObject({ stage: "cloning" });
      expect(asked.length).toBeLessThan(10);
    },
  );

  test("that is sent to git alone is not followed by git", async () => {
    const reached: string[] = [];
    const inner = await serving((request, response) => {
      reached.push(String(request.url));
      response.end();
    });
    const evil = await serving((request, response) => {
      const isGit = String(request.headers["user-agent"]).startsWith("git/");
      if (isGit) response.writeHead(302, { Location: `${inner}${request.url}` }).end();
      else response.end();
    });
    await expect(cloneOf(`${evil}/shop.git`, "anywhere")).rejects.toMatchObject({ stage: "cloning" });
    expect(reached).toEqual([]);
  });
});

test("an answer without end is cut off", async () => {
  const endless = await serving((_, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(1024 * 1024, "a")));
      response.once("drain", more);
    };
    more();
  });
  const head = await headOf(`${endless}/shop.git`, true);
  expect(head).toMatchObject({ outcome: "unreachable", message: expect.stringMatching(/more than 16 MB/) });
});
