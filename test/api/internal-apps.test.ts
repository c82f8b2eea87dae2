import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";
import { ask, storedApiDeps } from "../support/stored-api-deps.ts";

let aws: AwsInProcess;
let deps: ApiDeps;
let names = 0;
const admin: Principal = { id: "token#1", name: "ada", role: "admin", apps: null };
const addresses = {
  appUrl: "https://{name}.apps.example.com",
  domain: "apps.example.com",
  privateUrl: "http://{name}.slipway.internal",
  isHosted: false,
  publicUrl: "",
};

beforeAll(async () => {
  aws = await startAwsInProcess();
});
afterAll(() => aws.close());
beforeEach(() => {
  deps = storedApiDeps(aws, { addresses });
});

const create = (more: object, using = deps) => {
  const body = { name: `internal-${++names}`, repoUrl: "https://git.example.com/shop.git", ...more };
  return ask(using, "POST", "/api/apps", { as: admin, body });
};
const refusal = (field: string, message: string) => ({
  status: 400,
  body: { details: [{ field, message: expect.stringContaining(message) }] },
});
const smokeCheck = { path: "/", expectStatus: 200 };

test("an internal app has a private URL, and others have what they had", async () => {
  const internal = (await create({ internal: true })).body.data;
  expect(internal).toMatchObject({
    internal: true,
    url: `http://${internal.name}.slipway.internal`,
    direct_url: null,
    warnings: [],
  });
  const other = (await create({})).body.data;
  expect(other).toMatchObject({ internal: false, url: `https://${other.name}.apps.example.com` });
});

test("an installation without private names refuses one, and says how to get them", async () => {
  const without = { ...deps, addresses: { ...addresses, privateUrl: "" } };
  expect(await create({ internal: true }, without)).toMatchObject(refusal("internal", "-c privateNames=true"));
  expect(await create({ internal: false }, without)).toMatchObject({ status: 201 });
});

test("an app stays what it is", async () => {
  for (const internal of [true, false]) {
    const { id } = (await create({ internal })).body.data;
    const change = (body: object) => ask(deps, "PATCH", `/api/apps/${id}`, { as: admin, body });
    expect(await change({ internal: !internal })).toMatchObject(refusal("internal", "create another app"));
    expect(await change({ internal, port: 4000 })).toMatchObject({ status: 200 });
  }
});

test("what somebody outside would have to ask is refused, at once and later", async () => {
  expect(await create({ internal: true, strategy: { type: "rolling", smokeCheck } })).toMatchObject(
    refusal("strategy.smokeCheck", "only apps reach it"),
  );
  expect(await create({ internal: true, domains: ["shop.example.org"] })).toMatchObject(
    refusal("domains", "must be empty"),
  );
  const { id } = (await create({ internal: true })).body.data;
  const strategy = { type: "blue_green", bakeMinutes: 0, smokeCheck };
  expect(await ask(deps, "PATCH", `/api/apps/${id}`, { as: admin, body: { strategy } })).toMatchObject(
    refusal("strategy.smokeCheck", "only apps reach it"),
  );
});
