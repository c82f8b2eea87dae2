import { expect, test } from "@jest/globals";
import { handle } from "../../lib/api/handle.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp } from "../support/deployments.ts";

const at = "2026-01-01T00:00:00.000Z";

function fixture() {
  const { deps, kept } = apiDeps();
  kept.apps.set(1, someApp());
  const change = async (name: string, body: object) => {
    const answer = await handle(
      { ...deps, now: () => at },
      {
        method: "PATCH",
        path: "/api/apps/1",
        query: {},
        headers: {},
        body: JSON.stringify(body),
        principal: { id: `token#${name}`, name, role: "admin", apps: null },
        csrf: null,
        address: "192.0.2.1",
      },
    );
    return (answer.body as { data: object }).data;
  };
  return change;
}

test("a pause says who paused the app, when and why", async () => {
  const change = fixture();
  expect(await change("ada", { autoDeploy: false, pauseReason: "The weekend" })).toMatchObject({
    auto_deploy: false,
    pause_reason: "The weekend",
    paused: { by: "ada", at },
  });
});

test("another setting leaves a pause whose it is, another reason does not", async () => {
  const change = fixture();
  await change("ada", { autoDeploy: false, pauseReason: "The weekend" });
  expect(await change("bob", { keepReleases: 5 })).toMatchObject({ paused: { by: "ada" } });
  expect(await change("bob", { pauseReason: "The audit" })).toMatchObject({
    pause_reason: "The audit",
    paused: { by: "bob" },
  });
});

test("once pushes are deployed again, neither person nor reason is left", async () => {
  const change = fixture();
  await change("ada", { autoDeploy: false, pauseReason: "The weekend" });
  expect(await change("bob", { autoDeploy: true })).toMatchObject({ paused: null, pause_reason: null });
});
