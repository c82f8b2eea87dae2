import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, reaches, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Received, type Receiver, receiver } from "../support/receiver.ts";

const secret = "a-secret-that-signs-things";
const email = { type: "email", to: "ada@example.com" };

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let there: Receiver;
let appId: number;
/** One that waited for approval and then succeeded, and one that failed. */
let succeeded: number;
let failed: number;

const hook = (path: string, more: Readonly<Record<string, unknown>> = {}) => ({
  type: "webhook",
  url: `${there.url}${path}`,
  secret,
  ...more,
});
const payload = ({ body }: Received) => JSON.parse(body);
const accepted = (all: readonly Received[]) => all.filter(({ status }) => status === 200);
const endpointsOf = async (id: number) => (await api.get(`/api/apps/${id}`)).body.data.notifications;
const patch = (id: number, notifications: unknown) => api.call("PATCH", `/api/apps/${id}`, { notifications });
const newApp = async (name: string, notifications: readonly unknown[]) => {
  const answer = await api.post("/api/apps", { name, repoUrl: "https://git.example.com/x.git", notifications });
  expect(answer.status).toBe(201);
  return answer.body.data;
};

beforeAll(async () => {
  [local, there] = await Promise.all([startLocalMode(), receiver()]);
  api = apiAt(local.url);
  there.answer("/flaky", (nth) => ({ status: nth <= 2 ? 500 : 200 }));
  there.answer("/dead", () => null);
  there.answer("/limited", (nth) => (nth === 1 ? { status: 429, headers: { "Retry-After": "4" } } : { status: 200 }));
  const shop = await registerApp(api, healthyApp("one"), {
    name: "shop",
    healthCheckPath: "/healthz",
    approval: "required",
    notifications: [
      hook("/dead"),
      hook("/hook"),
      hook("/flaky"),
      { type: "slack", url: `${there.url}/slack` },
      { type: "discord", url: `${there.url}/limited`, events: ["failed"] },
      email,
    ],
  });
  appId = shop.id;
  succeeded = await deploy(api, appId);
  await reaches(api, succeeded, ["awaiting_approval"]);
  await there.at("/hook", 1);
  await api.post(`/api/deployments/${succeeded}/approve`);
  await ends(api, succeeded);
  shop.repository.commit({ Dockerfile: "FROM node:24-alpine\nRUN exit 7\n" }, "Break it");
  failed = await deploy(api, appId);
  await ends(api, failed);
});

afterAll(async () => {
  await local?.stop();
  await there?.close();
  removeDirectory(local.data);
});

describe("a deployment", () => {
  test("is sent to a webhook, signed, with links to see and approve it", async () => {
    const all = await there.at("/hook", 3);
    const waiting = all.find((one) => payload(one).event === "awaiting_approval");
    expect(waiting && payload(waiting)).toMatchObject({
      type: "deployment",
      summary: `shop: deployment ${succeeded} is waiting for approval`,
      link: `${local.url}/deployments/${succeeded}`,
      data: { id: succeeded, app_id: appId, app_name: "shop", stage: "awaiting_approval", actor: "local" },
    });
    const broken = all.find((one) => payload(one).event === "failed");
    expect(broken && payload(broken)).toMatchObject({
      data: {
        commit_message: "Break it",
        exit_code: 7,
        failed_stage: "building",
        error_message: expect.stringContaining("exit code 7"),
      },
    });
    for (const { headers, body } of all) {
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      expect(headers).toMatchObject({
        "x-slipway-signature-256": `sha256=${signature}`,
        "x-slipway-delivery": payload({ body } as Received).delivery,
      });
    }
  });

  test("is sent once for each event, also where the receiver failed at first", async () => {
    const expected = [`${failed} failed`, `${succeeded} awaiting_approval`, `${succeeded} success`].toSorted();
    for (const path of ["/hook", "/flaky"]) {
      await eventually(
        `three that were accepted at ${path}`,
        async () => accepted(await there.at(path, 1)).length >= 3 || undefined,
        180,
      );
      const events = accepted(await there.at(path)).map((one) => `${payload(one).data.id} ${payload(one).event}`);
      expect(events.toSorted()).toEqual(expected);
    }
    const flaky = await there.at("/flaky");
    const first = flaky.find(({ status }) => status === 500);
    const again = flaky.filter(({ headers }) => headers["x-slipway-delivery"] === first?.headers["x-slipway-delivery"]);
    expect(again.length).toBeGreaterThanOrEqual(2);
    expect(new Set(again.map(({ body }) => body)).size).toBe(1);
  });

  test("is sent to the others while one endpoint does not answer", async () => {
    const [dead] = await there.at("/dead");
    const same = (await there.at("/hook")).find((one) => dead && payload(one).data.stage === payload(dead).data.stage);
    // Who does not answer is waited for for ten seconds.
    expect(Math.abs((same?.at ?? 0) - (dead?.at ?? Number.NaN))).toBeLessThan(8_000);
  });

  test("is sent in Slack's own shape, and to Discord when its pause is over", async () => {
    const [slack] = await there.at("/slack", 3);
    expect(slack && payload(slack)).toMatchObject({
      text: expect.stringContaining("shop: deployment"),
      blocks: expect.any(Array),
    });
    const [refused, later] = await there.at("/limited", 2);
    expect((later?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(4_000);
    expect(later && payload(later)).toMatchObject({
      embeds: [{ title: `shop: deployment ${failed} failed in building` }],
    });
    expect((await endpointsOf(appId))[4]).toMatchObject({ failing_since: null });
  });

  test("is mailed: a file, and a line at the terminal", async () => {
    const line = `Mail to ada@example.com: shop: deployment ${failed} failed in building`;
    await eventually("a line at the terminal", () => local.output().includes(line) || undefined);
    const mails = readdirSync(join(local.data, "mail")).map((name) =>
      readFileSync(join(local.data, "mail", name), "utf8"),
    );
    expect(mails.find((text) => text.includes(`deployment ${failed} failed`))).toContain(
      `${local.url}/deployments/${failed}`,
    );
  });
});

test("an endpoint that fails is shown as failing, with why and since when, and as working after a success", async () => {
  const failing = await eventually("a failing endpoint", async () => {
    const [dead] = await endpointsOf(appId);
    return dead.failing_since === null ? undefined : dead;
  });
  expect(failing).toMatchObject({ last_error: "It did not respond in time.", last_sent_at: null });
  there.answer("/dead", () => ({ status: 200 }));
  const { body } = await api.post(`/api/apps/${appId}/notifications/test`);
  expect(body.data[0]).toEqual({
    id: failing.id,
    type: "webhook",
    host: failing.host,
    ok: true,
    answer: "It answered 200.",
  });
  // An attempt that was on its way then may still fail after that; the next one does not.
  const working = await eventually("an endpoint that works", async () => {
    const [one] = await endpointsOf(appId);
    return one.failing_since === null ? one : undefined;
  });
  expect(working).toMatchObject({ last_error: null, last_sent_at: expect.any(String) });
});

describe("a test of the endpoints", () => {
  test("goes to each of them, and says what each answered", async () => {
    there.answer("/broken", () => ({ status: 404 }));
    there.answer("/moved", () => ({ status: 302, headers: { Location: `${there.url}/secret` } }));
    const app = await newApp("tested", [hook("/tested"), hook("/broken"), hook("/moved"), email]);
    const { status, body } = await api.post(`/api/apps/${app.id}/notifications/test`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      data: [
        { ok: true, answer: "It answered 200." },
        { ok: false, answer: expect.stringContaining("404") },
        { ok: false, answer: expect.stringContaining("a redirect, which is not followed") },
        { ok: true, answer: "The mail was accepted." },
      ],
    });
    const [got] = await there.at("/tested");
    expect(got && payload(got)).toMatchObject({ type: "test", link: `${local.url}/apps/${app.id}` });
    expect(there.received.filter(({ path }) => path === "/secret")).toEqual([]);
  });

  test("is for those who deploy this app, from our own pages", async () => {
    const app = await newApp("guarded", [hook("/guarded")]);
    const path = `/api/apps/${app.id}/notifications/test`;
    const token = async (role: string, apps: readonly number[] | null) =>
      (await api.post("/api/tokens", { name: role, role, apps })).body.data.token;
    const as = async (role: string, apps: readonly number[] | null) =>
      (await apiAt(local.url, await token(role, apps)).post(path)).status;
    expect(await as("viewer", null)).toBe(403);
    expect(await as("deployer", [appId])).toBe(404);
    expect(await as("deployer", [app.id])).toBe(200);
    expect((await api.post(path, {}, { Origin: "https://evil.example" })).status).toBe(403);
    expect((await apiAt(local.url, "wrong").post(path)).status).toBe(401);
    expect(await api.get(path)).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
    expect((await api.post("/api/apps/99999/notifications/test")).status).toBe(404);
    expect(await there.at("/guarded")).toHaveLength(1);
  });

  test("in a session needs the value that only our own pages can read", async () => {
    const app = await newApp("by-cookie", [hook("/by-cookie")]);
    const { token } = (await api.post("/api/tokens", { name: "browser", role: "deployer" })).body.data;
    const { headers, body } = await api.post("/api/auth/login", { token });
    const Cookie = headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const path = `/api/apps/${app.id}/notifications/test`;
    expect(await api.post(path, {}, { Cookie })).toMatchObject({ status: 403, body: { code: "csrf_required" } });
    expect((await api.post(path, {}, { Cookie, "X-Slipway-CSRF": body.data.csrf })).status).toBe(200);
    expect(await there.at("/by-cookie")).toHaveLength(1);
  });
});

describe("the endpoints of an app", () => {
  test("are kept, changed, given another address, and removed by their ids", async () => {
    const app = await newApp("settings", [hook("/one"), hook("/two", { events: ["failed"] })]);
    const [one, two] = app.notifications;
    expect(one).toEqual({
      id: expect.any(String),
      type: "webhook",
      events: ["success", "failed", "awaiting_approval"],
      host: new URL(there.url).host,
      to: null,
      failing_since: null,
      last_error: null,
      last_sent_at: null,
    });
    const moved = await patch(app.id, [
      { id: two.id, type: "webhook", events: ["success"] },
      { id: one.id, type: "webhook", url: `${there.url}/three` },
      { type: "slack", url: `${there.url}/four` },
    ]);
    expect(moved.body.data.notifications).toMatchObject([
      { id: two.id, events: ["success"] },
      { id: one.id, events: one.events },
      { type: "slack" },
    ]);
    await api.post(`/api/apps/${app.id}/notifications/test`);
    const [got] = await there.at("/three");
    expect(got?.headers["x-slipway-signature-256"]).toBe(
      `sha256=${createHmac("sha256", secret)
        .update(got?.body ?? "")
        .digest("hex")}`,
    );
    expect(await there.at("/two")).toHaveLength(1);
    expect((await api.call("PATCH", `/api/apps/${app.id}`, { port: 4000 })).body.data.notifications).toHaveLength(3);
    expect((await patch(app.id, [])).body.data.notifications).toEqual([]);
    expect((await api.post(`/api/apps/${app.id}/notifications/test`)).body.data).toEqual([]);
  });

  test("show neither their addresses nor what signs, anywhere", async () => {
    const app = await newApp("silent", [hook("/T0PS3CR3T/path", { secret: "another-secret-of-mine" })]);
    await api.post(`/api/apps/${app.id}/notifications/test`);
    const shown = JSON.stringify([await api.get("/api/apps"), await api.get(`/api/apps/${app.id}`), app]);
    const files = readdirSync(local.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const found = files
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => /T0PS3CR3T|another-secret-of-mine/.test(readFileSync(file, "latin1")));
    expect(shown).not.toMatch(/T0PS3CR3T|another-secret-of-mine/);
    expect(found).toEqual([]);
  });

  test.each<[string, unknown, string, RegExp]>([
    ["a private address", { type: "slack", url: "https://10.0.0.7/hook" }, "0.url", /public address/],
    ["a metadata service", { type: "slack", url: "https://169.254.169.254/latest" }, "0.url", /public address/],
    ["plain HTTP", { type: "slack", url: "http://hooks.example.com/" }, "0.url", /https/],
    [
      "credentials in the address",
      { type: "slack", url: "https://a:b@hooks.example.com/" },
      "0.url",
      /without a user name/,
    ],
    ["no address", { type: "discord" }, "0.url", /must be given/],
    ["nothing that signs", { type: "webhook", url: "https://hooks.example.com/" }, "0.secret", /must be given/],
    [
      "a short secret",
      { type: "webhook", url: "https://hooks.example.com/", secret: "short" },
      "0.secret",
      /16 characters/,
    ],
    ["an unknown type", { type: "pager", url: "https://hooks.example.com/" }, "0.type", /./],
    ["an unknown stage", { ...email, events: ["exploded"] }, "0.events.0", /./],
    ["no stage at all", { ...email, events: [] }, "0.events", /./],
    ["no e-mail address", { type: "email", to: "ada" }, "0.to", /e-mail address/],
    ["somebody else's id", { ...email, id: "nobody" }, "0.id", /no endpoint of this app/],
  ])("are refused in words with %s", async (_what, endpoint, field, words) => {
    const answer = await api.call("PATCH", `/api/apps/${appId}`, { notifications: [endpoint] });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    const details: { field: string; message: string }[] = answer.body.details;
    expect(details.find((one) => one.field === `notifications.${field}`)?.message).toMatch(words);
  });

  test("are refused at the control plane's own address, which would take them for an admin", async () => {
    const answer = await patch(appId, [{ type: "slack", url: `${local.url}/api/apps/${appId}/unpin` }]);
    expect(answer).toMatchObject({
      status: 400,
      body: { details: [{ message: "must not be Slipway's own address" }] },
    });
  });
});
