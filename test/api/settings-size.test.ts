// An item of DynamoDB has 400 KB at most: what would not fit is refused while a person can do something about it.
import { expect, test } from "@jest/globals";
import type { Principal } from "../../lib/core/access/principal.ts";
import { apiDeps } from "../support/api-deps.ts";
import { ask } from "../support/stored-api-deps.ts";

const admin: Principal = { id: "token#1", name: "admin", role: "admin", apps: null };
const repoUrl = "https://git.example.com/shop.git";

test("names of secrets that pile up are refused when the settings get too large, and nothing of them is kept", async () => {
  const { deps, kept } = apiDeps();
  const made = await ask(deps, "POST", "/api/apps", { as: admin, body: { name: "shop", repoUrl } });
  const address = `/api/apps/${made.body.data.id}`;
  const names = (round: number) =>
    Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`A_RATHER_LONG_NAME_OF_A_SECRET_${round}_${index}`, "x"]),
    );
  const statuses: number[] = [];
  for (let round = 0; round < 6; round++) {
    const before = JSON.stringify([...kept.apps.values()]);
    const answer = await ask(deps, "PATCH", address, { as: admin, body: { secrets: names(round) } });
    statuses.push(answer.status);
    if (answer.status === 200) continue;
    expect(answer.body).toMatchObject({
      error: expect.stringMatching(/settings take \d+ KB, and 60 KB is the maximum. Most of it is secrets./),
      details: [{ field: "secrets" }],
    });
    expect(JSON.stringify([...kept.apps.values()])).toBe(before);
  }
  expect(statuses).toEqual([200, 200, 200, 400, 400, 400]);
});

test("a secret is measured in bytes, as SSM measures it", async () => {
  const { deps } = apiDeps();
  const create = (value: string) =>
    ask(deps, "POST", "/api/apps", { as: admin, body: { name: "shop", repoUrl, secrets: { KEY: value } } });
  expect((await create("\u2603".repeat(1366))).status).toBe(400);
  expect((await create("\u2603".repeat(1365))).status).toBe(201);
});
