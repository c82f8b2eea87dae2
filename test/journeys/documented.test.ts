// The API by nothing but its document: its examples are tried, and everything in it is asked what nobody would ask.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { curlOf } from "../../lib/api/openapi/page/curl.ts";
import { operationsIn, readOpenApi, type ShownOperation } from "../../lib/api/openapi/page/reading.ts";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import {
  bodies,
  type DocumentedOperation,
  isAllowed,
  oddHeaders,
  oddIds,
  operations,
  queryValues,
  rawBodies,
  refusedFields,
} from "../support/arbitrary-requests.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { asyncApi, openApi } from "../support/document.ts";
import { type FakeGitHub, fakeGitHub } from "../support/fake-github/server.ts";
import { type LocalMode, removeDirectory, startLocalMode, temporaryDirectory } from "../support/local-mode.ts";

const admin = "the-token-of-the-operator";
const nothing = temporaryDirectory();
let github: FakeGitHub;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  // Accounts that a token may be for are asked for at GitHub.
  github = await fakeGitHub(nothing);
  const env = { SLIPWAY_ADMIN_TOKEN: admin, SLIPWAY_GITHUB_URL: github.url, SLIPWAY_GITHUB_API_URL: github.apiUrl };
  local = await startLocalMode({ env });
  api = apiAt(local.url);
  // The examples are about app 1, and its deployment 1, which is live.
  const { id } = await registerApp(api, healthyApp(), { name: "first", healthCheckPath: "/healthz" });
  expect(id).toBe(1);
  await ends(api, await deploy(api, id));
});

afterAll(async () => {
  await local?.stop();
  await github?.close();
  for (const directory of [local.data, nothing]) removeDirectory(directory);
});

describe("the documents", () => {
  test("are served as they are checked in, to everybody", async () => {
    expect((await api.get("/api/openapi.json")).body).toEqual(openApi);
    expect((await api.get("/api/asyncapi.json")).body).toEqual(asyncApi);
    const wrongly = await api.call("GET", "/api/openapi.json", undefined, { Authorization: "Bearer wrong" });
    expect(wrongly.status).toBe(200);
  });

  test("are shown as a page under a policy that lets nothing run", async () => {
    const page = await api.get("/api/docs");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.body).toContain("<title>Slipway: API</title>");
  });
});

/** What `curl` would send, read from the line that the page shows. */
function asked(operation: ShownOperation) {
  const line = curlOf(operation).replaceAll("$SLIPWAY", "");
  const [, path = ""] = / "([^"]*)"$/.exec(line) ?? [];
  const [, body] = / -d '([^']*)'/.exec(line) ?? [];
  return { path, body };
}

/** Where the example of an operation is refused when the operations before it were tried: there is nothing to retry or approve. */
const refused: Readonly<Record<string, number>> = {
  retryDeployment: 409,
  approveDeployment: 409,
  rejectDeployment: 409,
  cancelDeployment: 409,
  unpinApp: 409,
  exchangeCode: 401,
  watchEvents: 400,
  receiveGitHubWebhook: 401,
  connectGitHub: 409,
  acceptInvite: 401,
  retryDomain: 409,
  // Its time is over.
  beginFreeze: 400,
  beginGitHubSignIn: 409,
};

test("every example of the document does what it says", async () => {
  const last = ["deleteApp", "revokeToken"];
  const all = operationsIn(readOpenApi(openApi));
  const inOrder = [
    ...all.filter(({ operationId }) => !last.includes(operationId)),
    ...all.filter(({ operationId }) => last.includes(operationId)),
  ];
  const said: Record<string, number> = {};
  for (const operation of inOrder) {
    const { path, body } = asked(operation);
    // Token 1 is the operator's own, of which the others were made.
    const target = operation.operationId === "revokeToken" ? path.replace("/1", "/2") : path;
    said[operation.operationId] = (await api.call(operation.method, target, body)).status;
  }
  const first = ({ responses }: ShownOperation) =>
    Object.keys(responses)
      .map(Number)
      .filter((status) => status < 400);
  const expected = all.map((operation) => [
    operation.operationId,
    refused[operation.operationId] ?? first(operation).at(operation.operationId === "showBadge" ? 0 : -1),
  ]);
  expect(said).toEqual(Object.fromEntries(expected));
});

describe("whatever is sent, what comes back is documented, and no failure of ours", () => {
  /** An app whose deployments fail at once, and one of them. */
  let app: number;
  let deployment: number;
  const runs = { numRuns: 6 };

  beforeAll(async () => {
    const absent = `${temporaryDirectory()}/absent`;
    app = (await api.post("/api/apps", { name: "absent", repoUrl: absent })).body.data.id;
    deployment = await deploy(api, app);
    await ends(api, deployment);
  });

  const at = ({ path, method }: DocumentedOperation, id?: string): string => {
    const own = method === "DELETE" ? "999" : path.includes("/deployments/") ? deployment : app;
    return path.replace("{id}", id ?? String(own));
  };
  /** Sends it, and says so if it fails on our side; that it is documented, `api` looks after. */
  const send = async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await api.call(method, path, body, headers);
    if (answer.body?.code !== "not_implemented") expect(answer.status).toBeLessThan(500);
    return answer;
  };
  const name = ({ method, path }: DocumentedOperation) => `${method} ${path}`;
  const each = (some: readonly DocumentedOperation[]) => some.map((operation) => [name(operation), operation] as const);
  /** Who signs in or deploys too often is asked to wait, which is documented and says nothing of the body. */
  const isLimited = ({ status }: { status: number }) => status === 429;

  test.each(each(operations.filter(({ body }) => body !== null)))("%s: bodies", async (_name, operation) => {
    const check = async (body: unknown) => {
      const answer = await send(operation.method, at(operation), JSON.stringify(body));
      const fields = refusedFields(operation, JSON.parse(JSON.stringify(body)));
      if (fields.size === 0 || isLimited(answer)) return;
      expect({ body, status: answer.status, code: answer.body.code }).toEqual({
        body,
        status: 400,
        code: "invalid_request",
      });
      const details: readonly { field: string; message: string }[] = answer.body.details;
      // Such a name is refused before anything else is looked at.
      if (details.some(({ message }) => message === "is a reserved name")) return;
      const named = details.map(({ field }) => field);
      const missing = [...fields].filter((field) => !named.some((one) => one === field || one.startsWith(`${field}.`)));
      expect({ body, missing }).toEqual({ body, missing: [] });
    };
    await fc.assert(fc.asyncProperty(bodies(operation.body), check), { numRuns: 15 });
  });

  test.each(each(operations.filter(({ method }) => method !== "GET")))(
    "%s: what is no body",
    async (_name, operation) => {
      await fc.assert(
        fc.asyncProperty(rawBodies, async (body) => void (await send(operation.method, at(operation, "999"), body))),
        runs,
      );
    },
  );

  const queried = operations.filter(({ parameters }) => parameters.some((one) => one.in === "query"));
  test.each(each(queried))("%s: queries", async (_name, operation) => {
    const parameters = operation.parameters.filter((one) => one.in === "query");
    const needed = parameters.filter(({ required }) => required).map(({ name: own }) => [own, String(deployment)]);
    const query = fc
      .dictionary(fc.constantFrom(...parameters.map(({ name: own }) => own)), fc.constant(null))
      .chain((chosen) =>
        fc.record(
          Object.fromEntries(
            parameters.filter(({ name: own }) => own in chosen).map((one) => [one.name, queryValues(one)]),
          ),
        ),
      );
    const check = async (chosen: Readonly<Record<string, string>>) => {
      const all = Object.entries<string>({ ...chosen, ...Object.fromEntries(needed) });
      // No URL can hold half a surrogate pair.
      const given = Object.fromEntries(all.map(([key, value]) => [key, value.toWellFormed()]));
      const answer = await send(operation.method, `${at(operation)}?${new URLSearchParams(given)}`);
      const wrong = Object.keys(given).filter((own) => isAllowed(operation, own, given[own] ?? "") === false);
      if (wrong.length === 0) return;
      const named = answer.body.details?.map(({ field }: { field: string }) => field);
      expect({ given, status: answer.status, named }).toEqual({
        given,
        status: 400,
        named: expect.arrayContaining(wrong),
      });
    };
    await fc.assert(fc.asyncProperty(query, check), { numRuns: 10 });
  });

  test.each(each(operations.filter(({ path }) => path.includes("{id}"))))("%s: ids", async (_name, operation) => {
    const check = async (id: string) => {
      const { status } = await send(operation.method, at(operation, encodeURIComponent(id.toWellFormed())));
      expect([404, 405]).toContain(status);
    };
    await fc.assert(
      fc.asyncProperty(
        oddIds.filter((id) => id !== "" && id !== "." && id !== ".."),
        check,
      ),
      runs,
    );
  });

  test.each(each(operations))("%s: headers", async (_name, operation) => {
    const body = operation.method === "GET" ? undefined : {};
    const check = async (headers: Readonly<Record<string, string>>) => {
      const { status } = await send(operation.method, at(operation, "999"), body, headers);
      if (operation.role !== undefined && headers.Authorization !== undefined) expect(status).toBe(401);
    };
    await fc.assert(fc.asyncProperty(oddHeaders, check), { numRuns: 3 });
  });

  test.each(Object.keys(openApi.paths))("%s: methods", async (path) => {
    const taken = operations.filter((one) => one.path === path).map(({ method }) => method);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].filter((one) => !taken.includes(one))) {
      const answer = await send(method, path.replace("{id}", "1"));
      expect({ method, status: answer.status }).toEqual({ method, status: 405 });
      expect(answer.headers.get("allow")?.split(", ").toSorted()).toEqual(taken.toSorted());
    }
  });
});
