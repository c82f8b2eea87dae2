import { describe, expect, test } from "@jest/globals";
import { data, deploymentOf, refusal, slipway, someApp } from "./deps.ts";

const app = someApp({});
/** The list of apps is there; everything else is answered so. */
const server = (result: ReturnType<typeof refusal> | string) => (method: string, path: string) =>
  method === "GET" && path === "/api/apps" ? data([app]) : result;

describe("the exit status, and what to do next", () => {
  test.each([
    [400, "invalid_request", 2, "The request has invalid fields"],
    [401, "unauthorized", 3, "Run slipway login"],
    [403, "forbidden", 3, "slipway whoami"],
    [404, "app_not_found", 2, "slipway apps"],
    [409, "idempotency_conflict", 2, "--idempotency-key"],
    [429, "too_many_requests", 3, "Wait a few seconds"],
    [500, "internal_error", 3, "slipway doctor"],
    [502, "unknown", 3, "slipway doctor"],
  ])("of an answer %i %s is %i, with %j", async (status, code, expected, words) => {
    const result = await slipway(
      { server: server(refusal(status, code, "The request has invalid fields: x.")) },
      "deploy",
      "shop",
    );
    expect(result.status).toBe(expected);
    expect(result.out).toBe("");
    expect(result.err).toContain(words);
  });

  test("of a token that is not accepted says so, and nothing of headers", async () => {
    const options = { server: server(refusal(401, "unauthorized", "Send a header.")) };
    const signedOut = await slipway(options, "deploy", "shop");
    expect(signedOut.err).toMatch(/^You are not signed in to http:\/\/localhost:8080\.\nRun slipway login/);
    const refused = await slipway({ ...options, env: { SLIPWAY_TOKEN: "x" } }, "deploy", "shop");
    expect(refused.err).toMatch(/^http:\/\/localhost:8080 does not accept the token\./);
  });

  test("names how long to wait, where the server says so", async () => {
    const busy = { ...refusal(429, "too_many_requests", "Too many."), headers: { "Retry-After": "7" } };
    expect((await slipway({ server: server(busy) }, "deploy", "shop")).err).toBe(
      "Too many.\nWait 7 seconds, then run the command again.\n",
    );
  });

  test("names wrong fields by the flags that were typed", async () => {
    const details = [
      { field: "healthCheckPath", message: "must be a path that begins with /" },
      { field: "mystery", message: "is not a known field" },
    ];
    const result = await slipway(
      { server: server(refusal(400, "invalid_request", "Invalid.", details)) },
      "apps",
      "create",
      "shop",
    );
    expect(result.err).toBe(
      "Invalid.\n  --health-check-path: must be a path that begins with /\n  mystery: is not a known field\nRun slipway apps create --help to see how it is used.\n",
    );
  });

  test("is 3 where nobody answers, with why and what to do", async () => {
    const local = await slipway({ server: () => "ECONNREFUSED" }, "list");
    expect(local).toMatchObject({ status: 3, out: "" });
    expect(local.err).toBe(
      "Can't reach Slipway at http://localhost:8080: connection refused.\nIs npm start running? If Slipway runs elsewhere, use slipway login <url>, --url or SLIPWAY_URL.\n",
    );
    const env = { SLIPWAY_URL: "https://slipway.example", HTTPS_PROXY: "http://proxy:3128" };
    expect((await slipway({ env, server: () => "ENOTFOUND" }, "list")).err).toMatch(
      /host not found.*NODE_USE_ENV_PROXY=1/s,
    );
  });

  test.each([
    [["dploy"], "Did you mean deploy?"],
    [["deploy", "--wiat"], "Did you mean --wait?"],
    [["watch", "1", "2"], "Too many arguments"],
    [["apps", "set", "--approval", "maybe"], "Allowed choices are none, required"],
    [["reject"], "Missing required argument 'deployment'"],
    [["deploy", "nope"], "There is no app nope"],
    [["deploy", "--timeout", "soon"], '--timeout: "soon" is not a valid duration'],
    [["list", "--limit", "1000"], "--limit must be between 1 and 100"],
    [["logs", "1", "--after", "-1"], "--after must be a whole number"],
    [["deploy"], "This is not a Git repository"],
    [["deploy", "shop", "--commit", "abc123"], "this is not the repository of shop"],
    [["apps", "delete", "shop"], "run it again with --yes"],
    [["list", "--limit", "x"], "Run slipway list --help"],
    [["apps", "create", "shop", "--port", "x"], "Run slipway apps create --help"],
  ])("of %j is 2", async (words, sentence) => {
    const result = await slipway({ server: server(data([])) }, ...words);
    expect(result.status).toBe(2);
    expect(result.err).toContain(sentence);
  });

  test("is 0 for help and version, on standard output", async () => {
    expect(await slipway({}, "--version")).toEqual({ status: 0, out: "1.2.3\n", err: "" });
    const help = await slipway({}, "deploy", "--help");
    expect(help).toMatchObject({ status: 0, err: "" });
    expect(help.out).toMatch(/Usage: slipway deploy .*--wait.*--json.*Examples:\n {2}\$ slipway deploy\n/s);
  });

  test("with --json a failure is one line of JSON, however it came", async () => {
    const refused = await slipway(
      { server: server(refusal(404, "app_not_found", "There is no app 7.")) },
      "deploy",
      "shop",
      "--json",
    );
    expect(JSON.parse(refused.err)).toEqual({
      success: false,
      error: "There is no app 7.",
      code: "app_not_found",
      details: [],
      advice: expect.any(String),
    });
    const misread = await slipway({}, "dploy", "--json");
    expect(JSON.parse(misread.err)).toMatchObject({ success: false, code: "usage" });
    expect([refused.out, misread.out]).toEqual(["", ""]);
  });
});

describe("a fault of the program itself", () => {
  test("is thrown, and not dressed up", async () => {
    await expect(slipway({ server: () => data(null) }, "deploy", "shop")).rejects.toThrow(TypeError);
  });
});

describe("what is asked of the server", () => {
  const asked: unknown[] = [];
  /** Deployments are answered bare, everything else as data. */
  const created = { ...deploymentOf({ id: 12 }), data: deploymentOf({ id: 12 }) };
  const noting = (method: string, path: string, body: unknown, headers: Headers) => {
    asked.push([method, path, body, headers.get("Idempotency-Key"), headers.get("Authorization")]);
    if (path === "/api/apps") return data([app, someApp({ id: 2, name: "other" })]);
    if (path === "/api/freeze") return data(null);
    if (path === "/api/apps/1/releases")
      return data(
        [9, 8, 7, 6].map((id) => ({
          deployment_id: id,
          image_digest: id === 7 ? "sha256:8" : `sha256:${id}`,
          live: id === 8,
        })),
      );
    // What would change is shown, and nobody is kept from releasing where it is not known.
    if (path.includes("/changes")) return changes ?? { status: 503, body: {} };
    return method === "POST" ? { status: 201, body: created } : data(deploymentOf({ id: 6, app_id: 1 }));
  };
  const last = () => asked.at(-1);
  let changes: ReturnType<typeof data> | null = null;

  const differing = {
    compared_with: 8,
    commits: [{ hash: "b".repeat(40), message: "Fix it", author: "Ada" }],
    commits_complete: true,
    removed_commits: [{ hash: "c".repeat(40), message: "Break it", author: "Bob" }],
    removed_commits_complete: true,
    settings: [
      { name: "env", before: { A: "1" }, after: { A: "2" } },
      { name: "KEY", changed: true },
      { name: "cpu", before: 256, after: 512 },
    ],
  };
  const shown = [
    "Changes against the live deployment 8:",
    "  bbbbbbb Fix it (Ada)",
    "  removes ccccccc Break it (Bob)",
    "  env.A: 1 → 2",
    "  KEY: changed",
    "  cpu: 256 → 512",
  ].join("\n");

  test.each([
    [["deploy", "shop"], "/api/apps/1/changes?of=head"],
    [["rollback", "shop"], "/api/apps/1/changes?deploymentId=6"],
    [["promote", "other", "shop", "6"], "/api/apps/1/changes?deploymentId=6"],
  ])("is what would change, before %j does it; on a terminal it is asked whether to go on", async (words, path) => {
    changes = data(differing);
    const asOwn = (id: number) => (words[0] === "promote" ? 2 : id);
    const server: typeof noting = (method, at, body, headers) =>
      method === "GET" && at === "/api/deployments/6"
        ? data(deploymentOf({ id: 6, app_id: asOwn(1) }))
        : noting(method, at, body, headers);
    for (const [extra, answer] of [
      [[], undefined],
      [["--yes"], undefined],
      [[], true],
      [[], false],
    ] as const) {
      asked.length = 0;
      const questions = answer === undefined ? {} : { questions: { confirm: async () => answer } };
      const result = await slipway({ server, ...questions }, ...words, ...extra);
      expect(result.err).toContain(shown);
      expect(asked.map((one) => (one as string[])[1])).toContain(path);
      const isAsked = asked.some((one) => (one as string[])[0] === "POST");
      expect([isAsked, result.status]).toEqual(answer === false ? [false, 130] : [true, 0]);
    }
    changes = null;
  });

  test("is to run the release command, where that was typed", async () => {
    await slipway({ server: noting }, "rollback", "shop", "--release-command");
    expect(last()).toEqual(["POST", "/api/deployments/6/rollback", { releaseCommand: true }, null, null]);
    const restarting: typeof noting = (method, path, body, headers) => {
      const answer = noting(method, path, body, headers);
      return method === "POST" ? data(answer.body) : answer;
    };
    await slipway({ server: restarting }, "restart", "shop", "--release-command");
    expect(last()).toEqual(["POST", "/api/apps/1/redeploy", { releaseCommand: true }, null, null]);
  });

  test("is a deployment, with all that was typed", async () => {
    const commit = "a".repeat(40);
    const words = [
      "deploy",
      "shop",
      "--commit",
      commit,
      "--branch",
      "x",
      "--reason",
      "why",
      "--idempotency-key",
      "k",
      "--token",
      "t",
    ];
    expect(await slipway({ server: noting }, ...words)).toMatchObject({
      status: 0,
      err: "Run slipway watch 12 to watch it.\n",
    });
    expect(last()).toEqual([
      "POST",
      "/api/deployments",
      { appId: 1, commit, branch: "x", reason: "why" },
      "k",
      "Bearer t",
    ]);
  });

  test("is a deployment that builds every step anew only where that was typed", async () => {
    await slipway({ server: noting }, "deploy", "shop", "--no-cache");
    expect(last()).toEqual(["POST", "/api/deployments", { appId: 1, buildCache: false }, null, null]);
  });

  test("is by default the release before the live one, with another image than that", async () => {
    const result = await slipway({ server: noting }, "rollback", "shop");
    expect(last()).toEqual(["POST", "/api/deployments/6/rollback", {}, null, null]);
    expect(result.out).toMatch(/^Deployment 12 rolls shop back to 6 /);
  });

  test("is by default a release with the same image, where its settings were others", async () => {
    const released = (id: number) => ({ deployment_id: id, image_digest: "sha256:1", live: id === 9 });
    const server: typeof noting = (method, path, body, headers) => {
      if (path === "/api/apps/1/releases") return data([9, 8, 7].map(released));
      const id = Number(/^\/api\/deployments\/(\d)$/.exec(path)?.[1]);
      if (id > 0) return data(deploymentOf({ id, app_id: 1, configuration: id === 7 ? 1 : 2 }));
      return noting(method, path, body, headers);
    };
    await slipway({ server }, "rollback", "shop");
    expect(last()).toEqual(["POST", "/api/deployments/7/rollback", {}, null, null]);
    const current = await slipway({ server }, "rollback", "shop", "--configuration", "current");
    expect(current).toMatchObject({ status: 2, err: expect.stringContaining("no release before the live one") });
  });

  test("is no rollback to a deployment of another app", async () => {
    const result = await slipway({ server: noting }, "rollback", "other", "6");
    expect(result).toMatchObject({
      status: 2,
      err: "Deployment 6 does not belong to other.\nRun slipway list other to see its deployments.\n",
    });
  });

  test.each([
    [["retry", "6"], "POST", "/api/deployments/6/retry", {}],
    [["cancel", "#6", "--reason", "why"], "POST", "/api/deployments/6/cancel", { reason: "why" }],
    [["approve", "6", "--reason", "good"], "POST", "/api/deployments/6/approve", { reason: "good" }],
    [["reject", "6"], "POST", "/api/deployments/6/reject", {}],
    [["apps", "unpin", "shop"], "POST", "/api/apps/1/unpin", undefined],
    [["apps", "set", "1", "--port", "80"], "PATCH", "/api/apps/1", { port: 80 }],
    [
      ["list", "shop", "--stage", "failed", "--limit", "5"],
      "GET",
      "/api/deployments?appId=1&stage=failed&limit=5",
      undefined,
    ],
    [["metrics", "shop", "--days", "7"], "GET", "/api/apps/1/metrics?days=7", undefined],
    [["metrics"], "GET", "/api/metrics?days=30", undefined],
    [
      ["tokens", "create", "ci", "--app", "other", "--expires", "1d"],
      "POST",
      "/api/tokens",
      { name: "ci", role: "deployer", apps: [2], expiresAt: "2026-01-02T00:00:00.000Z" },
    ],
    [["tokens", "revoke", "3", "--yes"], "DELETE", "/api/tokens/3", undefined],
    [["open", "12", "--print"], "GET", "/api/deployments/12", undefined],
  ])("is by %j: %s %s", async (words, method, path, body) => {
    asked.length = 0;
    expect(await slipway({ server: noting }, ...words, "--json")).toMatchObject({ status: 0, err: "" });
    expect(asked).toContainEqual([method, path, body, null, null]);
  });

  test("is decided about the deployment that waits, and not about the newest one, where an app is named", async () => {
    const waits = deploymentOf({ id: 5, stage: "awaiting_approval" });
    const server = (method: string, path: string, body: unknown, headers: Headers) => {
      if (method === "POST" || path === "/api/apps") return noting(method, path, body, headers);
      return data(path.includes("stage=awaiting_approval") ? [waits] : [deploymentOf({ id: 6, stage: "pending" })]);
    };
    expect((await slipway({ server }, "reject", "shop")).status).toBe(0);
    expect(last()).toEqual(["POST", "/api/deployments/5/reject", {}, null, null]);
  });

  test("is a deletion only when the name was typed", async () => {
    const questions = (answer: string) => ({ server: noting, columns: 80, questions: { text: async () => answer } });
    expect(await slipway(questions("shp"), "apps", "delete", "shop")).toMatchObject({
      status: 130,
      err: "Nothing was done.\n",
    });
    expect(last()).not.toContain("DELETE");
    expect((await slipway(questions("shop"), "apps", "delete", "shop")).status).toBe(0);
    expect(last()).toEqual(["DELETE", "/api/apps/1", undefined, null, null]);
  });
});
