import { existsSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ClientOptions, WebSocket } from "ws";
import { elsewhere, routes } from "../../lib/api/routes.ts";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode, temporaryDirectory } from "../support/local-mode.ts";

type Role = "viewer" | "deployer" | "admin";
const roles: readonly Role[] = ["viewer", "deployer", "admin"];
/** An app's own number, another's, and nobody's. */
type Subject = "own" | "other" | "absent";
const subjects: readonly Subject[] = ["own", "other", "absent"];

/** Who may ask the routes that other functions answer. A route without a rule here fails. */
const rules: Readonly<Record<string, Role | "its own credentials">> = {
  "GET /api/deployments/logs": "viewer",
  "GET /api/deployments/:id/logs": "viewer",
  "GET /api/apps/:id/logs": "viewer",
  "GET /api/runs/:id/logs": "viewer",
  "POST /api/apps/:id/notifications/test": "deployer",
  "POST /api/webhooks/github": "its own credentials",
  "POST /api/builds/claim": "its own credentials",
  "POST /api/builds/credentials": "its own credentials",
  "POST /api/builds/report": "its own credentials",
};

const admin = "a-token-of-the-operators-own-choice";
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let nobody: ReturnType<typeof apiAt>;
/** The number of an app of each kind, which is also that of its deployment. */
let ids: Readonly<Record<Subject, number>>;
const credentials = new Map<Role, { token: string; cookie: Record<string, string> }>();

beforeAll(async () => {
  local = await startLocalMode({ args: ["--auth", "required"], env: { SLIPWAY_ADMIN_TOKEN: admin } });
  api = apiAt(local.url, admin);
  nobody = apiAt(local.url);
  for (const name of ["own", "other"]) {
    // A deployment of it ends at once, which is all that is wanted of it here.
    const { id } = (await api.post("/api/apps", { name, repoUrl: `${temporaryDirectory()}/absent` })).body.data;
    expect(await deploy(api, id)).toBe(id);
  }
  ids = { own: 1, other: 2, absent: 99 };
  for (const role of roles) {
    const { token } = (await api.post("/api/tokens", { name: role, role, apps: [ids.own] })).body.data;
    const signedIn = await nobody.post("/api/auth/login", { token });
    const Cookie = (signedIn.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
    credentials.set(role, { token, cookie: { Cookie, "X-Slipway-CSRF": signedIn.body.data.csrf } });
  }
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local?.data ?? "");
});

/** How one may be known: by a token, or by a session that was made with it. */
const knownBy = (role: Role): Readonly<Record<string, string>>[] => {
  const { token = "", cookie = {} } = credentials.get(role) ?? {};
  return [{ Authorization: `Bearer ${token}` }, cookie];
};
const ticketOf = async (role: Role, body: unknown): Promise<string> =>
  (await apiAt(local.url, credentials.get(role)?.token).post("/api/tickets", body)).body.data?.ticket ?? "none";

const elsewhereNames = elsewhere.map(({ method, path }) => `${method} ${path}`);
const at = (name: string, subject: Subject): readonly [string, string] => {
  const [method = "", path = ""] = name.split(" ");
  const id = String(ids[subject]);
  return [method, path.includes(":id") ? path.replace(":id", id) : `${path}?id=${id}`];
};
const statusOf = async (name: string, subject: Subject, headers: Readonly<Record<string, string>>): Promise<number> => {
  const [method, path] = at(name, subject);
  return (await nobody.call(method, path, method === "GET" ? undefined : {}, headers)).status;
};

describe("routes", () => {
  test("that other functions answer have a rule each, and every rule a route", () => {
    expect(elsewhereNames.toSorted()).toEqual(Object.keys(rules).toSorted());
  });

  test("want credentials, unless the table says that they are for anybody", async () => {
    for (const { method, path, role } of routes) {
      const name = `${method} ${path}`;
      for (const headers of [{}, { Authorization: "Bearer wrong" }, { Cookie: `slipway_session=${"0".repeat(64)}` }]) {
        const status = await statusOf(name, "own", headers);
        if (role === null) expect({ name, status }).not.toEqual({ name, status: 403 });
        else expect({ name, status }).toEqual({ name, status: 401 });
      }
    }
  });

  test("of other functions ask for the same roles, by token and by session, and show nobody what is not theirs", async () => {
    for (const name of elsewhereNames) {
      const lowest = rules[name];
      if (lowest === undefined || lowest === "its own credentials") continue;
      // Nothing ran here; test/journeys/runs.test.ts has those who may read.
      const found = name.includes("/api/runs/") ? 404 : 200;
      expect({ name, status: await statusOf(name, "own", {}) }).toEqual({ name, status: 401 });
      const ticket = await ticketOf("viewer", { deploymentId: ids.own });
      expect({ name, status: await statusOf(name, "own", { Authorization: `Bearer ${ticket}` }) }).toEqual({
        name,
        status: 401,
      });
      for (const role of roles) {
        const may = roles.indexOf(role) >= roles.indexOf(lowest);
        for (const headers of knownBy(role)) {
          const answers = [];
          for (const subject of subjects) answers.push(await statusOf(name, subject, headers));
          expect({ name, role, answers }).toEqual({ name, role, answers: [may ? found : 403, 404, 404] });
        }
      }
    }
  });

  test("with credentials of their own are moved by nobody's role", async () => {
    for (const name of elsewhereNames.filter((each) => rules[each] === "its own credentials")) {
      const without = await statusOf(name, "own", {});
      expect(without).toBeGreaterThanOrEqual(400);
      for (const headers of roles.flatMap(knownBy)) expect(await statusOf(name, "own", headers)).toBe(without);
    }
    const order = { deployment_id: ids.own, attempt: 1 };
    const claim = { ...order, ticket: "guessed", token: "a".repeat(64) };
    expect((await api.post("/api/builds/claim", claim)).status).toBe(401);
    expect((await api.post("/api/builds/credentials", order)).status).toBe(401);
    expect((await api.post("/api/builds/report", { ...order, first: 1 })).status).toBe(401);
  });
});

/** The status with which a handshake is answered; 101 for an open socket, which is closed again. */
function handshake(path: string, options: ClientOptions = {}): Promise<number> {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`${local.url.replace(/^http/, "ws")}${path}`, options);
    socket.once("open", () => {
      socket.terminate();
      done(101);
    });
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    socket.once("error", fail);
  });
}

describe("sockets", () => {
  test("to a deployment open for every role that may see it, by token, session and ticket, and for nobody else", async () => {
    const path = (subject: Subject, more = ""): string => `/api/deployments/logs?id=${ids[subject]}${more}`;
    expect(await handshake(path("own"))).toBe(401);
    for (const role of roles) {
      for (const headers of knownBy(role)) {
        const answers = [];
        for (const subject of subjects) answers.push(await handshake(path(subject), { headers }));
        expect({ role, answers }).toEqual({ role, answers: [101, 404, 404] });
      }
      const ticket = await ticketOf(role, { deploymentId: ids.own });
      expect(await handshake(path("own", `&ticket=${ticket}`))).toBe(101);
      expect(await handshake(path("own", `&ticket=${ticket}`))).toBe(401);
      expect(await handshake(path("other", `&ticket=${await ticketOf(role, { deploymentId: ids.own })}`))).toBe(404);
      expect(await ticketOf(role, { deploymentId: ids.other })).toBe("none");
    }
  });

  test("to the feed open for every role, by token, session and a ticket for it, and for nobody else", async () => {
    expect(await handshake("/api/events")).toBe(401);
    for (const role of roles) {
      for (const headers of knownBy(role)) expect(await handshake("/api/events", { headers })).toBe(101);
      expect(await handshake(`/api/events?ticket=${await ticketOf(role, { feed: true })}`)).toBe(101);
      expect(await handshake(`/api/events?ticket=${await ticketOf(role, { deploymentId: ids.own })}`)).toBe(401);
    }
  });
});

describe("answers", () => {
  test("of the API are not kept, not sniffed, not framed; the log is a file of text", async () => {
    const cautious = ["no-store", "nosniff", "DENY", "no-referrer", "same-origin"];
    const said = ({ headers }: { headers: Headers }): (string | null)[] =>
      [
        "cache-control",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cross-origin-resource-policy",
      ].map((name) => headers.get(name));
    for (const path of ["/api/apps", "/api/nothing", `/api/deployments/${ids.own}/logs`]) {
      const answer = await api.get(path);
      expect(said(answer)).toEqual(cautious);
      expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    }
    // API Gateway's own answer has no page's policy, and needs none: it is JSON that nobody may sniff.
    expect(said(await nobody.get("/api/apps"))).toEqual(cautious);
    const log = await api.call("GET", `/api/deployments/${ids.own}/logs`, undefined, { Accept: "text/plain" });
    expect(said(log)).toEqual(cautious);
    expect(log.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(log.headers.get("content-disposition")).toBe(`attachment; filename="deployment-${ids.own}.log"`);
  });

  test("of the dashboard run no script but their own and are in nobody's frame", async () => {
    const { headers } = await fetch(`${local.url}/deployments/1`);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self'; connect-src 'self'/);
    expect(headers.get("content-security-policy")).toMatch(/frame-ancestors 'none'/);
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(headers.get("permissions-policy")).toMatch(/camera=\(\)/);
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  test("to TRACE are 405 with what is allowed, of the control plane and of apps", async () => {
    const { port, host } = new URL(local.url);
    const traced = (path: string, headers: Readonly<Record<string, string>>) =>
      new Promise((done) => {
        const asked = requestHttp({ port, host: "127.0.0.1", path, method: "TRACE", headers }, (answer) => {
          answer.resume();
          done([answer.statusCode, answer.headers.allow]);
        });
        asked.end();
      });
    const refused = [405, "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"];
    for (const path of ["/", "/api/apps", "/api/health", "/api/deployments/logs", "/api/nothing"])
      expect(await traced(path, { Host: host, Authorization: `Bearer ${admin}` })).toEqual(refused);
    expect(await traced("/", { Host: `own.localhost:${port}` })).toEqual(refused);
  });

  test("to headers and bodies beyond measure are refusals, and the next request is answered", async () => {
    const { port } = new URL(local.url);
    const oversize = await new Promise<number>((done) => {
      const headers = { Authorization: `Bearer ${admin}`, "X-Large": "a".repeat(100_000) };
      const asked = requestHttp({ port, host: "127.0.0.1", path: "/api/apps", headers }, (answer) => {
        answer.resume();
        done(answer.statusCode ?? 0);
      });
      // A server that hangs up refuses as well.
      asked.once("error", () => done(431));
      asked.end();
    });
    expect(oversize).toBe(431);
    expect((await api.post("/api/apps", "[".repeat(60_000))).status).toBe(400);
    expect((await api.post("/api/apps", `"${"a".repeat(70_000)}"`)).status).toBe(413);
    expect((await api.get("/api/apps")).status).toBe(200);
  });
});

test("nothing that people name is executed: branch, commit message, root directory, Dockerfile, variables", async () => {
  const name = "$(touch pwned)`touch pwned`;touch pwned&&touch pwned|touch pwned #'\"";
  // A branch has no spaces; a shell would make some of this.
  const space = ["$", "{IFS}"].join("");
  const branch = `$(touch${space}pwned)\`touch${space}pwned\`;touch${space}pwned&&true|'"`;
  const app = healthyApp();
  const { id, repository: made } = await registerApp(
    api,
    { [`${name}/${name}`]: app.Dockerfile ?? "", [`${name}/server.mjs`]: app["server.mjs"] ?? "" },
    {
      name: "shell",
      healthCheckPath: "/healthz",
      rootDir: name,
      dockerfile: name,
      env: { EVIL: name },
      secrets: { ALSO: name },
    },
  );
  made.commit({}, name);
  made.branch(branch);
  await api.call("PATCH", `/api/apps/${id}`, { branch });
  const deployment = await ends(api, await deploy(api, id), 120);
  // The message says what the app's secret is, and is redacted as the log is.
  expect(deployment).toMatchObject({ stage: "success", branch, commit_message: "[redacted]" });
  for (const directory of [process.cwd(), local.data, made.path, join(made.path, name)])
    expect(existsSync(join(directory, "pwned"))).toBe(false);
});

test.each([
  ["rootDir", ["..", "../../etc", "/etc", "a/../../b", "a\\..\\..\\b", "a\0b", ""]],
  ["dockerfile", ["../Dockerfile", "/etc/passwd", "a/../../Dockerfile", "x\ny", ""]],
])("a %s that leads out of the repository is refused", async (field, paths) => {
  for (const path of paths) {
    const answer = await api.post("/api/apps", { name: "away", repoUrl: "/srv/away", [field]: path });
    expect(answer).toMatchObject({ status: 400, body: { details: [{ field }] } });
  }
});

describe("a page of another origin", () => {
  const sites = ["cross-site", "same-site"];
  /** As a browser asks for a picture or a script of another page: by cookie, and without an origin. */
  const embedded = (site: string) => ({
    "Sec-Fetch-Site": site,
    "Sec-Fetch-Mode": "no-cors",
    "Sec-Fetch-Dest": "image",
  });
  /** As it follows a link. `fetch` would name another mode. */
  const followed = (site: string) => ({
    "Sec-Fetch-Site": site,
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
  });

  const follow = (path: string, site: string) =>
    new Promise((done) => {
      const { port } = new URL(local.url);
      const asked = requestHttp({ port, host: "127.0.0.1", path, headers: followed(site) }, (answer) => {
        answer.resume();
        done([answer.statusCode, answer.headers.location]);
      });
      asked.end();
    });

  test("gets nothing that is not for everybody, whatever the browser adds by itself", async () => {
    const { cookie } = credentials.get("admin") ?? { cookie: {} };
    for (const site of sites) {
      for (const headers of [embedded(site), followed(site), { ...followed(site), "Sec-Fetch-Dest": "iframe" }]) {
        for (const path of ["/api/apps", `/api/deployments/${ids.own}/logs`, "/api/auth/me", "/api/auth/methods"]) {
          const answer = await nobody.call("GET", path, undefined, { ...cookie, ...headers });
          expect({ path, sent: headers, code: answer.body.code }).toEqual({
            path,
            sent: headers,
            code: "foreign_origin",
          });
        }
        for (const path of ["/api/auth/login", "/api/auth/logout", "/api/tickets"])
          expect((await nobody.call("POST", path, {}, { ...cookie, ...headers })).status).toBe(403);
      }
      await expect(handshake("/api/events", { headers: { ...cookie, ...embedded(site) } })).resolves.toBe(403);
    }
  });

  test("may lead a person to pages and callbacks, and ask for what is public", async () => {
    const { badge_url } = (await api.get(`/api/apps/${ids.own}`)).body.data;
    const { pathname: badge, search: key } = new URL(badge_url);
    for (const site of sites) {
      expect(await follow("/deployments/1", site)).toEqual([200, undefined]);
      expect(await follow("/api/auth/github/callback?code=1&state=2", site)).toEqual([302, "/login?problem=over"]);
      expect(await follow("/api/auth/methods", site)).toEqual([403, undefined]);
      expect((await nobody.call("GET", "/api/auth/github/callback", undefined, embedded(site))).status).toBe(403);
      for (const path of ["/api/health", "/api/openapi.json", "/api/asyncapi.json", "/api/docs"])
        expect((await nobody.call("GET", path, undefined, embedded(site))).status).toBe(200);
      const shown = await nobody.call("GET", `${badge}${key}`, undefined, embedded(site));
      expect([shown.status, shown.headers.get("cross-origin-resource-policy")]).toEqual([200, "cross-origin"]);
      const { cookie } = credentials.get("admin") ?? { cookie: {} };
      expect((await nobody.call("GET", badge, undefined, { ...cookie, ...embedded(site) })).status).toBe(403);
      const signed = await nobody.call("POST", "/api/webhooks/github", {}, embedded(site));
      expect(signed.body.code).not.toBe("foreign_origin");
    }
  });

  test("is the control plane's own when it says so", async () => {
    for (const site of ["same-origin", "none"])
      expect((await api.call("GET", "/api/apps", undefined, { ...embedded(site) })).status).toBe(200);
  });
});
