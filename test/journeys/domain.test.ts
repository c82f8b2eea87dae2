import { statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { overTls } from "../support/over-tls.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let ask: ReturnType<typeof overTls>;
const args = ["--domain", "apps.localhost", "--https-port", "0", "--minute", "6s"];

beforeAll(async () => {
  local = await startLocalMode({ args });
  api = apiAt(local.url);
  ask = overTls(local);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

/** Answers with how it was reached. */
const mirror = {
  Dockerfile: 'FROM node:24-alpine\nCOPY . .\nCMD ["node", "server.mjs"]\n',
  "server.mjs": `
import { createServer } from "node:http";
const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
};

const urlOf = async (id: number): Promise<string> => (await api.get(`/api/apps/${id}`)).body.data.url;
const nameOf = (url: string): string => new URL(url).hostname;

/** What the local mode answers at its plain port to a request for this host. */
function askPlain(host: string): Promise<{ status: number | undefined; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(local.url);
    const asked = request({ hostname, port, path: "/a?b=c", headers: { host: `${host}:${port}` } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, location: answer.headers.location });
    });
    asked.once("error", reject);
    asked.end();
  });
}

describe("with a domain", () => {
  test.concurrent("an app answers at its name over TLS, and knows how it was reached", async () => {
    const app = await registerApp(api, mirror, { name: "mirror" });
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    const url = await urlOf(app.id);
    expect(url).toMatch(/^https:\/\/mirror\.apps\.localhost:\d+$/);
    const { status, body } = await ask("mirror.apps.localhost", { headers: { "x-forwarded-for": "192.0.2.7" } });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      host: new URL(url).host,
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-forwarded-for": "192.0.2.7, 127.0.0.1",
    });
    expect((await api.get(`/api/apps/${app.id}`)).body.data.warnings).toEqual([]);
    expect(await ask("nobody.apps.localhost")).toMatchObject({ status: 404 });
    expect(await askPlain("mirror.apps.localhost")).toEqual({ status: 301, location: `${url}/a?b=c` });
  });

  test.concurrent("a smoke check asks the new version by the app's name before it gets traffic", async () => {
    const strategy = { type: "blue_green", bakeMinutes: 0, smokeCheck: { path: "/", expectStatus: 200 } };
    const app = await registerApp(api, healthyApp("one"), { name: "checked", healthCheckPath: "/healthz", strategy });
    for (const version of ["one", "two"]) {
      app.repository.commit(healthyApp(version), `Version ${version}`);
      expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
      expect(await ask("checked.apps.localhost")).toMatchObject({ status: 200, body: version });
    }
  });

  test.concurrent("a change of name takes effect with the next release, and nobody misses the app meanwhile", async () => {
    const app = await registerApp(api, healthyApp("one"), { name: "before", healthCheckPath: "/healthz" });
    await ends(api, await deploy(api, app.id));
    const wrong: unknown[] = [];
    let isOver = false;
    let isRenamed = false;
    const visitor = (async () => {
      while (!isOver) {
        const host = isRenamed ? "after.apps.localhost" : nameOf(await urlOf(app.id));
        const answer = await ask(host);
        // The app may get its new name between the two questions.
        if (answer.status !== 200 && nameOf(await urlOf(app.id)) === host) wrong.push([host, answer]);
        isRenamed = nameOf(await urlOf(app.id)) === "after.apps.localhost";
      }
    })();
    await api.call("PATCH", `/api/apps/${app.id}`, { name: "after" });
    expect(nameOf(await urlOf(app.id))).toBe("before.apps.localhost");
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    await eventually("the new name", () => (isRenamed ? true : undefined));
    isOver = true;
    await visitor;
    expect(wrong).toEqual([]);
    expect(await ask("after.apps.localhost")).toMatchObject({ status: 200, body: "one" });
    // The old name leads to the new one, and is nobody else's meanwhile.
    const location = `${await urlOf(app.id)}/a?b=c`;
    await eventually("a redirect", async () => {
      const answer = await ask("before.apps.localhost", { path: "/a?b=c" });
      return answer.status === 301 && answer.location === location ? true : undefined;
    });
    const shown = (await api.get(`/api/apps/${app.id}`)).body.data;
    expect(shown.former_names).toEqual([{ name: "before", until: expect.any(String) }]);
    const claim = await api.post("/api/apps", { name: "before", repoUrl: app.repository.path });
    expect(claim).toMatchObject({ status: 409, body: { code: "name_taken" } });
  });

  test.concurrent("an app answers at its own domain once that has a certificate, and no more when it is removed", async () => {
    const app = await registerApp(api, healthyApp("own"), { name: "owner", healthCheckPath: "/healthz" });
    const change = async (domains: readonly string[]) =>
      (await api.call("PATCH", `/api/apps/${app.id}`, { domains })).status;
    const stateOf = async (name: string) => {
      const { domains } = (await api.get(`/api/apps/${app.id}`)).body.data;
      return domains.find((domain: { name: string }) => domain.name === name);
    };
    expect(await change(["shop.example.com", "never.test", "refused.invalid"])).toBe(200);
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    await eventually("an answer", () =>
      ask("shop.example.com").then(
        ({ status, body }) => (status === 200 && body === "own" ? true : undefined),
        () => undefined,
      ),
    );
    expect(await stateOf("shop.example.com")).toMatchObject({
      state: "issued",
      reason: null,
      records: [
        { type: "CNAME", name: expect.stringMatching(/^_[0-9a-f]+\.shop\.example\.com\.$/) },
        { type: "CNAME", name: "shop.example.com.", value: "127.0.0.1." },
      ],
    });
    expect(await stateOf("never.test")).toMatchObject({ state: "pending_validation", reason: null });
    expect(await stateOf("refused.invalid")).toMatchObject({
      state: "failed",
      reason: "AWS refused the certificate: DOMAIN_NOT_ALLOWED.",
    });
    // Releases and renames leave it where it is.
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    expect(await ask("shop.example.com")).toMatchObject({ status: 200, body: "own" });
    const other = await registerApp(api, healthyApp("two"), { name: "other", healthCheckPath: "/healthz" });
    const claim = await api.call("PATCH", `/api/apps/${other.id}`, { domains: ["SHOP.example.com"] });
    expect(claim).toMatchObject({ status: 409, body: { code: "domain_taken" } });
    expect(await change([])).toBe(200);
    // Without its certificate the handshake fails.
    await eventually("no certificate", () =>
      ask("shop.example.com").then(
        () => undefined,
        (error: unknown) =>
          String(error).includes("ERR_TLS_CERT_ALTNAME_INVALID") || String(error).includes("altnames")
            ? true
            : undefined,
      ),
    );
  });

  test.concurrent("a deleted app leaves nothing at its name", async () => {
    const app = await registerApp(api, healthyApp("one"), { name: "gone", healthCheckPath: "/healthz" });
    await ends(api, await deploy(api, app.id));
    expect(await ask("gone.apps.localhost")).toMatchObject({ status: 200 });
    await api.call("DELETE", `/api/apps/${app.id}`);
    await eventually("a 404", async () => ((await ask("gone.apps.localhost")).status === 404 ? true : undefined));
  });
});

test("after a kill the apps are there again, under the same certificate authority", async () => {
  const authority = join(local.data, "acm/ca-key.pem");
  const before = statSync(authority);
  expect(before.mode & 0o777).toBe(0o600);
  const app = await registerApp(api, healthyApp("kept"), { name: "kept", healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  await local.kill();
  local = await startLocalMode({ args, data: local.data });
  api = apiAt(local.url);
  const again = overTls(local);
  await eventually("the app", async () => ((await again("kept.apps.localhost")).body === "kept" ? true : undefined));
  expect(statSync(authority).mtimeMs).toBe(before.mtimeMs);
});
