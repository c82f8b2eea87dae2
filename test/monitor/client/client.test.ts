import { describe, expect, test } from "@jest/globals";
import { createClient, RequestError, UnreachableError } from "@slipway/monitor/client";
import { simulateClient, someDeployment } from "./simulated-client.ts";

const me = { name: "ada", role: "deployer", apps: null, csrf: "guard" };
const data = (value: unknown) => ({ body: { success: true, data: value } });

describe("a call", () => {
  test("that is refused throws what the server says: status, code, sentence, fields", async () => {
    const { client, answer } = simulateClient();
    const details = [{ field: "port", message: "must be a number" }];
    answer(() => ({
      status: 400,
      body: { success: false, error: "The request has invalid fields: port.", code: "invalid_request", details },
    }));
    const refused = await client.createApp({ port: "x" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RequestError);
    expect(refused).toMatchObject({
      status: 400,
      code: "invalid_request",
      message: "The request has invalid fields: port.",
      details,
    });
  });

  test("that comes too often says when it is worth asking again", async () => {
    const busy = (headers: Record<string, string>) =>
      createClient({ baseUrl: "http://localhost", fetch: async () => new Response("{}", { status: 429, headers }) });
    await expect(busy({ "Retry-After": "7" }).listApps()).rejects.toMatchObject({ status: 429, retryAfterSeconds: 7 });
    await expect(busy({}).listApps()).rejects.toMatchObject({ retryAfterSeconds: null });
  });

  test("that a proxy answers in HTML is reported by its status", async () => {
    const client = createClient({
      baseUrl: "http://localhost",
      fetch: async () => new Response("<html>Bad Gateway</html>", { status: 502 }),
    });
    await expect(client.health()).rejects.toMatchObject({ status: 502, code: "unknown", details: [] });
  });

  test("that nobody answers, or somebody who is not Slipway, is distinguished from a refusal", async () => {
    const { client, answer } = simulateClient();
    answer(() => "unreachable");
    await expect(client.listApps()).rejects.toBeInstanceOf(UnreachableError);
    const portal = createClient({
      baseUrl: "http://localhost",
      fetch: async () => new Response("<html>Please sign in to this network</html>"),
    });
    await expect(portal.listApps()).rejects.toBeInstanceOf(UnreachableError);
  });

  test("that is never answered is given up", async () => {
    const simulated = simulateClient();
    const hanging = createClient({
      ...simulated.client.environment,
      baseUrl: "http://localhost",
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted")))),
    });
    const call = expect(hanging.health()).rejects.toBeInstanceOf(UnreachableError);
    await simulated.pass(35_000);
    await call;
  });

  test("asks for what the query names, and for no more", async () => {
    const { client, answer, requests } = simulateClient();
    answer(() => ({ body: { success: true, data: [someDeployment()], next_cursor: "6" } }));
    const page = await client.listDeployments({ appId: 3, stage: undefined, cursor: "9" });
    expect(requests[0]?.path).toBe("/api/deployments?appId=3&cursor=9");
    expect(page).toMatchObject({ items: [{ id: 7 }], next: "6" });
  });

  test("to deploy carries its idempotency key, so that a repeated request is one deployment", async () => {
    const { client, requests } = simulateClient();
    await client.createDeployment({ appId: 1 }, "click-1");
    expect(requests[0]).toMatchObject({
      method: "POST",
      headers: { "Idempotency-Key": "click-1" },
      body: { appId: 1 },
    });
  });
});

describe("who is asking", () => {
  test("a token goes along with each call, asked for anew where somebody gives it", async () => {
    let given = 0;
    const simulated = simulateClient();
    const client = createClient({
      ...simulated.client.environment,
      baseUrl: "http://localhost",
      token: () => `t${++given}`,
    });
    await client.health();
    await client.health();
    expect(simulated.requests.map(({ headers }) => headers.Authorization)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  test("after signing in, writes repeat the session's CSRF value, and reads do not", async () => {
    const { client, answer, requests } = simulateClient();
    answer((_method, path) => data(path.startsWith("/api/auth") ? me : []));
    expect(await client.login("secret")).toEqual(me);
    await client.listApps();
    await client.unpinApp(1);
    expect(requests.map(({ headers }) => headers["X-Slipway-CSRF"])).toEqual([undefined, undefined, "guard"]);
  });

  test("a session from before learns its CSRF value at the first write, which is then repeated once", async () => {
    const { client, answer, requests } = simulateClient();
    let known = false;
    answer((_method, path) => {
      if (path === "/api/auth/me") known = true;
      if (path === "/api/auth/me") return data(me);
      return known ? data({}) : { status: 403, body: { success: false, error: "…", code: "csrf_required" } };
    });
    await client.unpinApp(1);
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/apps/1/unpin",
      "GET /api/auth/me",
      "POST /api/apps/1/unpin",
    ]);
    expect(requests[2]?.headers["X-Slipway-CSRF"]).toBe("guard");
  });

  test("a value that is still refused is not asked for again and again", async () => {
    const { client, answer, requests } = simulateClient();
    answer((_method, path) =>
      path === "/api/auth/me" ? data(me) : { status: 403, body: { success: false, error: "…", code: "csrf_required" } },
    );
    await expect(client.unpinApp(1)).rejects.toMatchObject({ code: "csrf_required" });
    expect(requests).toHaveLength(3);
  });
});
