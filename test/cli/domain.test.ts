import { expect, test } from "@jest/globals";
import type { Client, InstallationDomain } from "@slipway/monitor/client";
import { checkDomain } from "../../packages/cli/src/doctor/domain.ts";
import { cliDeps } from "./deps.ts";

const balancer = "web.elb.amazonaws.com";
const records: InstallationDomain["records"] = [{ type: "CNAME", name: "*.apps.example.com.", value: `${balancer}.` }];

const examine = (domain: Partial<InstallationDomain>, dns: Readonly<Record<string, readonly string[]>> = {}) => {
  const shown: InstallationDomain = { name: "apps.example.com", hosted: false, records, ...domain };
  // All that the check asks of it.
  const client = { showDomain: async () => shown } as Pick<Client, "showDomain"> as Client;
  return checkDomain({ ...cliDeps(), addressesOf: async (name) => dns[name] ?? [] }, client);
};

test("the records of a domain whose DNS is elsewhere are compared with where they are to lead", async () => {
  const there = { [balancer]: ["192.0.2.1", "192.0.2.2"] };
  expect(await examine({}, { ...there, "slipway-doctor.apps.example.com": ["192.0.2.2"] })).toMatchObject([
    { outcome: "well" },
  ]);
  expect(await examine({}, there)).toMatchObject([
    {
      outcome: "wrong",
      says: "*.apps.example.com is not in DNS",
      advice: `Create this record at your DNS provider: *.apps.example.com CNAME ${balancer}`,
    },
  ]);
  expect(await examine({}, { ...there, "slipway-doctor.apps.example.com": ["198.51.100.9"] })).toMatchObject([
    { outcome: "wrong", says: expect.stringContaining("leads to 198.51.100.9") },
  ]);
});

test.each([
  [{ name: null }, "skipped"],
  [{ hosted: true }, "well"],
  [{ records: [] }, "skipped"],
])("of %j nothing is asked of DNS", async (domain, outcome) => {
  expect(await examine(domain)).toMatchObject([{ outcome }]);
});
