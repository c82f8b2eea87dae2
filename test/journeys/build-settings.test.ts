import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

const secret = "never-in-a-layer-log-or-history";
const dockerfile = [
  "FROM node:24-alpine AS app",
  "ARG VERSION",
  "WORKDIR /app",
  "COPY . .",
  "RUN --mount=type=secret,id=npm_token,required \\",
  "  cat /run/secrets/npm_token && test $(cat /run/secrets/npm_token | wc -c) = 31 && sed -i s/one/$VERSION/ server.mjs",
  'CMD ["node", "server.mjs"]',
  "FROM app AS broken",
  "RUN exit 9",
].join("\n");

const filesWith = (text: string, directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "10s"], healthCheckSecond: "150ms" });
  api = apiAt(local.url);
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

test("what an app says nothing of, its image says", async () => {
  const server = `
import { createServer } from "node:http";
createServer((request, response) => {
  response.writeHead(request.url === "/ready" ? 200 : 404);
  response.end("port " + process.env.PORT);
}).listen(Number(process.env.PORT));`;
  const Dockerfile = [
    "FROM node:24-alpine",
    "WORKDIR /app",
    "COPY . .",
    "EXPOSE 8080 9229",
    "HEALTHCHECK CMD wget -qO- http://127.0.0.1:8080/ready || exit 1",
    'CMD ["node", "server.mjs"]',
  ].join("\n");
  const app = await registerApp(api, { Dockerfile, "server.mjs": server }, { name: "silent" });
  const id = await deploy(api, app.id);
  const ended = await ends(api, id);
  const log = await logOf(api, id);
  expect(ended.stage === "success" ? "" : log).toBe("");
  expect(log).toContain("Using port 8080 of those that the image exposes (8080, 9229).");
  expect(log).toContain("Using the health check path /ready from the image's HEALTHCHECK.\n");
  // What the app says itself comes before it. A rollback reads the image as well.
  await api.call("PATCH", `/api/apps/${app.id}`, { healthCheckPath: "/elsewhere" });
  expect((await ends(api, await deploy(api, app.id))).error_message).toContain("GET /elsewhere");
  await api.call("PATCH", `/api/apps/${app.id}`, { healthCheckPath: null });
  const back = (await api.post(`/api/deployments/${id}/rollback`, {})).body.id;
  expect(await ends(api, back)).toMatchObject({ stage: "success", error_message: null });
  expect(await logOf(api, back)).toContain("Using the health check path /ready");
});

describe("the settings of a build", () => {
  test("reach the Dockerfile, outside of the root directory too, and the secret stays secret", async () => {
    const files = { "docker/Dockerfile": dockerfile, "web/server.mjs": healthyApp("one")["server.mjs"] ?? "" };
    const app = await registerApp(api, files, {
      name: "configured",
      healthCheckPath: "/healthz",
      rootDir: "web",
      dockerfile: "../docker/Dockerfile",
      buildArgs: { VERSION: "two" },
      buildSecrets: { npm_token: secret },
      buildTarget: "app",
    });
    const id = await deploy(api, app.id);
    const log = async () => logOf(api, id);
    const ended = await ends(api, id);
    expect(ended.stage === "success" ? "" : await log()).toBe("");
    expect(ended.build).toMatchObject({ outcome: "built", image_bytes: expect.any(Number) });
    const names = ended.build.steps.map(({ name }: { name: string }) => name.slice(0, 10));
    expect(names).toEqual(["FROM node:", "WORKDIR /a", "COPY . .", "RUN --moun"]);
    expect(await (await fetch(await addressOf(api, app.id))).text()).toBe("two");
    expect(await log()).not.toContain(secret);
    expect(filesWith(secret, local.data)).toEqual([]);
  });

  test("that the Dockerfile does not have end the deployment before the first step", async () => {
    const settings = { name: "mistaken", buildArgs: { NOBODYS: "x" } };
    const app = await registerApp(api, healthyApp(), settings);
    const ended = await ends(api, await deploy(api, app.id));
    expect(ended).toMatchObject({ stage: "failed", error_code: "build_arg_unknown", failed_stage: "building" });
    expect(await logOf(api, ended.id)).not.toContain("Step 1/");
  });
});
