import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient, type DeploymentSnapshot, watchDeployment } from "@slipway/monitor/client";
import { WebSocket } from "ws";
import { apiAt } from "../support/api.ts";
import { chattyApp, healthyApp } from "../support/apps.ts";
import { deploy, reaches, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Viewer, view } from "../support/viewer.ts";

const adminToken = "d".repeat(64);

let local: LocalMode;
let admin: ReturnType<typeof apiAt>;
let one: Awaited<ReturnType<typeof waiting>>;
let two: Awaited<ReturnType<typeof waiting>>;

/** An app, and a deployment of it that waits for an approval: its viewers' sockets are open and silent. */
async function waiting(name: string) {
  const { id } = await registerApp(admin, healthyApp(), { name, healthCheckPath: "/healthz", approval: "required" });
  const deployment = await deploy(admin, id);
  await reaches(admin, deployment, ["awaiting_approval"]);
  return { id, deployment };
}

beforeAll(async () => {
  local = await startLocalMode({ args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: adminToken } });
  admin = apiAt(local.url, adminToken);
  one = await waiting("one");
  two = await waiting("two");
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

async function tokenFor(change: Readonly<Record<string, unknown>> = {}): Promise<{ id: number; token: string }> {
  const answer = await admin.post("/api/tokens", { name: "reader", role: "viewer", ...change });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.data;
}
const revoke = async (id: number) => expect((await admin.call("DELETE", `/api/tokens/${id}`)).status).toBe(200);
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

/** A viewer who has seen how the deployment stands. */
async function watch(deployment: number, headers: Readonly<Record<string, string>>): Promise<Viewer> {
  const viewer = await view(local.url, `id=${deployment}`, { headers });
  await viewer.until("the first status", ({ type }) => type === "status");
  return viewer;
}

async function listen(token: string): Promise<{ closed: Promise<unknown>; isOpen: () => boolean; cut: () => void }> {
  const socket = new WebSocket(`${local.url.replace(/^http/, "ws")}/api/events`, bearer(token));
  const closed = new Promise((done) => socket.once("close", done));
  await new Promise((done, fail) => {
    socket.once("open", done);
    socket.once("error", fail);
  });
  return { closed, isOpen: () => socket.readyState === WebSocket.OPEN, cut: () => socket.terminate() };
}

/** Whether a viewer is still there: it is asked. */
async function answers(viewer: Viewer): Promise<void> {
  const before = viewer.events.filter(({ type }) => type === "pong").length;
  viewer.send('{"type":"ping"}');
  await eventually("a pong", () => viewer.events.filter(({ type }) => type === "pong").length > before || undefined);
}

/** Long enough for a machine that is busy with everything else; on a quiet one it takes less than a second. */
const within = (what: string, closing: Promise<unknown>): Promise<unknown> => {
  let isClosed = false;
  void closing.then(() => {
    isClosed = true;
  });
  return eventually(what, () => isClosed || undefined, 25);
};

describe("open sockets are closed within seconds, and opened no more", () => {
  test("when their token is revoked; those of others stay, and its tickets are worth nothing", async () => {
    const [mine, other] = [await tokenFor(), await tokenFor()];
    const holder = apiAt(local.url, mine.token);
    const ticket = async () => (await holder.post("/api/tickets", { deploymentId: one.deployment })).body.data.ticket;
    const [used, unused] = [await ticket(), await ticket()];
    const byTicket = await view(local.url, `id=${one.deployment}&ticket=${used}`);
    const viewer = await watch(one.deployment, bearer(mine.token).headers);
    const feed = await listen(mine.token);
    const stays = await watch(one.deployment, bearer(other.token).headers);
    const feedStays = await listen(other.token);
    await revoke(mine.id);
    await within("the viewer is closed", viewer.closed);
    await within("the viewer by ticket is closed", byTicket.closed);
    await within("the reader of the feed is closed", feed.closed);
    for (const query of [`id=${one.deployment}&ticket=${unused}`, `id=${one.deployment}`]) {
      await expect(view(local.url, query, query.includes("ticket") ? {} : bearer(mine.token))).rejects.toThrow(
        "HTTP 401",
      );
    }
    await answers(stays);
    expect(feedStays.isOpen()).toBe(true);
    stays.cut();
    feedStays.cut();
  });

  test("while the deployment prints: no line comes after, and a held answer ends, too", async () => {
    const app = await registerApp(admin, chattyApp(400, 10), { name: "chatty", healthCheckPath: "/healthz" });
    const deployment = await deploy(admin, app.id);
    const { id, token } = await tokenFor();
    const viewer = await watch(deployment, bearer(token).headers);
    await viewer.until("a line", ({ data }) => String(data.line).startsWith("line "));
    const holder = apiAt(local.url, token);
    const held = holder.get(`/api/deployments/${one.deployment}/logs?after=1000000&wait=20`);
    await revoke(id);
    await within("the viewer is closed", viewer.closed);
    expect(await held).toMatchObject({ status: 401, body: { code: "unauthorized" } });
    expect((await admin.get(`/api/deployments/${deployment}`)).body.data.stage).toBe("building");
    await reaches(admin, deployment, ["success"]);
    expect(viewer.lines().filter(({ line }) => line.startsWith("line ")).length).toBeLessThan(400);
  });

  test("when their session is logged out; those of the same token stay", async () => {
    const { token } = await tokenFor();
    const answer = await fetch(`${local.url}/api/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const cookie = String(answer.headers.get("set-cookie")).split(";", 1)[0] ?? "";
    const viewer = await watch(one.deployment, { Cookie: cookie });
    const stays = await watch(one.deployment, bearer(token).headers);
    await fetch(`${local.url}/api/auth/logout`, { method: "POST", headers: { Cookie: cookie } });
    await within("the viewer is closed", viewer.closed);
    await expect(view(local.url, `id=${one.deployment}`, { headers: { Cookie: cookie } })).rejects.toThrow("HTTP 401");
    await answers(stays);
    stays.cut();
  });

  test("when their token expires", async () => {
    const { token } = await tokenFor({ expiresAt: new Date(Date.now() + 15_000).toISOString() });
    const viewer = await watch(one.deployment, bearer(token).headers);
    const feed = await listen(token);
    await within("the viewer is closed", viewer.closed);
    await within("the reader of the feed is closed", feed.closed);
    await expect(view(local.url, `id=${one.deployment}`, bearer(token))).rejects.toThrow("HTTP 401");
  });

  test("when their app is deleted; those of another app stay", async () => {
    const { token } = await tokenFor({ apps: [one.id, two.id] });
    const viewer = await watch(two.deployment, bearer(token).headers);
    const stays = await watch(one.deployment, bearer(token).headers);
    expect((await admin.call("DELETE", `/api/apps/${two.id}`)).status).toBe(200);
    await within("the viewer is closed", viewer.closed);
    await answers(stays);
    stays.cut();
    // What happened stays readable to whoever may read it, by a socket as by REST.
    expect((await apiAt(local.url, token).get(`/api/deployments/${two.deployment}`)).status).toBe(200);
    const again = await watch(two.deployment, bearer(token).headers);
    again.cut();
  });
});

test("a client that watches asks why, says it in a sentence, and comes back no more", async () => {
  const { id, token } = await tokenFor();
  let attempts = 0;
  class CountedSocket extends globalThis.WebSocket {
    constructor(url: string | URL) {
      super(url);
      attempts++;
    }
  }
  const client = createClient({ baseUrl: local.url, token, WebSocket: CountedSocket });
  const store = watchDeployment(client, one.deployment);
  const stop = store.subscribe(() => {});
  const becomes = (connection: DeploymentSnapshot["connection"]) =>
    eventually(`it is ${connection}`, () => store.getSnapshot().connection === connection || undefined);
  await becomes("connected");
  await revoke(id);
  await becomes("refused");
  expect(store.getSnapshot().error).toMatchObject({ scope: "connection", code: "unauthorized" });
  expect(store.getSnapshot().error?.message).toMatch(/\w.*\.$/);
  expect(attempts).toBe(1);
  stop();
});
