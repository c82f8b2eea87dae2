// A hundred apps of one installation on the local load balancers: where each is placed, and that each is reached by its name.
import { request } from "node:https";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ChangeResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Acm, createAcm } from "@slipway/local-aws/services/acm/acm";
import { createElb, type Elb } from "@slipway/local-aws/services/elb/elb";
import { listenOverTls, type TlsFront } from "@slipway/local-aws/services/elb/tls-front";
import { createRoute53, type Route53 } from "@slipway/local-aws/services/route53/route53";
import { awsDomainFront } from "../../../lib/adapters/ecs/domain-front.ts";
import { releaseFinders } from "../../../lib/adapters/ecs/finders.ts";
import { loadBalancing } from "../../../lib/adapters/ecs/load-balancing.ts";
import type { ReleasesOptions } from "../../../lib/adapters/ecs/options.ts";
import { appDemand, firstInternal, noPlacements, placeApp } from "../../../lib/core/placement/placement.ts";
import { type LocalAws, startLocalAws } from "../../local-aws/support/local-aws.ts";
import { serve, type TestServer } from "../../local-aws/support/servers.ts";
import { eventually } from "../../local-aws/support/wait.ts";
import { someSettings } from "../../support/deployments.ts";
import { memoryPlacements } from "../../support/memory-stores.ts";
import { simulatedReleases } from "../../support/simulate/ecs.ts";

const apps = Array.from({ length: 100 }, (_, index) => index + 1);
const hold = { rule: async () => null, confirm: async () => undefined };
const domain = "apps.localhost";
const zone = "Z1";

let aws: LocalAws;
let acm: Acm;
let balancing: Elb;
let route53: Route53;
let clients: {
  elb: ElasticLoadBalancingV2Client;
  records: Route53Client;
  placements: ReturnType<typeof memoryPlacements>;
};
let front: TlsFront;
let targets: TestServer;

beforeAll(async () => {
  aws = await startLocalAws();
  route53 = aws.add(createRoute53(aws.context, { zones: [{ id: zone, name: domain }] }));
  acm = aws.add(
    await createAcm(aws.context, {
      hasRecord: () => true,
      isForeign: () => false,
      isUsed: (arn) => balancing.usesCertificate(arn),
    }),
  );
  const at = (name: string) => {
    const record = route53.resolve(name, "A") ?? route53.resolve(`any.${domain}`, "A");
    return balancing.at(record?.alias?.zoneId ?? "", 443);
  };
  const hostOf = (host = "") => host.replace(/:\d+$/, "");
  front = await listenOverTls({
    port: 0,
    host: "127.0.0.1",
    hold: () => undefined,
    contextFor: (name) => at(name)?.context(name),
    request: (asked, response) => at(hostOf(asked.headers.host))?.serve(asked, response),
    upgrade: (_asked, socket) => socket.destroy(),
  });
  balancing = aws.add(
    createElb(aws.context, { secondMs: 500, published: { 443: front.port, 80: 8080 }, certificates: acm.find }),
  );
  targets = await serve((asked, response) => response.end(asked.headers.host));
  const sdk = aws.client();
  clients = {
    elb: new ElasticLoadBalancingV2Client(sdk),
    records: new Route53Client(sdk),
    placements: memoryPlacements(),
  };
});

afterAll(async () => {
  clients.elb.destroy();
  clients.records.destroy();
  await front.close();
  await targets.close();
  await aws.close();
});

async function withDomain(): Promise<ReleasesOptions> {
  const properties = { DomainName: `*.${domain}`, ValidationMethod: "DNS" };
  const { ref } = await aws.ensure("AWS::CertificateManager::Certificate", "Wildcard", properties);
  const balancer = await aws.ensure("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancer", {
    Name: "slipway-web",
    Subnets: ["subnet"],
  });
  const AliasTarget = { HostedZoneId: balancer.attributes?.CanonicalHostedZoneID, DNSName: "127.0.0.1" };
  await aws.ensure("AWS::Route53::RecordSet", "Record", {
    HostedZoneId: zone,
    Name: `*.${domain}`,
    Type: "A",
    AliasTarget,
  });
  return {
    ...simulatedReleases,
    appUrl: `https://{name}.${domain}:${front.port}`,
    domain: { name: domain, certificateArn: ref, hostedZoneId: zone, authority: "" },
  };
}

const appOf = (id: number) => ({ id, settings: someSettings({ name: `app-${id}` }), liveName: null });

/** Places an app as a release does, and has something answer for it. */
async function release(load: ReturnType<typeof loadBalancing>, id: number) {
  const made = await eventually(async () => {
    const answer = await load.ensure(appOf(id), hold);
    if (typeof answer === "string") throw new Error(`It is ${answer}.`);
    return answer;
  });
  balancing.targets.register(made.serving[0], { id: "127.0.0.1", port: targets.port });
  return made;
}

async function ask(host: string): Promise<readonly [status: number | undefined, body: string]> {
  const authority = await acm.authority();
  return new Promise((resolve, reject) => {
    const at = { host: "127.0.0.1", port: front.port, servername: host, ca: authority.certificate, agent: false };
    const asking = request({ ...at, headers: { host } }, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += chunk;
      resolve([answer.statusCode, body]);
    });
    asking.once("error", reject);
    asking.end();
  });
}

const balancerNames = async (): Promise<readonly (string | undefined)[]> =>
  (await clients.elb.send(new elb.DescribeLoadBalancersCommand({}))).LoadBalancers?.map(
    (one) => one.LoadBalancerName,
  ) ?? [];

describe("with a domain", () => {
  test("a hundred apps are on three load balancers, and each is reached by its name over TLS", async () => {
    const options = await withDomain();
    const load = loadBalancing(clients, options);
    for (const id of apps) await release(load, id);
    expect((await balancerNames()).toSorted()).toEqual(["slipway-apps-2", "slipway-apps-3", "slipway-web"]);
    await eventually(async () => {
      const answers = await Promise.all(apps.map((id) => ask(`app-${id}.${domain}`)));
      expect(answers).toEqual(apps.map((id) => [200, `app-${id}.${domain}`]));
    });
    expect(await ask(`app-101.${domain}`)).toMatchObject([404, expect.any(String)]);

    // An own domain of one that is on a further load balancer.
    const own = awsDomainFront(clients, options);
    const { ref } = await aws.ensure("AWS::CertificateManager::Certificate", "Own", {
      DomainName: "shop.localhost",
      ValidationMethod: "DNS",
    });
    expect(await own.present(1, ref)).toBe("presented");
    expect(await own.serve(1, ["shop.localhost"])).toBe(true);
    expect(await ask("shop.localhost")).toEqual([200, "shop.localhost"]);
    // A release in between takes nothing away.
    await release(load, 1);
    await load.name(1, { name: "app-1", former: [], before: null });
    expect(await ask("shop.localhost")).toEqual([200, "shop.localhost"]);
    await own.serve(1, []);
    await own.withdraw(1, ref);
    expect(balancing.usesCertificate(ref)).toBe(false);

    // What goes leaves nothing, and its place is given again.
    for (const id of [7, 77]) await load.remove(id);
    expect(await ask(`app-7.${domain}`)).toMatchObject([404, expect.any(String)]);
    expect(route53.resolve(`app-77.${domain}`, "A")?.name).toBe(`*.${domain}.`);
    await release(load, 101);
    expect((await clients.placements.get()).apps[101]).toMatchObject({ balancer: "web", slot: 6 });
  });

  test("a renamed app answers at both names until its release is live, then at the new one", async () => {
    const options = await withDomain();
    const load = loadBalancing(clients, options);
    await release(load, 100);
    const renamed = { id: 100, settings: someSettings({ name: "renamed" }), liveName: "app-100" };
    await load.ensure(renamed, hold);
    await eventually(async () => {
      const both = await Promise.all(["app-100", "renamed"].map((name) => ask(`${name}.${domain}`)));
      expect(both.map(([status]) => status)).toEqual([200, 200]);
    });
    const statuses = async () => {
      const both = await Promise.all(["app-100", "renamed"].map((name) => ask(`${name}.${domain}`)));
      return both.map(([status]) => status);
    };
    // For a while the old name leads to the new one.
    expect(await load.name(100, { name: "renamed", former: ["app-100"], before: null })).toBe(true);
    await eventually(async () => expect(await statuses()).toEqual([301, 200]));
    expect((await clients.placements.get()).apps[100]).toMatchObject({ rules: 3 });
    await load.redirect(100, "renamed", []);
    await eventually(async () => expect(await statuses()).toEqual([404, 200]));
    expect((await clients.placements.get()).apps[100]).toMatchObject({ rules: 2 });
  });
});

describe("without a domain", () => {
  test("sixty apps are on two load balancers, each at a port of its own", async () => {
    const local = await startLocalAws();
    // Nobody is to have these ports of this machine.
    const published = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [8001 + index, 8001 + index]));
    local.add(createElb(local.context, { secondMs: 20, published }));
    const client = new ElasticLoadBalancingV2Client(local.client());
    const load = loadBalancing({ ...clients, elb: client, placements: memoryPlacements() }, simulatedReleases);
    const ports: number[] = [];
    for (const id of apps.slice(0, 60)) {
      await load.prepare(id, someSettings());
      const made = await eventually(async () => {
        const answer = await load.ensure(appOf(id), hold);
        if (typeof answer === "string") throw new Error(`It is ${answer}.`);
        return answer;
      });
      ports.push(Number(new URL(made.url).port));
    }
    expect(new Set(ports).size).toBe(60);
    expect(ports.filter((port) => port >= 8051)).toHaveLength(20);
    const { LoadBalancers = [] } = await client.send(new elb.DescribeLoadBalancersCommand({}));
    expect(LoadBalancers.map((one) => one.LoadBalancerName).toSorted()).toEqual(["slipway-apps", "slipway-apps-2"]);
    client.destroy();
    await local.close();
  });

  test("apps of before are found where they are, and keep their place when there is a domain", async () => {
    const local = await startLocalAws();
    const published = {
      443: 1,
      80: 1,
      ...Object.fromEntries([...Array(50).keys()].map((at) => [8001 + at, 8001 + at])),
    };
    local.add(createElb(local.context, { secondMs: 20, published }));
    const client = new ElasticLoadBalancingV2Client(local.client());
    const before = { ...clients, elb: client, placements: memoryPlacements() };
    const ensured = async (load: ReturnType<typeof loadBalancing>) =>
      eventually(async () => {
        const answer = await load.ensure(appOf(1), hold);
        if (typeof answer === "string") throw new Error(`It is ${answer}.`);
        return answer;
      });
    const byPort = await ensured(loadBalancing(before, simulatedReleases));
    // The second group has the traffic.
    const [first, second] = byPort.serving;
    const Actions = [
      {
        Type: "forward",
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: first, Weight: 0 },
            { TargetGroupArn: second, Weight: 100 },
          ],
        },
      },
    ] satisfies elb.Action[];
    await client.send(new elb.ModifyRuleCommand({ RuleArn: byPort.production, Actions }));
    // Nobody recorded its place then.
    const after = { ...before, placements: memoryPlacements() };
    const options = {
      ...simulatedReleases,
      appUrl: "https://{name}.apps.example.com",
      domain: { name: "apps.example.com", certificateArn: "arn", hostedZoneId: null, authority: "" },
    };
    const load = loadBalancing(after, options);
    const byName = await ensured(load);
    expect((await after.placements.get()).apps).toMatchObject({ 1: { balancer: "apps", slot: 0 } });
    expect(byName).toMatchObject({ url: "https://app-1.apps.example.com", serving: [second, first] });
    expect(byName.production).not.toBe(byPort.production);
    const listeners = async () => {
      const { Listeners = [] } = await client.send(
        new elb.DescribeListenersCommand({ LoadBalancerArn: byName.loadBalancerArn }),
      );
      return Listeners.map(({ Port }) => Port).toSorted();
    };
    // Until its release is live visitors still come to its port.
    expect(await listeners()).toEqual([443, 80, 8001]);
    await load.name(1, { name: "app-1", former: [], before: null });
    expect(await listeners()).toEqual([443, 80]);
    client.destroy();
    await local.close();
  });
});

describe("internal apps", () => {
  const privateNames = {
    domain: "slipway.internal",
    url: "http://{name}.slipway.internal",
    hostedZoneId: "ZPRIVATE",
    securityGroupId: "sg-internal",
  };
  const internalApp = (id: number) => ({
    id,
    settings: someSettings({ name: `app-${id}`, internal: true }),
    liveName: null,
  });

  test("forty are on a load balancer that is not for everybody, each with a record, and they share the row with public ones", async () => {
    const local = await startLocalAws();
    const zones = [{ id: privateNames.hostedZoneId, name: privateNames.domain, isPrivate: true }];
    const dns = local.add(createRoute53(local.context, { zones }));
    const balancing = local.add(createElb(local.context, { secondMs: 20, publishedInternally: { 80: 8081 } }));
    const [client, records] = [new ElasticLoadBalancingV2Client(local.client()), new Route53Client(local.client())];
    const placements = memoryPlacements();
    // All but one of those that a load balancer takes are there already.
    let row = noPlacements;
    for (let app = 1001; app <= 1039; app++) {
      const placed = placeApp(row, app, appDemand, firstInternal);
      if (placed !== "full" && placed.next !== null) row = placed.next;
    }
    for (let version = 1; version <= row.version; version++) await placements.replace({ ...row, version });
    const options = { ...simulatedReleases, privateNames };
    const load = loadBalancing({ elb: client, records, placements }, options);
    const ensured = (id: number) =>
      eventually(async () => {
        const answer = await load.ensure(internalApp(id), hold);
        if (typeof answer === "string") throw new Error(`It is ${answer}.`);
        return answer;
      });
    const ids = [40, 41];
    const urls: string[] = [];
    for (const id of ids) urls.push((await ensured(id)).url);
    expect(urls).toEqual(ids.map((id) => `http://app-${id}.slipway.internal`));
    const described = (await client.send(new elb.DescribeLoadBalancersCommand({}))).LoadBalancers ?? [];
    const LoadBalancers = described.toSorted((one, other) =>
      (one.LoadBalancerName ?? "") < (other.LoadBalancerName ?? "") ? -1 : 1,
    );
    expect(LoadBalancers).toEqual(
      ["slipway-internal", "slipway-internal-2"].map((LoadBalancerName) =>
        expect.objectContaining({ LoadBalancerName, Scheme: "internal", SecurityGroups: ["sg-internal"] }),
      ),
    );
    for (const { LoadBalancerArn, CanonicalHostedZoneId = "" } of LoadBalancers) {
      const { Listeners = [] } = await client.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
      expect(Listeners.map(({ Port, Protocol }) => [Port, Protocol])).toEqual([[80, "HTTP"]]);
      expect(balancing.at(CanonicalHostedZoneId, 80)).toBeDefined();
    }
    const ledTo = (name: string) => dns.resolvePrivately(`${name}.slipway.internal`, "A")?.alias?.zoneId;
    expect(ledTo("app-40")).toBe(LoadBalancers[0]?.CanonicalHostedZoneId);
    expect(ledTo("app-41")).toBe(LoadBalancers[1]?.CanonicalHostedZoneId);
    // DNS shows it to nobody outside.
    expect(dns.resolve("app-40.slipway.internal", "A")).toBeUndefined();
    expect((await placements.get()).apps[41]).toMatchObject({ balancer: "internal-2", slot: 0 });
    // Nobody who keeps DNS elsewhere is to lead names there.
    expect((await placements.get()).names).toEqual({});

    const [finder] = releaseFinders({ elb: client, records } as unknown as Parameters<typeof releaseFinders>[0], {
      ...options,
      installation: simulatedReleases.installation,
    });
    await records.send(new ChangeResourceRecordSetsCommand(aliasOf("nobody", privateNames.hostedZoneId)));
    const found = (await finder?.find()) ?? [];
    expect(finder?.kind).toBe("record");
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({ name: "app-40.slipway.internal", app_id: 40, made_at: null });
    expect(found).toContainEqual({ name: "nobody.slipway.internal", app_id: null, made_at: null });

    for (const id of ids) await load.remove(id);
    expect((await finder?.find())?.map(({ name }) => name)).toEqual(["nobody.slipway.internal"]);
    expect(Object.keys((await placements.get()).apps)).toHaveLength(39);
    client.destroy();
    records.destroy();
    await local.close();
  });
});

const aliasOf = (name: string, HostedZoneId: string) => ({
  HostedZoneId,
  ChangeBatch: {
    Changes: [
      {
        Action: "UPSERT" as const,
        ResourceRecordSet: {
          Name: `${name}.slipway.internal`,
          Type: "A" as const,
          AliasTarget: { HostedZoneId: "ZNOBODY", DNSName: "nobody.example.com", EvaluateTargetHealth: false },
        },
      },
    ],
  },
});
