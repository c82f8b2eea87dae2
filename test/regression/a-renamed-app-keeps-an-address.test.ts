// a local mode: after a change of an app's name neither the old address nor the one that the API showed led to it
import { request } from "node:http";
import { expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** GET at 127.0.0.1 with a `Host` of one's own, because `*.localhost` does not resolve everywhere. */
function statusOf(url: string): Promise<number | undefined> {
  const { host, port } = new URL(url);
  return new Promise((done, fail) => {
    const asked = request({ host: "127.0.0.1", port, path: "/healthz", headers: { Host: host } }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    });
    asked.on("error", fail).end();
  });
}

test("the API shows the address that works, the next release moves it, and a rollback does not", async () => {
  const local = await startLocalMode({ heap: "small" });
  const api = apiAt(local.url);
  const app = await registerApp(api, healthyApp("one"), { name: "before", healthCheckPath: "/healthz" });
  const at = (name: string) => `http://${name}.localhost:${new URL(local.url).port}`;
  const shown = async (): Promise<string> => (await api.get(`/api/apps/${app.id}`)).body.data.url;
  const first = await deploy(api, app.id);
  expect(await ends(api, first, 120)).toMatchObject({ stage: "success", url: at("before") });

  expect((await api.call("PATCH", `/api/apps/${app.id}`, { name: "after" })).body.data.url).toBe(at("before"));
  expect(await statusOf(at("before"))).toBe(200);
  expect((await api.post("/api/apps", { name: "before", repoUrl: app.repository.path })).body.code).toBe("name_taken");

  const back = (await api.post(`/api/deployments/${first}/rollback`, {})).body.id;
  expect(await ends(api, back, 120)).toMatchObject({ stage: "success", url: at("before") });
  expect([await shown(), await statusOf(at("before"))]).toEqual([at("before"), 200]);

  expect(await ends(api, await deploy(api, app.id), 120)).toMatchObject({ stage: "success", url: at("after") });
  expect([await shown(), await statusOf(at("after"))]).toEqual([at("after"), 200]);
  expect(await statusOf(at("before"))).not.toBe(200);
  await local.stop();
  removeDirectory(local.data);
  removeDirectory(app.repository.path);
});
