import { describe, expect, test } from "@jest/globals";
import { colouredText } from "@slipway/text/inert";
import { redactor } from "@slipway/text/redactor";
import { download, json, refusal } from "../../functions/shared/gateway.ts";
import { observed } from "../../functions/shared/observability.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { handle } from "../../lib/api/handle.ts";
import { sessionIn } from "../../lib/api/session-cookie.ts";
import { gitTrouble } from "../../lib/build/reporter/git-failure.ts";
import { work } from "../../lib/core/worker/worker.ts";
import { apiDeps, hash } from "../support/api-deps.ts";
import { someApp, someDeployment } from "../support/deployments.ts";
import { workerDeps } from "../support/worker-deps.ts";

const shop = { name: "shop", repoUrl: "https://git.example.com/shop.git" };

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an admin's request is answered, refusals too. */
async function ask(path: string, body: unknown, { method = "POST", headers = {} }: Asked = {}) {
  const { deps, kept } = apiDeps();
  kept.apps.set(1, someApp());
  kept.deployments.set(7, someDeployment({ id: 7, app_id: 1, stage: "building" }));
  const principal = { id: "token#9", name: "ada", role: "admin" as const, apps: null };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = { method, path, query: {}, headers, body: text, principal, csrf: null, address: "192.0.2.1" };
  try {
    const { status, body: answer } = await handle(deps, request);
    return { status, answer, kept };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, answer: { code: error.code, details: error.details }, kept };
  }
}

describe("header injection", () => {
  const split = "x\r\nSet-Cookie: slipway_session=stolen";

  test.each([
    ["/api/apps", { ...shop, name: split }, "name"],
    ["/api/apps", { ...shop, healthCheckPath: `/${split}` }, "healthCheckPath"],
    [
      "/api/apps",
      { ...shop, strategy: { type: "rolling", smokeCheck: { path: `/${split}`, expectStatus: 200 } } },
      "strategy.smokeCheck.path",
    ],
    ["/api/apps", { ...shop, branch: split }, "branch"],
    ["/api/apps", { ...shop, rootDir: split }, "rootDir"],
    ["/api/tokens", { name: split, role: "viewer" }, "name"],
    ["/api/deployments", { appId: 1, branch: split }, "branch"],
  ])("a line break is no part of what may become a header or an address: %s %j", async (path, body, field) => {
    expect(await ask(path, body)).toMatchObject({ status: 400, answer: { details: [{ field }] } });
  });

  test("the name of a downloaded log holds nothing that somebody sent, and nobody takes the log for a page", () => {
    expect(download("deployment-7.log")).toEqual({
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "Content-Type": "text/plain; charset=utf-8",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Content-Disposition": 'attachment; filename="deployment-7.log"',
      "X-Content-Type-Options": "nosniff",
    });
  });

  test("an answer is no page, kept by nobody, and framed by nobody; an answer of its own kind says so itself", () => {
    const cautious = {
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    };
    expect(json(200, {}).headers).toMatchObject(cautious);
    const { logger } = observed();
    expect(refusal(new ApiError("not_found"), "r", logger).headers).toMatchObject(cautious);
    const own = { "Content-Security-Policy": "default-src 'self'" };
    expect(json(200, {}, own).headers).toMatchObject({ ...cautious, ...own });
  });
});

describe("log injection", () => {
  const forged = 'ok"}\n{"level":"ERROR","message":"forged"}\r\n\u2028\u001b[2J';

  test("whatever people wrote, a function's log has one JSON object a line", () => {
    const printed: string[] = [];
    const { logger } = observed();
    const { write } = process.stdout;
    process.stdout.write = (text) => printed.push(String(text)) > 0;
    try {
      logger.info(`A deployment was requested by ${forged}`, { actor: forged, reason: forged, [forged]: forged });
    } finally {
      process.stdout.write = write;
    }
    expect(printed).toHaveLength(1);
    const [line = ""] = printed;
    expect(line).toMatch(/^\P{Cc}+\n$/u);
    expect(JSON.parse(line)).toMatchObject({ actor: forged, level: "INFO" });
  });

  test("whatever the reason of a cancellation, it is one line of the deployment's log", async () => {
    const deps = workerDeps();
    await deps.deployments.create(someDeployment({ id: 7, outbox: [{ type: "write_line", number: 1, line: forged }] }));
    await work(deps, { type: "deployment", deployment_id: 7, event: { type: "woken" } });
    const { lines } = await deps.log.read(7, 0, 10);
    expect(lines.map(({ line }) => line)).toEqual(['ok"} {"level":"ERROR","message":"forged"}\n']);
  });
});

describe("names that mean something to JavaScript", () => {
  test.each([
    '{"__proto__":{"role":"admin"}}',
    '{"appId":1,"reason":{"constructor":{"prototype":{"x":1}}}}',
    '{"env":{"__proto__":"x"}}',
  ])("are refused wherever they stand: %s", async (body) => {
    for (const path of ["/api/apps", "/api/deployments", "/api/auth/login"]) {
      expect(await ask(path, body)).toMatchObject({ status: 400, answer: { code: "invalid_request" } });
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).role).toBeUndefined();
  });

  test("are no route, no role and no error's text", async () => {
    for (const path of ["/api/apps/__proto__", "/api/constructor", "/api/apps/1/toString"]) {
      expect(await ask(path, "", { method: "GET" })).toMatchObject({ status: 404 });
    }
  });
});

describe("bodies and headers that are too much", () => {
  test("JSON that is nested as deep as fits is refused, and nothing breaks", async () => {
    for (const body of ["[".repeat(65_000), `${"[".repeat(32_000)}${"]".repeat(32_000)}`, '{"a":'.repeat(10_000)]) {
      expect(await ask("/api/apps", body)).toMatchObject({ status: 400 });
    }
  });

  test("a body of more than 64 KB is refused before it is parsed, counted in bytes", async () => {
    expect(await ask("/api/apps", `"${"é".repeat(33_000)}"`)).toMatchObject({ status: 413 });
  });

  test("a header as large as it likes changes nothing but its own fate", async () => {
    const large = "k".repeat(1024 * 1024);
    expect(await ask("/api/deployments", { appId: 1 }, { headers: { cookie: large } })).toMatchObject({ status: 201 });
    const keyed = await ask("/api/deployments", { appId: 1 }, { headers: { "idempotency-key": large } });
    expect(keyed).toMatchObject({ status: 400 });
  });
});

describe("a text made to keep a pattern busy", () => {
  /** The least of a few runs, in milliseconds of this process alone: a busy machine adds nothing to them. */
  const least = (run: () => void): number =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const begun = process.cpuUsage();
        run();
        return process.cpuUsage(begun).user / 1000;
      }),
    );
  const redact = redactor(["a-secret-of-the-app"]);
  const patterns: readonly (readonly [string, (text: string) => unknown])[] = [
    ["redaction", redact],
    ["control sequences", colouredText],
    ["what git said", gitTrouble],
    ["a cookie", (cookie) => sessionIn({ cookie })],
  ];
  const texts = [
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN A",
    "://a:",
    "://:::::::::::::::",
    "eyJaaaaaaaa.",
    "eyJaaaaaaaa.eyJ",
    "authorization: bearer ",
    "aws_secret_access_key        ",
    "ghp_",
    "\u001b]",
    "\u001b[0;",
    "\u001b[ !",
    "; ",
    ";slipway_session=",
    " ",
  ];

  test.each(patterns)("%s takes time in proportion to the text", (_name, run) => {
    for (const text of texts) {
      const [short, long] = [
        text.repeat(Math.ceil(16_000 / text.length)),
        text.repeat(Math.ceil(128_000 / text.length)),
      ];
      run(short);
      // Eight times the text; were it quadratic, sixty-four times the time.
      expect({ text, slow: least(() => run(long)) > 30 * least(() => run(short)) + 5 }).toEqual({ text, slow: false });
    }
  });
});

test("hashes of what somebody sends have one length, so that no key of a table can be made too long", () => {
  expect(hash("x".repeat(1e6))).toHaveLength(64);
});
