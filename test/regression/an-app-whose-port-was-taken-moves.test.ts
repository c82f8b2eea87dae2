// a local mode: after a restart direct_url led to another program, which had taken the app's port meanwhile
import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, removeDirectory, startLocalMode } from "../support/local-mode.ts";

test("direct_url leads to the app, not to who has its old port; the terminal says so, and it stays so", async () => {
  const args = ["--auth", "loopback"];
  const first = await startLocalMode({ args });
  const app = await registerApp(apiAt(first.url), healthyApp(), { name: "moving", healthCheckPath: "/healthz" });
  expect(await ends(apiAt(first.url), await deploy(apiAt(first.url), app.id), 120)).toMatchObject({ stage: "success" });
  const before = await addressOf(apiAt(first.url), app.id);
  await first.stop();

  const squatter = createServer((_request, response) => void response.end("not the app"));
  squatter.listen(Number(new URL(before).port), "127.0.0.1");
  await once(squatter, "listening");
  const second = await startLocalMode({ args, data: first.data });
  const after = await addressOf(apiAt(second.url), app.id);
  expect(after).not.toBe(before);
  expect(second.output()).toContain(`Another program answers at ${before}: app ${app.id} is at ${after} now.\n`);
  const answer = await eventually("the app answers", async () => {
    const response = await fetch(`${after}/healthz`).catch(() => null);
    return response?.status === 200 ? response : undefined;
  });
  expect(await answer.text()).not.toContain("not the app");
  await second.stop();
  squatter.close();

  const third = await startLocalMode({ args, data: first.data });
  expect(await addressOf(apiAt(third.url), app.id)).toBe(after);
  expect(third.output()).not.toContain("Another program");
  await third.stop();
  removeDirectory(first.data);
  removeDirectory(app.repository.path);
});
