import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

const admin = "a-token-of-the-operators-own-choice";
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let id: number;
let appId: number;

beforeAll(async () => {
  local = await startLocalMode({
    args: ["--auth", "required", "--allow-origin", "https://admin.example.com"],
    env: { SLIPWAY_ADMIN_TOKEN: admin },
  });
  api = apiAt(local.url, admin);
  ({ id: appId } = await registerApp(api, healthyApp(), { name: "guarded", healthCheckPath: "/healthz" }));
  id = await deploy(api, appId);
  await ends(api, id);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const tokenFor = async (role: string, apps: number[] | null): Promise<string> =>
  (await api.post("/api/tokens", { name: role, role, apps })).body.data.token;

describe("where a token is required", () => {
  test("nobody gets in without one, or with a wrong one, over REST or a socket", async () => {
    expect(await apiAt(local.url).get("/api/apps")).toMatchObject({
      status: 401,
      body: { success: false, code: "unauthorized", details: [] },
    });
    expect((await apiAt(local.url, "wrong").get("/api/apps")).status).toBe(401);
    await expect(view(local.url, `id=${id}`)).rejects.toThrow("HTTP 401");
    await expect(view(local.url, `id=${id}`, bearer("wrong"))).rejects.toThrow("HTTP 401");
  });

  test("a token opens sockets to what its holder may see, and to nothing else", async () => {
    const viewer = await view(local.url, `id=${id}`, bearer(admin));
    await viewer.finished();
    viewer.cut();
    const stranger = await tokenFor("viewer", [appId + 1]);
    await expect(view(local.url, `id=${id}`, bearer(stranger))).rejects.toThrow("HTTP 404");
    await expect(view(local.url, "id=999", bearer(admin))).rejects.toThrow("HTTP 404");
    await expect(view(local.url, `id=${id}&after=-1`, bearer(admin))).rejects.toThrow("HTTP 400");
  });

  test("what somebody may not see is to them not there; what they may only look at is forbidden", async () => {
    const stranger = apiAt(local.url, await tokenFor("admin", [appId + 1]));
    expect((await stranger.get(`/api/deployments/${id}`)).status).toBe(404);
    expect((await stranger.get("/api/deployments")).body.data).toEqual([]);
    const viewer = apiAt(local.url, await tokenFor("viewer", null));
    expect((await viewer.get(`/api/deployments/${id}`)).status).toBe(200);
    expect(await viewer.post("/api/deployments", { appId })).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
  });

  test("a ticket opens one socket to its deployment, once, and nothing of the REST API", async () => {
    const { ticket } = (await api.post("/api/tickets", { deploymentId: id })).body.data;
    expect((await apiAt(local.url, ticket).get("/api/apps")).status).toBe(401);
    const viewer = await view(local.url, `id=${id}&ticket=${ticket}`);
    await viewer.finished();
    viewer.cut();
    await expect(view(local.url, `id=${id}&ticket=${ticket}`)).rejects.toThrow("HTTP 401");
    const other = (await api.post("/api/tickets", { deploymentId: id })).body.data.ticket;
    await expect(view(local.url, `id=${id + 1}&ticket=${other}`)).rejects.toThrow("HTTP 404");
  });

  test("a revoked token is one no more", async () => {
    const made = (await api.post("/api/tokens", { name: "short", role: "viewer" })).body.data;
    expect((await apiAt(local.url, made.token).get("/api/auth/me")).body.data).toEqual({
      id: `token#${made.id}`,
      name: "short",
      role: "viewer",
      apps: null,
      csrf: null,
    });
    expect((await api.call("DELETE", `/api/tokens/${made.id}`)).status).toBe(200);
    expect((await apiAt(local.url, made.token).get("/api/auth/me")).status).toBe(401);
  });
});

describe("pages of other origins", () => {
  const from = (origin: string) => api.call("GET", "/api/apps", undefined, { Origin: origin });

  test("are refused over REST and over sockets, deployed apps too", async () => {
    for (const origin of ["https://evil.example", "http://guarded.localhost:8080", "http://localhost:1", "null"]) {
      expect(await from(origin)).toMatchObject({ status: 403, body: { success: false, code: "foreign_origin" } });
      const headers = { ...bearer(admin).headers, Origin: origin };
      await expect(view(local.url, `id=${id}`, { headers })).rejects.toThrow("HTTP 403");
    }
  });

  test("are let in if they are named, and CORS says so; the control plane's own is", async () => {
    const named = await from("https://admin.example.com");
    expect(named.status).toBe(200);
    expect(named.headers.get("access-control-allow-origin")).toBe("https://admin.example.com");
    expect((await from(local.url)).status).toBe(200);
    const preflight = await api.call("OPTIONS", "/api/deployments", undefined, { Origin: "https://admin.example.com" });
    expect(preflight.status).toBe(204);
  });
});
