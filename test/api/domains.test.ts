import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import type { AppDomains } from "../../lib/core/domains/domains.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";
import { memoryDomains } from "../support/memory-domains.ts";
import { ask, storedApiDeps } from "../support/stored-api-deps.ts";

let aws: AwsInProcess;
let deps: ApiDeps;
let rows: Map<number, AppDomains>;
let messages: unknown[];
let names = 0;
const admin: Principal = { id: "token#1", name: "ada", role: "admin", apps: null };
const url = "https://{name}.apps.example.com";

beforeAll(async () => {
  aws = await startAwsInProcess();
});
afterAll(() => aws.close());

beforeEach(() => {
  rows = new Map();
  messages = [];
  deps = storedApiDeps(aws, {
    domains: memoryDomains(rows),
    addresses: { appUrl: url, domain: "apps.example.com", privateUrl: "", isHosted: false, publicUrl: "" },
    queue: { send: async (message) => void messages.push(message) },
  });
});

/** A name that no other test uses. */
const fresh = (): string => `app-${++names}`;
const create = (domains: readonly string[], using = deps) => {
  const body = { name: fresh(), repoUrl: "https://git.example.com/shop.git", domains };
  return ask(using, "POST", "/api/apps", { as: admin, body });
};
const change = (id: number, domains: readonly string[], as = admin) =>
  ask(deps, "PATCH", `/api/apps/${id}`, { as, body: { domains } });

describe("the domains of an app", () => {
  test("are answered as they are spelled, pending until something is known, and announced to the worker", async () => {
    const domain = `${fresh()}.Bücher.example`;
    const { status, body } = await create([domain, ` ${domain}.`]);
    const name = domain.toLowerCase().replace("bücher", "xn--bcher-kva");
    expect([status, body.data.domains]).toEqual([
      201,
      [{ name, state: "pending_validation", records: [], reason: null }],
    ]);
    expect(messages).toContainEqual({ type: "domains", app_id: body.data.id, due: null });
    messages = [];
    await ask(deps, "PATCH", `/api/apps/${body.data.id}`, { as: admin, body: { port: 4000 } });
    expect(messages).toEqual([]);
  });

  test("come with the records to create, an ALIAS at an apex", async () => {
    const apex = `${fresh()}.example`;
    const { body } = await create([apex]);
    const proof = { type: "CNAME", name: `_a.${apex}.`, value: "_b.acm-validations.aws." };
    const known = { name: apex, state: "failed", reason: "Why.", proof: [proof] } as const;
    const rest = { certificate_arn: "arn", requested_at: "2026-01-01T00:00:00.000Z", removed: false };
    const row = { app_id: body.data.id, target: "lb.example.com", next_poll_at: null, version: 1 };
    rows.set(body.data.id, { ...row, domains: [{ ...known, ...rest, proof: [...known.proof] }] });
    const shown = await ask(deps, "GET", `/api/apps/${body.data.id}`, { as: admin });
    const records = [proof, { type: "ALIAS", name: `${apex}.`, value: "lb.example.com." }];
    expect(shown.body.data.domains).toEqual([{ name: apex, state: "failed", records, reason: "Why." }]);

    const retry = () =>
      ask(deps, "POST", `/api/apps/${body.data.id}/domains/retry`, { as: admin, body: { name: apex.toUpperCase() } });
    expect((await retry()).body.data.domains).toEqual([
      { name: apex, state: "pending_validation", records: [], reason: null },
    ]);
    expect(await retry()).toMatchObject({ status: 409, body: { code: "domain_not_failed" } });
  });

  test.each([
    ["*.example.com", "is a wildcard"],
    ["192.0.2.1", "is an IP address"],
    ["not a host", "is not a host name"],
    [`${"a".repeat(250)}.com`, "is longer than 253"],
    ["shop.apps.example.com", "is below apps.example.com"],
  ])("%j is refused: %s", async (domain, message) => {
    const { status, body } = await create([domain]);
    expect([status, body.details]).toEqual([400, [{ field: "domains.0", message: expect.stringContaining(message) }]]);
  });

  test("need an installation with a domain, and are three at most", async () => {
    const without = { ...deps, addresses: { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl: "" } };
    expect(await create(["shop.example.org"], without)).toMatchObject({
      status: 400,
      body: { details: [{ field: "domains", message: expect.stringContaining("-c domain=") }] },
    });
    const four = [1, 2, 3, 4].map((index) => `${index}.${fresh()}.example`);
    expect((await create(four)).status).toBe(400);
  });
});

test("a name of digits is refused where it is given, and where it is changed", async () => {
  const refused = { status: 400, body: { details: [{ field: "name", message: "must not consist of digits only" }] } };
  const body = { name: "123", repoUrl: "https://git.example.com/shop.git" };
  expect(await ask(deps, "POST", "/api/apps", { as: admin, body })).toMatchObject(refused);
  const { id } = (await create([])).body.data;
  expect(await ask(deps, "PATCH", `/api/apps/${id}`, { as: admin, body: { name: "123" } })).toMatchObject(refused);
});

describe("a domain that another app has", () => {
  test("is refused, and the app named only to who may see it", async () => {
    const domain = `${fresh()}.example.com`;
    const owner = (await create([domain])).body.data;
    const other = (await create([])).body.data;
    const taken = await create([domain]);
    expect(taken).toMatchObject({ status: 409, body: { code: "domain_taken" } });
    expect(taken.body.error).toContain(owner.name);
    const limited: Principal = { ...admin, apps: [other.id] };
    const hidden = await change(other.id, [domain], limited);
    expect(hidden).toMatchObject({ status: 409, body: { code: "domain_taken" } });
    expect(hidden.body.error).not.toContain(owner.name);
    // It is free as soon as its app has it no more.
    expect((await change(owner.id, [])).status).toBe(200);
    expect((await change(other.id, [domain])).status).toBe(200);
    expect((await ask(deps, "DELETE", `/api/apps/${other.id}`, { as: admin })).status).toBe(200);
    expect((await change(owner.id, [domain])).status).toBe(200);
  });

  test("goes to one of those who ask at the same moment", async () => {
    const domain = `${fresh()}.example.com`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => create([domain])));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  });
});
