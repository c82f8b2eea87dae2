import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

/** A GET as it stands: `fetch` would not send another `Host`. */
function get(url: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const asked = request(url, { headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => done({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", fail);
    asked.end();
  });
}

const refused = expect.stringMatching(/^HTTP (401|403)$/);
const handshake = (local: LocalMode, query: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  view(local.url, query, { headers }).then(
    (viewer) => {
      viewer.cut();
      return "open";
    },
    (error: Error) => error.message,
  );

describe("on the own machine", () => {
  let local: LocalMode;
  let api: ReturnType<typeof apiAt>;
  let ids: readonly [number, number];

  beforeAll(async () => {
    local = await startLocalMode({ args: ["--allow-origin", "https://admin.example.com"] });
    api = apiAt(local.url);
    const app = await registerApp(api, healthyApp(), { name: "shop" });
    ids = [await deploy(api, app.id), await deploy(api, app.id)];
  }, 120_000);

  afterAll(async () => {
    await local.stop();
    removeDirectory(local.data);
  });

  const port = () => new URL(local.url).port;
  const foreign: readonly [string, () => Record<string, string>][] = [
    ["an app's page by its origin", () => ({ origin: `http://shop.localhost:${port()}` })],
    ["another port's page", () => ({ origin: "http://localhost:1" })],
    ["another site's page", () => ({ origin: "https://evil.example" })],
    ["a page without an origin of its own", () => ({ origin: "null" })],
    ["the own name under another scheme", () => ({ origin: `ftp://localhost:${port()}` })],
    ["a name that was rebound to this machine", () => ({ host: `evil.example:${port()}` })],
    [
      "a rebound name, its own origin with it",
      () => ({ host: `evil.example:${port()}`, origin: `http://evil.example:${port()}` }),
    ],
    [
      "a rebound name that says it came through the distribution",
      () => ({ host: `evil.example:${port()}`, "x-slipway-host": `localhost:${port()}` }),
    ],
    ["the own name with another port", () => ({ host: "localhost:1" })],
  ];

  test.each(foreign)("%s is refused by the API", async (_who, headers) => {
    const answer = await get(`${local.url}/api/apps`, headers());
    expect([401, 403]).toContain(answer.status);
    expect(JSON.parse(answer.body)).toMatchObject({ success: false, details: [], request_id: expect.any(String) });
  });

  test.each(foreign)("%s is refused a socket", async (_who, headers) => {
    expect(await handshake(local, `id=${ids[0]}`, headers())).toEqual(refused);
  });

  test("an app's own host name does not lead to the API", async () => {
    const answer = await get(`${local.url}/api/apps`, { host: `shop.localhost:${port()}` });
    expect(answer.status).not.toBe(200);
    expect(answer.body).not.toContain("repo_url");
  });

  test.each([
    ["the own origin", () => ({ origin: local.url })],
    ["the own origin by its address", () => ({ host: `127.0.0.1:${port()}`, origin: `http://127.0.0.1:${port()}` })],
    ["an origin that was allowed", () => ({ origin: "https://admin.example.com" })],
    ["a program, without an origin", () => ({})],
  ])("%s is let in", async (_who, headers) => {
    expect((await get(`${local.url}/api/apps`, headers())).status).toBe(200);
    expect(await handshake(local, `id=${ids[0]}`, headers())).toBe("open");
  });

  test.each([
    ["of a deployment that is absent", "id=999999", "HTTP 404"],
    ["with a malformed cursor", "id=1&after=x", "HTTP 400"],
    ["with a negative cursor", "id=1&after=-1", "HTTP 400"],
    ["without a deployment", "", "HTTP 400"],
  ])("a socket %s is refused with a reason", async (_what, query, answer) => {
    expect(await handshake(local, query)).toBe(answer);
  });

  test("who is asking: the machine's own admin", async () => {
    expect((await api.get("/api/auth/me")).body.data).toMatchObject({ name: "local", role: "admin", apps: null });
  });

  test("bad credentials are not forgiven", async () => {
    expect((await get(`${local.url}/api/apps`, { authorization: "Bearer nonsense" })).status).toBe(401);
    expect((await get(`${local.url}/api/apps`, { authorization: "Basic YTpi" })).status).toBe(401);
  });
});

describe("where credentials are required", () => {
  const token = "an-admin-token-of-my-own";
  let local: LocalMode;
  let api: ReturnType<typeof apiAt>;
  let ids: readonly [number, number];

  beforeAll(async () => {
    local = await startLocalMode({ args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: token } });
    api = apiAt(local.url, token);
    const app = await registerApp(api, healthyApp(), { name: "shop" });
    ids = [await deploy(api, app.id), await deploy(api, app.id)];
  }, 120_000);

  afterAll(async () => {
    await local.stop();
    removeDirectory(local.data);
  });

  const ticketFor = async (deploymentId: number): Promise<string> => {
    const answer = await api.post("/api/tickets", { deploymentId });
    expect(answer).toMatchObject({ status: 201, body: { success: true } });
    return answer.body.data.ticket;
  };

  test.each([
    ["no credentials", {}],
    ["a token nobody has", { authorization: "Bearer nonsense" }],
    ["an empty token", { authorization: "Bearer " }],
    ["credentials of another kind", { authorization: "Basic YTpi" }],
  ])("%s: 401 from the API and for a socket", async (_what, headers) => {
    const answer = await get(`${local.url}/api/apps`, headers);
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toEqual({
      success: false,
      error: expect.any(String),
      code: "unauthorized",
      request_id: expect.stringMatching(/./),
      details: [],
    });
    expect(await handshake(local, `id=${ids[0]}`, headers)).toBe("HTTP 401");
  });

  test("a token opens the API and a socket, and is nobody's secret in an answer", async () => {
    expect((await api.get("/api/auth/me")).body.data).toMatchObject({ role: "admin" });
    expect(await handshake(local, `id=${ids[0]}`, { authorization: `Bearer ${token}` })).toBe("open");
    expect(JSON.stringify((await api.get("/api/auth/me")).body)).not.toContain(token);
  });

  test("a token does not make a foreign page welcome", async () => {
    const headers = { authorization: `Bearer ${token}`, origin: "https://evil.example" };
    expect((await get(`${local.url}/api/apps`, headers)).status).toBe(403);
    expect(await handshake(local, `id=${ids[0]}`, headers)).toBe("HTTP 403");
  });

  test("health needs no credentials", async () => {
    expect((await get(`${local.url}/api/health`, {})).status).toBe(200);
  });

  test("a ticket opens one socket, as a browser does it, and no second", async () => {
    const ticket = await ticketFor(ids[0]);
    const viewer = await view(local.url, `id=${ids[0]}&ticket=${ticket}`, { headers: { origin: local.url } });
    await viewer.until("the first status", ({ type }) => type === "status");
    viewer.cut();
    expect(await handshake(local, `id=${ids[0]}&ticket=${ticket}`)).toBe("HTTP 401");
  });

  test("many who hold one ticket at the same moment: one is let in", async () => {
    const ticket = await ticketFor(ids[0]);
    const answers = await Promise.all([1, 2, 3, 4].map(() => handshake(local, `id=${ids[0]}&ticket=${ticket}`)));
    expect(answers.sort()).toEqual(["HTTP 401", "HTTP 401", "HTTP 401", "open"]);
  });

  test("a ticket is for its own deployment", async () => {
    const ticket = await ticketFor(ids[0]);
    expect(await handshake(local, `id=${ids[1]}&ticket=${ticket}`)).toBe("HTTP 404");
  });

  test("a ticket is of no use to the API", async () => {
    const ticket = await ticketFor(ids[0]);
    expect((await get(`${local.url}/api/apps?ticket=${ticket}`, {})).status).toBe(401);
    expect((await get(`${local.url}/api/apps`, { authorization: `Bearer ${ticket}` })).status).toBe(401);
    expect(await handshake(local, `id=${ids[0]}&ticket=${ticket}`)).toBe("open");
  });

  test("there is no ticket for a deployment that is absent", async () => {
    expect(await api.post("/api/tickets", { deploymentId: 999999 })).toMatchObject({
      status: 404,
      body: { code: "deployment_not_found" },
    });
  });
});
