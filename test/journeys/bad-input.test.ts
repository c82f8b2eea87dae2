import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const friend = "https://admin.example.com";
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let appId: number;
let id: number;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--allow-origin", friend] });
  api = apiAt(local.url);
  appId = (await registerApp(api, healthyApp(), { name: "shop" })).id;
  id = await deploy(api, appId);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

/** The one shape of all errors, whoever answers. */
const error = (code: string, details: unknown = []) => ({
  success: false,
  error: expect.stringMatching(/^[A-Z].*\.$/s),
  code,
  request_id: expect.stringMatching(/./),
  details,
});

type Request = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];
const call = ([method, path, body, headers]: Request) => api.call(method, path, body, headers);

describe("what is not there", () => {
  const cases: readonly (readonly [Request, string])[] = [
    [["GET", "/api/apps/999"], "app_not_found"],
    [["PATCH", "/api/apps/999", {}], "app_not_found"],
    [["DELETE", "/api/apps/999"], "app_not_found"],
    [["POST", "/api/deployments", { appId: 999 }], "app_not_found"],
    [["GET", "/api/deployments?appId=999"], "app_not_found"],
    [["GET", "/api/deployments/999"], "deployment_not_found"],
    [["GET", "/api/deployments/999/logs"], "deployment_not_found"],
    [["GET", "/api/deployments/logs?id=999"], "deployment_not_found"],
    [["POST", "/api/deployments/999/cancel"], "deployment_not_found"],
    [["GET", "/api/unknown"], "not_found"],
    [["GET", "/api/"], "not_found"],
    [["GET", "/api/deployments/abc"], "not_found"],
    [["GET", "/api/deployments/-1"], "not_found"],
    [["GET", "/api/deployments/1.5"], "not_found"],
    [["GET", "/api/deployments/99999999999999999999"], "not_found"],
    [["GET", "/api/deployments/abc/logs"], "not_found"],
    [["GET", "/api/apps/0"], "not_found"],
    [["GET", "/api/apps/1/nothing"], "not_found"],
    [["GET", "/api/%00"], "not_found"],
    [["GET", "/api/apps/1%"], "not_found"],
    [["GET", "/api//apps"], "not_found"],
    [["GET", "/api/apps/%2e%2e%2fapps"], "not_found"],
    [["GET", `/api/${"x".repeat(7000)}`], "not_found"],
  ];
  test.each(cases)("%j: 404 %s", async (request, code) => {
    const answer = await call(request);
    expect(answer.body).toEqual(error(code));
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  });
});

describe("what an address does not take", () => {
  test.each([
    [["PUT", "/api/apps", {}], "GET, POST"],
    [["DELETE", "/api/deployments/1"], "GET"],
    [["GET", "/api/deployments/1/cancel"], "POST"],
    [["GET", "/api/tickets"], "POST"],
    [["DELETE", "/api/deployments/1/logs"], "GET"],
    [["GET", "/api/webhooks/github"], "POST"],
  ] as [Request, string][])("%j: 405 with Allow: %s", async (request, allow) => {
    const answer = await call(request);
    expect(answer).toMatchObject({ status: 405, body: error("method_not_allowed") });
    expect(answer.headers.get("allow")).toBe(allow);
  });

  test.each([
    ["malformed JSON", "{", {}, 400, "malformed_json"],
    [
      "another content type",
      "appId=1",
      { "Content-Type": "application/x-www-form-urlencoded" },
      415,
      "unsupported_media_type",
    ],
    [
      "a content type that a page may send unasked",
      "{}",
      { "Content-Type": "text/plain" },
      415,
      "unsupported_media_type",
    ],
    ["over 64 KB", JSON.stringify({ reason: "x".repeat(66_000) }), {}, 413, "body_too_large"],
    ["over what the gateway takes", JSON.stringify({ reason: "x".repeat(10_600_000) }), {}, 413, "body_too_large"],
  ])("a body: %s", async (_what, body, headers, status, code) => {
    const answer = await call(["POST", "/api/deployments", body, headers]);
    expect(answer.body).toEqual(error(code));
    expect(answer.status).toBe(status);
  });

  test("a body that is nested deeper than anybody means", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    expect((await call(["POST", "/api/apps", deep])).status).toBe(400);
    const inside = `{"name":"deep","repoUrl":"https://git.example.com/x.git","notifications":${deep}}`;
    expect((await call(["POST", "/api/apps", inside])).status).toBe(400);
  });

  test.each([null, [], "text", 7, true])("a body that is no object: %j", async (body) => {
    const answer = await call(["POST", "/api/deployments", JSON.stringify(body)]);
    expect(answer).toMatchObject({ status: 400, body: error("invalid_request", expect.any(Array)) });
  });
});

const fieldsOf = (answer: { body: { details: { field: string }[] } }) =>
  answer.body.details.map(({ field }) => field).sort();

describe("wrong and unknown fields are named, all at once", () => {
  const invalid = {
    name: "UPPER",
    repoUrl: 7,
    port: "3000",
    instances: 0,
    cpu: 257,
    colour: "red",
    strategy: { type: "yolo" },
  };
  const valid = { name: "fine", repoUrl: "https://git.example.com/fine.git" };
  test.each([
    ["POST", "/api/apps", invalid, ["colour", "cpu", "instances", "name", "port", "repoUrl", "strategy.type"]],
    ["PATCH", "/api/apps/1", invalid, ["colour", "cpu", "instances", "name", "port", "repoUrl", "strategy.type"]],
    ["POST", "/api/apps", {}, ["name", "repoUrl"]],
    ["POST", "/api/apps", { ...valid, repo_url: "x" }, ["repo_url"]],
    ["POST", "/api/apps", { ...valid, env: { "1BAD": "x", OK: 7 } }, ["env.1BAD", "env.OK"]],
    ["POST", "/api/apps", { ...valid, strategy: { type: "rolling", bakeMinutes: 5 } }, ["strategy.bakeMinutes"]],
    ["POST", "/api/apps", { ...valid, alarms: { errorPercent: 100, p99: 1 } }, ["alarms.errorPercent", "alarms.p99"]],
    ["POST", "/api/apps", { ...valid, cpu: 256, memory: 4096 }, ["memory"]],
    ["POST", "/api/apps", { ...valid, rootDir: "../other" }, ["rootDir"]],
    ["POST", "/api/apps", { ...valid, dockerfile: "/etc/passwd" }, ["dockerfile"]],
    ["POST", "/api/apps", { ...valid, repoUrl: "https://ada:secret@git.example.com/x.git" }, ["repoUrl"]],
    ["POST", "/api/apps", { ...valid, branch: "--upload-pack=evil" }, ["branch"]],
    [
      "POST",
      "/api/deployments",
      { appId: "1", commit: "abc", branch: "", why: 1 },
      ["appId", "branch", "commit", "why"],
    ],
    ["POST", "/api/tickets", { deploymentId: -1, id: 1 }, ["deploymentId", "id"]],
    ["POST", "/api/deployments/1/cancel", { reason: 7, force: true }, ["force", "reason"]],
  ])("%s %s %j", async (method, path, body, fields) => {
    const answer = await call([method, path, body]);
    expect(answer.body).toEqual(error("invalid_request", expect.any(Array)));
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer)).toEqual(fields);
  });

  test.each([
    ["/api/deployments?limit=0", "limit"],
    ["/api/deployments?limit=101", "limit"],
    ["/api/deployments?limit=ten", "limit"],
    ["/api/deployments?cursor=x", "cursor"],
    ["/api/deployments?stage=sleeping", "stage"],
    ["/api/deployments?appId=x", "appId"],
    ["/api/deployments/1/logs?after=-1", "after"],
    ["/api/deployments/1/logs?after=x", "after"],
    ["/api/deployments/1/logs?after=1.5", "after"],
    ["/api/deployments/1/logs?limit=0", "limit"],
    ["/api/deployments/1/logs?wait=x", "wait"],
    ["/api/deployments/logs?id=1&after=x", "after"],
    ["/api/deployments/logs?id=x", "id"],
    ["/api/deployments/logs", "id"],
  ])("%s", async (path, field) => {
    const answer = await api.get(path);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer)).toEqual([field]);
  });

  test("query parameters that nobody knows are ignored", async () => {
    expect((await api.get("/api/deployments?utm_source=mail&limit=1")).status).toBe(200);
  });
});

describe("garbage is answered with a refusal or taken as text, never with a failure of ours", () => {
  const garbage = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom(
      "",
      "\0",
      "__proto__",
      "constructor",
      "$(reboot)",
      "' OR 1=1 --",
      "../../etc/passwd",
      "😀".repeat(40),
    ),
    fc.json({ maxDepth: 2 }),
  );
  const strange = fc.oneof(garbage, fc.anything({ withNullPrototype: false, maxDepth: 2 }));
  const clean = async (request: Request) => {
    const answer = await call(request);
    expect(answer.status).toBeLessThan(500);
    if (answer.status >= 400) expect(answer.body).toEqual(error(expect.any(String) as never, expect.any(Array)));
  };
  const fields = ["name", "repoUrl", "branch", "rootDir", "dockerfile", "healthCheckPath", "approvers", "watchPaths"];
  const runs = { numRuns: 40 };

  test("in the fields of an app", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fields, "strategy", "env", "secrets", "notifications"),
        strange,
        (field, value) => clean(["PATCH", `/api/apps/${appId}`, { [field]: value }]),
      ),
      runs,
    ));

  test("in names of variables and their values", () =>
    fc.assert(
      fc.asyncProperty(garbage, garbage, (name, value) =>
        clean(["PATCH", `/api/apps/${appId}`, { env: { [name]: value } }]),
      ),
      runs,
    ));

  test("in the fields of a deployment that is asked for", () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom("branch", "commit", "reason", "appId"), strange, (field, value) =>
        clean(["POST", "/api/deployments", { appId: 999, [field]: value }]),
      ),
      runs,
    ));

  test("in addresses", () =>
    fc.assert(
      fc.asyncProperty(garbage, (text) =>
        clean(["GET", `/api/deployments/${encodeURIComponent(text.toWellFormed())}`]),
      ),
      runs,
    ));

  test("in queries", () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom("cursor", "limit", "stage", "appId"), garbage, (name, text) =>
        clean(["GET", `/api/deployments?${new URLSearchParams({ [name]: text })}`]),
      ),
      runs,
    ));

  test("in reasons and keys", () =>
    fc.assert(
      fc.asyncProperty(garbage, (text) => clean(["POST", "/api/deployments/999/cancel", { reason: text }])),
      runs,
    ));
});

describe("other pages", () => {
  const preflight = (origin: string) =>
    call(["OPTIONS", "/api/apps", undefined, { Origin: origin, "Access-Control-Request-Method": "POST" }]);

  test("an allowed one learns what it may do, before it asks and with the answer", async () => {
    const asked = await preflight(friend);
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(friend);
    expect(asked.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
    const answer = await call(["GET", "/api/apps", undefined, { Origin: friend }]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(friend);
    expect(answer.headers.get("vary")).toContain("Origin");
  });

  test("an allowed one can read why it was refused", async () => {
    const answer = await call(["GET", "/api/apps/999", undefined, { Origin: friend }]);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("access-control-allow-origin")).toBe(friend);
  });

  test("all others learn nothing", async () => {
    const asked = await preflight("https://evil.example");
    const answer = await call(["GET", "/api/apps", undefined, { Origin: "https://evil.example" }]);
    expect(answer).toMatchObject({ status: 403, body: error("foreign_origin") });
    for (const { headers } of [asked, answer]) expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});

test("who asks for too many deployments learns when to come back, and then served", async () => {
  const ask = () => api.post("/api/deployments", { appId });
  const limited = await eventually("the limit", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    // A busy machine may be too slow for a request: 502.
    return answers.find(({ status }) => status !== 201 && status !== 502);
  });
  expect(limited).toMatchObject({ status: 429, body: error("too_many_requests") });
  const seconds = Number(limited.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  const served = await eventually("service again", async () => {
    const answer = await ask();
    return answer.status === 201 ? answer : undefined;
  });
  expect(served.body.id).toBeGreaterThan(id);
});
