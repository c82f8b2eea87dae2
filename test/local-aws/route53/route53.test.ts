import * as r53 from "@aws-sdk/client-route-53";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createRoute53, type Route53 } from "@slipway/local-aws/services/route53/route53";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

let aws: LocalAws;
let part: Route53;
let client: r53.Route53Client;
const zone = "Z1";

beforeEach(async () => {
  aws = await startLocalAws();
  part = aws.add(createRoute53(aws.context, { zones: [{ id: zone, name: "apps.example.com" }] }));
  client = new r53.Route53Client({ ...aws.client(), maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await aws.close();
});

const alias = (Name: string, HostedZoneId = "ZBALANCER"): r53.ResourceRecordSet => ({
  Name,
  Type: "A",
  AliasTarget: { HostedZoneId, DNSName: "balancer.example.com", EvaluateTargetHealth: false },
});
const change = (Action: r53.ChangeAction, ResourceRecordSet: r53.ResourceRecordSet, HostedZoneId = zone) =>
  client.send(
    new r53.ChangeResourceRecordSetsCommand({
      HostedZoneId,
      ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
    }),
  );

test("a record is listed and resolved as it was written, before the wildcard", async () => {
  await change("CREATE", alias("*.apps.example.com", "ZFIRST"));
  await change("UPSERT", alias("Shop.apps.example.com"));
  const asked = {
    HostedZoneId: zone,
    StartRecordName: "shop.apps.example.com",
    StartRecordType: "A",
    MaxItems: 1,
  } as const;
  const { ResourceRecordSets } = await client.send(new r53.ListResourceRecordSetsCommand(asked));
  expect(ResourceRecordSets).toEqual([
    {
      Name: "shop.apps.example.com.",
      Type: "A",
      AliasTarget: { HostedZoneId: "ZBALANCER", DNSName: "balancer.example.com.", EvaluateTargetHealth: false },
    },
  ]);
  expect(part.resolve("shop.apps.example.com", "A")?.alias?.zoneId).toBe("ZBALANCER");
  expect(part.resolve("other.apps.example.com", "A")?.alias?.zoneId).toBe("ZFIRST");
  expect(part.resolve("apps.example.com", "A")).toBeUndefined();
  await change("DELETE", ResourceRecordSets?.[0] ?? alias("none"));
  expect(part.resolve("shop.apps.example.com", "A")?.alias?.zoneId).toBe("ZFIRST");
});

test("lists come in pages, with a wildcard as Route 53 spells it", async () => {
  for (const name of ["*", "a", "b"]) await change("CREATE", alias(`${name}.apps.example.com`));
  const first = await client.send(new r53.ListResourceRecordSetsCommand({ HostedZoneId: zone, MaxItems: 2 }));
  expect(first.ResourceRecordSets?.map(({ Name }) => Name)).toEqual(["\\052.apps.example.com.", "a.apps.example.com."]);
  expect(first).toMatchObject({ IsTruncated: true, NextRecordName: "b.apps.example.com.", NextRecordType: "A" });
});

test("what Route 53 refuses is refused, and changes nothing", async () => {
  const name = "shop.apps.example.com";
  await change("CREATE", alias(name));
  await expect(change("CREATE", alias(name))).rejects.toThrow(r53.InvalidChangeBatch);
  await expect(change("DELETE", alias(name, "ZOTHER"))).rejects.toThrow("do not match");
  await expect(change("DELETE", alias("none.apps.example.com"))).rejects.toThrow("not found");
  await expect(change("CREATE", alias("shop.example.org"))).rejects.toThrow("not permitted in zone");
  await expect(change("CREATE", alias(name), "Z2")).rejects.toThrow(r53.NoSuchHostedZone);
  expect(part.resolve(name, "A")?.alias?.zoneId).toBe("ZBALANCER");
});

test("IAM is asked with the names, types and actions of a change", async () => {
  const contexts: unknown[] = [];
  aws.deny(({ action, context }) => {
    if (action === "route53:ChangeResourceRecordSets") contexts.push(context);
    return true;
  });
  await expect(change("UPSERT", alias("*.apps.example.com"))).rejects.toThrow();
  expect(contexts).toEqual([
    {
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["\\052.apps.example.com"],
      "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
      "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
    },
  ]);
});

test("a record of a template is made, and made again at the next start", async () => {
  const AliasTarget = { HostedZoneId: "ZFIRST", DNSName: "127.0.0.1" };
  const properties = { HostedZoneId: zone, Name: "*.apps.example.com.", Type: "A", AliasTarget };
  for (let start = 1; start <= 2; start++) await aws.ensure("AWS::Route53::RecordSet", "Record", properties);
  expect(part.resolve("any.apps.example.com", "A")?.alias?.zoneId).toBe("ZFIRST");
});

test("a private zone of the template is seen from within only, and whoever keeps hosts files is told its names", async () => {
  const told: (readonly string[])[] = [];
  const local = await startLocalAws();
  const dns = createRoute53(local.context, {
    zones: [{ id: zone, name: "apps.example.com" }],
    onPrivateHosts: (hosts) => void told.push(hosts),
  });
  local.add(dns);
  const properties = { Name: "slipway.internal.", VPCs: [{ VPCId: "vpc-1", VPCRegion: "eu-west-1" }] };
  const { ref } = await local.ensure("AWS::Route53::HostedZone", "Zone", properties);
  expect((await local.ensure("AWS::Route53::HostedZone", "Zone", properties)).ref).toBe(ref);
  await expect(local.ensure("AWS::Route53::HostedZone", "Other", { Name: "example.org." })).rejects.toThrow("VPCs");
  const own = new r53.Route53Client({ ...local.client(), maxAttempts: 1 });
  const write = (Action: r53.ChangeAction, Name: string, HostedZoneId = ref) =>
    own.send(
      new r53.ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: { Changes: [{ Action, ResourceRecordSet: alias(Name) }] },
      }),
    );
  await write("UPSERT", "orders.slipway.internal");
  await write("UPSERT", "shop.apps.example.com", zone);
  expect(dns.resolvePrivately("orders.slipway.internal", "A")?.alias?.zoneId).toBe("ZBALANCER");
  expect(dns.resolve("orders.slipway.internal", "A")).toBeUndefined();
  expect(dns.resolvePrivately("shop.apps.example.com", "A")).toBeUndefined();
  expect([dns.isPrivate("orders.slipway.internal"), dns.isPrivate("shop.apps.example.com")]).toEqual([true, false]);
  expect([dns.isOurs("orders.slipway.internal"), dns.isOurs("shop.apps.example.com")]).toEqual([false, true]);
  await write("DELETE", "orders.slipway.internal");
  await dns.start?.();
  expect(told).toEqual([["orders.slipway.internal"], ["orders.slipway.internal"], [], []]);
  await expect(write("UPSERT", "orders.example.com")).rejects.toThrow("is not permitted in zone");
  own.destroy();
  await local.close();
});
