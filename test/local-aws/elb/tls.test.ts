import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { request } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Authority, openAuthority } from "@slipway/local-aws/services/acm/authority";
import type { IssuedCertificate } from "@slipway/local-aws/services/elb/certificates";
import { createElb, type Elb } from "@slipway/local-aws/services/elb/elb";
import { listenOverTls, type TlsFront } from "@slipway/local-aws/services/elb/tls-front";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";
import { serve, type TestServer } from "../support/servers.ts";
import { eventually } from "../support/wait.ts";

let aws: LocalAws;
let authority: Authority;
let balancing: Elb;
let client: elb.ElasticLoadBalancingV2Client;
let front: TlsFront;
let target: TestServer;
const certificates = new Map<string, IssuedCertificate | null>();
const wildcard = "arn:aws:acm:eu-west-1:123456789012:certificate/wildcard";
const own = "arn:aws:acm:eu-west-1:123456789012:certificate/own";
const pending = "arn:aws:acm:eu-west-1:123456789012:certificate/pending";

async function issued(...names: string[]): Promise<IssuedCertificate> {
  const { certificate, key } = await authority.issue(names, Date.now());
  return { names, chain: `${certificate}\n${authority.certificate}`, key };
}

beforeEach(async () => {
  aws = await startLocalAws();
  authority = await openAuthority(aws.dataDir, aws.context.randomHex);
  certificates.clear();
  certificates.set(wildcard, await issued("*.apps.localhost"));
  certificates.set(own, await issued("shop.example.com"));
  certificates.set(pending, null);
  front = await listenOverTls({
    port: 0,
    host: "127.0.0.1",
    hold: () => undefined,
    contextFor: (name) => listening()?.context(name),
    request: (asked, response) => listening()?.serve(asked, response),
    upgrade: (asked, socket, head) => listening()?.upgrade(asked, socket, head),
  });
  balancing = aws.add(
    createElb(aws.context, {
      secondMs: 40,
      published: { 443: front.port, 80: 8080 },
      certificates: (arn) => certificates.get(arn),
    }),
  );
  client = new elb.ElasticLoadBalancingV2Client({ ...aws.client(), maxAttempts: 1 });
  target = await serve((asked, response) => {
    let body = "";
    asked.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    asked.on("end", () => response.end(JSON.stringify({ headers: asked.headers, method: asked.method, body })));
  });
});

afterEach(async () => {
  await front.close();
  client.destroy();
  await target.close();
  await aws.close();
});

let zone = "";
const listening = () => balancing.at(zone, 443);

const notFound = { Type: "fixed-response", FixedResponseConfig: { StatusCode: "404", MessageBody: "nobody" } } as const;

async function balancer(Name = "apps"): Promise<string> {
  const made = await client.send(new elb.CreateLoadBalancerCommand({ Name, Subnets: ["subnet-1"] }));
  const [one] = made.LoadBalancers ?? [];
  zone = one?.CanonicalHostedZoneId ?? "";
  return one?.LoadBalancerArn ?? "";
}

async function secure(LoadBalancerArn: string, CertificateArn = wildcard): Promise<string> {
  const made = await client.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: "HTTPS",
      Port: 443,
      Certificates: [{ CertificateArn }],
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      DefaultActions: [notFound],
    }),
  );
  return made.Listeners?.[0]?.ListenerArn ?? "";
}

const groupNamed = async (Name: string): Promise<string> => {
  const input = { Name, Protocol: "HTTP", Port: 3000, VpcId: "vpc-1", TargetType: "ip", HealthCheckPath: "/" } as const;
  const quick = { HealthCheckIntervalSeconds: 5, HealthyThresholdCount: 2 };
  return (
    (await client.send(new elb.CreateTargetGroupCommand({ ...input, ...quick }))).TargetGroups?.[0]?.TargetGroupArn ??
    ""
  );
};

async function app(ListenerArn: string, Priority: number, ...hosts: string[]): Promise<void> {
  const TargetGroupArn = await groupNamed(`app-${Priority}`);
  await client.send(
    new elb.CreateRuleCommand({
      ListenerArn,
      Priority,
      Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: hosts } }],
      Actions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  balancing.targets.register(TargetGroupArn, { id: "127.0.0.1", port: target.port });
  await eventually(() => expect(balancing.targets.of(TargetGroupArn)[0]?.health.state).toBe("healthy"));
}

const groupsOf = async (): Promise<string[]> =>
  ((await client.send(new elb.DescribeTargetGroupsCommand({}))).TargetGroups ?? []).flatMap(
    ({ TargetGroupArn }) => TargetGroupArn ?? [],
  );

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** As curl with SNI asks: by name, at this port. */
function ask(host: string, { method = "GET", body = "" } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: front.port, servername: host, ca: authority.certificate, agent: false };
    const asking = request({ ...options, method, headers: { host: `${host}:${front.port}` } }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode, body: text });
    });
    asking.once("error", reject);
    asking.end(body);
  });
}

async function handshake(servername: string, more: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", port: front.port, servername, ca: authority.certificate, ...more });
  await once(socket, "secureConnect");
  return socket;
}

describe("a listener over TLS", () => {
  test("tells apps by their host, answers by default what none has, and says to the app how it was reached", async () => {
    const listener = await secure(await balancer());
    await app(listener, 10, "shop.apps.localhost");
    const { status, body } = await ask("shop.apps.localhost", { method: "POST", body: "order" });
    expect(status).toBe(200);
    const seen = JSON.parse(body);
    expect(seen).toMatchObject({ method: "POST", body: "order" });
    expect(seen.headers).toMatchObject({
      host: `shop.apps.localhost:${front.port}`,
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-forwarded-for": "127.0.0.1",
    });
    expect(await ask("other.apps.localhost")).toEqual({ status: 404, body: "nobody" });
  });

  test("speaks HTTP/2, with a body and without, while the app speaks HTTP/1.1", async () => {
    const listener = await secure(await balancer());
    await app(listener, 10, "shop.apps.localhost");
    const session = connectHttp2(`https://127.0.0.1:${front.port}`, {
      servername: "shop.apps.localhost",
      ca: authority.certificate,
    });
    const get = async (method: string, body: string): Promise<[IncomingHttpHeaders, string]> => {
      const stream = session.request({ ":method": method, ":path": "/", ":authority": "shop.apps.localhost" });
      const answered = once(stream, "response");
      // A request without a body has ended by itself.
      if (method !== "GET") stream.end(body);
      const [headers] = await answered;
      let text = "";
      for await (const chunk of stream) text += chunk;
      return [headers, text];
    };
    const [headers, body] = await get("PUT", "x".repeat(100_000));
    expect(headers[":status"]).toBe(200);
    expect(JSON.parse(body).body).toHaveLength(100_000);
    const both = await Promise.all([get("GET", ""), get("GET", "")]);
    for (const [, text] of both)
      expect(JSON.parse(text).headers).toMatchObject({ host: "shop.apps.localhost", "x-forwarded-for": "127.0.0.1" });
    session.close();
  });

  test("presents the certificate of the name that is asked for, and the default one otherwise", async () => {
    const ListenerArn = await secure(await balancer());
    const nameOf = async (servername: string): Promise<string | undefined> => {
      const socket = await handshake(servername, { checkServerIdentity: () => undefined });
      const { subjectaltname } = socket.getPeerCertificate();
      socket.destroy();
      return subjectaltname;
    };
    expect(await nameOf("shop.example.com")).toBe("DNS:*.apps.localhost");
    const Certificates = [{ CertificateArn: own }];
    await client.send(new elb.AddListenerCertificatesCommand({ ListenerArn, Certificates }));
    expect(await nameOf("shop.example.com")).toBe("DNS:shop.example.com");
    expect(await nameOf("a.apps.localhost")).toBe("DNS:*.apps.localhost");
    expect(balancing.usesCertificate(own)).toBe(true);
    const listed = await client.send(new elb.DescribeListenerCertificatesCommand({ ListenerArn }));
    expect(listed.Certificates).toEqual([
      { CertificateArn: wildcard, IsDefault: true },
      { CertificateArn: own, IsDefault: false },
    ]);
    await client.send(new elb.RemoveListenerCertificatesCommand({ ListenerArn, Certificates }));
    expect(await nameOf("shop.example.com")).toBe("DNS:*.apps.localhost");
  });

  test("takes no client that knows TLS 1.1 only", async () => {
    await secure(await balancer());
    const socket = connectTls({
      host: "127.0.0.1",
      port: front.port,
      servername: "a.apps.localhost",
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
      rejectUnauthorized: false,
    });
    const [error] = await once(socket, "error");
    expect(String(error)).toMatch(/alert|protocol/i);
  });
});

test("a redirect leads to where the other port is reached, with path and query", async () => {
  const LoadBalancerArn = await balancer();
  const RedirectConfig = { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } as const;
  await client.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: "HTTP",
      Port: 80,
      DefaultActions: [{ Type: "redirect", RedirectConfig }],
    }),
  );
  const plain = await serve((asked, response) => balancing.at(zone, 80)?.serve(asked, response));
  const answer = await fetch(`http://127.0.0.1:${plain.port}/a/b?c=d&e`, { redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([301, `https://127.0.0.1:${front.port}/a/b?c=d&e`]);
  await plain.close();
});

describe("what ELB refuses is refused", () => {
  const rule = (ListenerArn: string, Priority: number, TargetGroupArn: string, Values = ["a.apps.localhost"]) =>
    client.send(
      new elb.CreateRuleCommand({
        ListenerArn,
        Priority,
        Conditions: [{ Field: "host-header", HostHeaderConfig: { Values } }],
        Actions: [{ Type: "forward", TargetGroupArn }],
      }),
    );

  test("certificates that are not there or not issued, listeners on a port that is taken, redirects in a circle", async () => {
    const arn = await balancer();
    await expect(secure(arn, `${own}x`)).rejects.toThrow(elb.CertificateNotFoundException);
    await expect(secure(arn, pending)).rejects.toThrow("must have a fully-qualified domain name");
    await secure(arn);
    await expect(secure(arn)).rejects.toThrow(elb.DuplicateListenerException);
    const DefaultActions: elb.Action[] = [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_302" } }];
    const circle = new elb.CreateListenerCommand({ LoadBalancerArn: arn, Protocol: "HTTP", Port: 80, DefaultActions });
    await expect(client.send(circle)).rejects.toThrow("creates a loop");
  });

  test("a sixth value, the 101st rule, the 26th certificate, and a target group of another load balancer", async () => {
    const listener = await secure(await balancer());
    const group = await groupNamed("shared");
    await expect(rule(listener, 1, group, ["a", "b", "c", "d", "e", "f"])).rejects.toThrow("'5' condition values");
    for (let priority = 1; priority <= 100; priority++) await rule(listener, priority, group);
    await expect(rule(listener, 101, group)).rejects.toThrow(elb.TooManyRulesException);
    for (let number = 1; number <= 26; number++) {
      const arn = `${own}-${number}`;
      certificates.set(arn, await issued(`${number}.example.com`));
      const Certificates = [{ CertificateArn: arn }];
      const adding = client.send(new elb.AddListenerCertificatesCommand({ ListenerArn: listener, Certificates }));
      if (number <= 25) await adding;
      else await expect(adding).rejects.toThrow(elb.TooManyCertificatesException);
    }
    const other = await secure(await balancer("other"));
    await expect(rule(other, 1, group)).rejects.toThrow(elb.TargetGroupAssociationLimitException);
  });

  test("calls that IAM denies", async () => {
    const ListenerArn = await secure(await balancer());
    aws.deny(({ action }) => action === "elasticloadbalancing:AddListenerCertificates");
    const adding = new elb.AddListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn: own }] });
    await expect(client.send(adding)).rejects.toThrow("not authorized");
  });
});

test("a load balancer and its listeners of a template are made once, and follow it", async () => {
  const ensure = async (body: string) => {
    const balancerOf = await aws.ensure("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancer", {
      Name: "web",
      Subnets: ["subnet-1"],
      Scheme: "internet-facing",
      Type: "application",
      LoadBalancerAttributes: [{ Key: "deletion_protection.enabled", Value: "false" }],
    });
    zone = balancerOf.attributes?.CanonicalHostedZoneID ?? "";
    return aws.ensure("AWS::ElasticLoadBalancingV2::Listener", "Listener", {
      LoadBalancerArn: balancerOf.ref,
      Port: 443,
      Protocol: "HTTPS",
      Certificates: [{ CertificateArn: wildcard }],
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      DefaultActions: [
        {
          Type: "fixed-response",
          FixedResponseConfig: { StatusCode: "404", MessageBody: body, ContentType: "text/plain" },
        },
      ],
    });
  };
  const first = await ensure("one");
  expect(await ask("a.apps.localhost")).toEqual({ status: 404, body: "one" });
  expect((await ensure("two")).ref).toBe(first.ref);
  expect(await ask("a.apps.localhost")).toEqual({ status: 404, body: "two" });
  await app(first.ref, 10, "b.apps.localhost");
  const names = async () =>
    (await client.send(new elb.DescribeLoadBalancersCommand({}))).LoadBalancers?.map((one) => one.LoadBalancerName);
  await balancer("own");
  await aws.start();
  expect((await names())?.toSorted()).toEqual(["own", "web"]);
  // The next start is of a template without it: what was made by calls stays.
  const next = createElb(aws.context, { published: { 443: front.port, 80: 8080 } });
  await next.start?.();
  expect(await names()).toEqual(["own"]);
  expect(next.inUse((await groupsOf())[0] ?? "")).toBe(false);
  await next.close();
});
