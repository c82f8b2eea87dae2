import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, reaches, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let installations: LocalMode[];

beforeAll(async () => {
  installations = await Promise.all([startLocalMode(), startLocalMode({ args: ["--name", "staging"] })]);
});

afterAll(async () => {
  for (const { stop, data } of installations) {
    await stop();
    removeDirectory(data);
  }
});

test("two installations run the same app side by side, with secrets of their own", async () => {
  const deployed = await Promise.all(
    installations.map(async ({ url }, index) => {
      const api = apiAt(url);
      const app = await registerApp(api, healthyApp(`version ${index}`, []), {
        name: "shop",
        healthCheckPath: "/healthz",
        secrets: { API_KEY: `key ${index}` },
      });
      const id = await deploy(api, app.id);
      await reaches(api, id, ["success"]);
      const { direct_url } = (await api.get(`/api/apps/${app.id}`)).body.data;
      return (await fetch(direct_url)).text();
    }),
  );
  expect(deployed).toEqual([expect.stringContaining("version 0"), expect.stringContaining("version 1")]);
});
