import { expect, test } from "@jest/globals";
import { handle } from "../../lib/api/handle.ts";
import { apiDeps, refusedAs } from "../support/api-deps.ts";
import { someApp } from "../support/deployments.ts";

test("tasks that AWS does not tell of in time are no error of ours: it is logged, and whoever asks may ask again", async () => {
  const { deps: made, kept } = apiDeps();
  kept.apps.set(1, someApp());
  const logged: unknown[] = [];
  const late = Object.assign(new Error("Connection timed out after 1000 ms"), { name: "TimeoutError" });
  const deps = {
    ...made,
    tasks: { ...made.tasks, see: async () => Promise.reject(late) },
    logger: { ...made.logger, error: (message: string, more: unknown) => void logged.push([message, more]) },
  };
  const asked = handle(deps, {
    method: "GET",
    path: "/api/apps/1/status",
    query: {},
    body: null,
    principal: { id: "token#2", name: "ada", role: "viewer", apps: null },
    csrf: null,
    address: "",
    headers: {},
  });
  await expect(asked).rejects.toMatchObject({ headers: { "Retry-After": "5" } });
  expect(await asked.catch(refusedAs)).toMatchObject({
    status: 503,
    body: {
      code: "tasks_unknown",
      error: "AWS did not say in time how the app's tasks are. Try again in five seconds.",
    },
  });
  expect(logged).toEqual([[expect.stringContaining("AWS did not say"), { error: late, app_id: 1 }]]);
});
