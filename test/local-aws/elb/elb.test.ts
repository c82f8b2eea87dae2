import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, createServer as createRawServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createElb, type Elb, type ElbOptions } from "@slipway/local-aws/services/elb/elb";
import { WebSocket, WebSocketServer } from "ws";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";
import { freePort, serve, type TestServer } from "../support/servers.ts";
import { eventually } from "../support/wait.ts";

let dir: string;
let aws: LocalAws;
let balancing: Elb;
let client: elb.ElasticLoadBalancingV2Client;
const servers: TestServer[] = [];

async function boot(options: ElbOptions = {}): Promise<void> {
  aws = await startLocalAws({ dataDir: dir });
  balancing = aws.add(createElb(aws.context, { secondMs: 40, idleMs: 2000, ...options }));
  await aws.start();
  client = new elb.ElasticLoadBalancingV2Client({ ...aws.client(), maxAttempts: 1 });
}

async function halt(): Promise<void> {
  client.destroy();
  await aws.close();
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "slipway-elb-"));
  await boot();
});
afterEach(async () => {
  await halt();
  await Promise.all(servers.splice(0).map((one) => one.close()));
  rmSync(dir, { recursive: true, force: true });
});

async function app(handler: Parameters<typeof serve>[0], port = 0): Promise<TestServer> {
  const one = await serve(handler, port);
  servers.push(one);
  return one;
}

async function loadBalancer(): Promise<string> {
  const answer = await client.send(new elb.CreateLoadBalancerCommand({ Name: "apps", Subnets: ["subnet-1"] }));
  return answer.LoadBalancers?.[0]?.LoadBalancerArn ?? "";
}

const groupInput = (Name: string) => ({
  Name,
  Protocol: "HTTP" as const,
  Port: 3000,
  VpcId: "vpc-1",
  TargetType: "ip" as const,
  HealthCheckPath: "/health",
  HealthCheckIntervalSeconds: 5,
  HealthyThresholdCount: 2,
  UnhealthyThresholdCount: 2,
  Matcher: { HttpCode: "200-399" },
});

async function targetGroup(name: string, drainSeconds = "15"): Promise<string> {
  const answer = await client.send(new elb.CreateTargetGroupCommand(groupInput(name)));
  const TargetGroupArn = answer.TargetGroups?.[0]?.TargetGroupArn ?? "";
  const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: drainSeconds }];
  await client.send(new elb.ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  return TargetGroupArn;
}

const forward = (TargetGroupArn: string) => [{ Type: "forward" as const, TargetGroupArn }];

async function listener(DefaultActions: elb.Action[], Tags?: elb.Tag[]): Promise<{ port: number; arn: string }> {
  const port = await freePort();
  const input = { LoadBalancerArn: await loadBalancer(), Protocol: "HTTP" as const, Port: port, DefaultActions };
  const answer = await client.send(new elb.CreateListenerCommand({ ...input, ...(Tags ? { Tags } : {}) }));
  return { port, arn: answer.Listeners?.[0]?.ListenerArn ?? "" };
}

async function healthOf(TargetGroupArn: string): Promise<elb.TargetHealth | undefined> {
  const answer = await client.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn }));
  return answer.TargetHealthDescriptions?.[0]?.TargetHealth;
}

async function register(groupArn: string, one: TestServer): Promise<void> {
  balancing.targets.register(groupArn, { id: "127.0.0.1", port: one.port });
  await eventually(() => {
    const target = balancing.targets.of(groupArn).find(({ port }) => port === one.port);
    expect(target?.health.state).toBe("healthy");
  });
}

const text = async (port: number, path = "/", headers: Record<string, string> = {}): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return `${answer.status} ${await answer.text()}`;
};

describe("its operations, as the SDK's client sees them", () => {
  test("a load balancer is provisioning first, then active, and made once for one name and settings", async () => {
    const arn = await loadBalancer();
    expect(arn).toMatch(/^arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer\/app\/apps\/[0-9a-f]{16}$/);
    const see = async () =>
      (await client.send(new elb.DescribeLoadBalancersCommand({ Names: ["apps"] }))).LoadBalancers?.[0];
    expect((await see())?.State?.Code).toBe("provisioning");
    await eventually(async () => expect((await see())?.State?.Code).toBe("active"));
    expect((await see())?.DNSName).toBe("127.0.0.1");
    expect(await loadBalancer()).toBe(arn);
    await expect(
      client.send(new elb.CreateLoadBalancerCommand({ Name: "apps", Scheme: "internal", Subnets: ["subnet-1"] })),
    ).rejects.toThrow(elb.DuplicateLoadBalancerNameException);
    const Attributes = [{ Key: "idle_timeout.timeout_seconds", Value: "120" }];
    const modified = await client.send(
      new elb.ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: arn, Attributes }),
    );
    expect(modified.Attributes).toContainEqual(Attributes[0]);
  });

  test("a target group is made once for one name and settings, can be modified, and is not deleted while in use", async () => {
    const arn = await targetGroup("app-1");
    expect(await targetGroup("app-1")).toBe(arn);
    const other = { ...groupInput("app-1"), Port: 4000 };
    await expect(client.send(new elb.CreateTargetGroupCommand(other))).rejects.toThrow(
      elb.DuplicateTargetGroupNameException,
    );
    const modified = await client.send(
      new elb.ModifyTargetGroupCommand({ TargetGroupArn: arn, HealthCheckPath: "/up" }),
    );
    expect(modified.TargetGroups?.[0]).toMatchObject({
      HealthCheckPath: "/up",
      HealthCheckIntervalSeconds: 5,
      Matcher: { HttpCode: "200-399" },
    });
    const { arn: listenerArn } = await listener(forward(arn));
    await expect(client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: arn }))).rejects.toThrow(
      elb.ResourceInUseException,
    );
    await client.send(new elb.DeleteListenerCommand({ ListenerArn: listenerArn }));
    await client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: arn }));
    await expect(client.send(new elb.DescribeTargetGroupsCommand({ Names: ["app-1"] }))).rejects.toThrow(
      elb.TargetGroupNotFoundException,
    );
  });

  test("what is absent, malformed or taken is refused in AWS's words", async () => {
    const absent = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/apps/1/2";
    const send = {
      balancer: () => client.send(new elb.DescribeLoadBalancersCommand({ Names: ["absent"] })),
      listener: () => client.send(new elb.DeleteListenerCommand({ ListenerArn: absent })),
      input: () => client.send(new elb.CreateTargetGroupCommand({ ...groupInput("x"), HealthyThresholdCount: 1 })),
      unknown: () => client.send(new elb.DescribeAccountLimitsCommand({})),
    };
    await expect(send.balancer()).rejects.toThrow(elb.LoadBalancerNotFoundException);
    await expect(send.listener()).rejects.toThrow(elb.ListenerNotFoundException);
    await expect(send.input()).rejects.toMatchObject({ name: "ValidationError" });
    await expect(send.unknown()).rejects.toMatchObject({ name: "InvalidAction" });
    const taken = await app((_request, response) => response.end());
    const DefaultActions = forward(await targetGroup("app-1"));
    const input = { LoadBalancerArn: await loadBalancer(), Protocol: "HTTP" as const, DefaultActions };
    await expect(client.send(new elb.CreateListenerCommand({ ...input, Port: taken.port }))).rejects.toThrow(
      elb.DuplicateListenerException,
    );
    const port = await freePort();
    await client.send(new elb.CreateListenerCommand({ ...input, Port: port }));
    await expect(client.send(new elb.CreateListenerCommand({ ...input, Port: port }))).rejects.toThrow(
      elb.DuplicateListenerException,
    );
  });

  test("asks IAM for the operation on its ARN, and for AddTags where tags are given", async () => {
    const arn = await targetGroup("app-1");
    const { arn: listenerArn } = await listener(forward(arn), [{ Key: "slipway:app", Value: "1" }]);
    const balancer = await loadBalancer();
    const created = listenerArn.replace(/\/[0-9a-f]+$/, "/*");
    expect(aws.asked).toContain(`worker elasticloadbalancing:CreateListener ${balancer}`);
    expect(aws.asked).toContain(`worker elasticloadbalancing:AddTags ${created}`);
    expect(aws.asked).toContain(`worker elasticloadbalancing:ModifyTargetGroupAttributes ${arn}`);
    expect(aws.asked.filter((one) => one.includes("CreateTargetGroup"))).toEqual([
      "worker elasticloadbalancing:CreateTargetGroup arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/app-1/*",
    ]);
    expect(balancing.listeners()).toMatchObject([{ loadBalancerArn: balancer, tags: { "slipway:app": "1" } }]);
    await client.send(new elb.AddTagsCommand({ ResourceArns: [arn], Tags: [{ Key: "a", Value: "b" }] }));
    const tags = await client.send(new elb.DescribeTagsCommand({ ResourceArns: [arn] }));
    expect(tags.TagDescriptions).toEqual([{ ResourceArn: arn, Tags: [{ Key: "a", Value: "b" }] }]);
  });
});

describe("rules", () => {
  test("the first by priority whose conditions hold decides, else the default", async () => {
    const fixed = (MessageBody: string, StatusCode = "200"): elb.Action[] => [
      { Type: "fixed-response", FixedResponseConfig: { StatusCode, MessageBody, ContentType: "text/plain" } },
    ];
    const { port, arn: ListenerArn } = await listener(fixed("nobody", "404"));
    const host = (value: string) => ({ Field: "host-header", HostHeaderConfig: { Values: [value] } });
    const path = { Field: "path-pattern", Values: ["/api/*"] };
    const rule = (Priority: number, Conditions: elb.RuleCondition[], body: string) =>
      client.send(new elb.CreateRuleCommand({ ListenerArn, Priority, Conditions, Actions: fixed(body) }));
    await rule(20, [host("*.example.com")], "any host");
    const made = await rule(10, [host("shop.example.com"), path], "shop's api");
    await expect(rule(10, [path], "again")).rejects.toThrow(elb.PriorityInUseException);
    const ask = (name: string, at: string) =>
      new Promise<string>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path: at, headers: { host: `${name}:${port}` }, agent: false };
        get(options, (answer) => {
          answer.setEncoding("utf8").once("data", (body: string) => resolve(`${answer.statusCode} ${body}`));
        }).once("error", reject);
      });
    expect(await ask("shop.example.com", "/api/x?y=1")).toBe("200 shop's api");
    expect(await ask("SHOP.example.com", "/other")).toBe("200 any host");
    expect(await ask("example.org", "/api/x")).toBe("404 nobody");
    const listed = await client.send(new elb.DescribeRulesCommand({ ListenerArn }));
    expect(listed.Rules?.map(({ Priority }) => Priority)).toEqual(["10", "20", "default"]);
    await client.send(new elb.DeleteRuleCommand({ RuleArn: made.Rules?.[0]?.RuleArn }));
    expect(await ask("shop.example.com", "/api/x")).toBe("200 any host");
  });

  test("traffic is split by the weights of target groups", async () => {
    const [one, two] = [await targetGroup("one"), await targetGroup("two")];
    await register(one, await app((_request, response) => response.end("one")));
    await register(two, await app((_request, response) => response.end("two")));
    const TargetGroups = [
      { TargetGroupArn: one, Weight: 90 },
      { TargetGroupArn: two, Weight: 10 },
    ];
    const { port } = await listener([{ Type: "forward", ForwardConfig: { TargetGroups } }]);
    let seen = 0;
    for (let index = 0; index < 400; index += 1) if ((await text(port)) === "200 two") seen += 1;
    expect(seen).toBeGreaterThan(10);
    expect(seen).toBeLessThan(90);
  });
});

describe("target health", () => {
  test("is initial, then healthy after as many successes as asked for; then unhealthy with AWS's reasons", async () => {
    let status = 200;
    const checks: string[] = [];
    const one = await app((incoming, response) => {
      if (incoming.url === "/health") checks.push(incoming.headers["user-agent"] ?? "");
      response.writeHead(status).end();
    });
    const arn = await targetGroup("app-1");
    balancing.targets.register(arn, { id: "127.0.0.1", port: one.port });
    expect((await healthOf(arn))?.State).toBe("initial");
    await eventually(async () => expect((await healthOf(arn))?.State).toBe("healthy"));
    expect(checks.slice(0, 2)).toEqual(["ELB-HealthChecker/2.0", "ELB-HealthChecker/2.0"]);
    status = 500;
    await eventually(async () =>
      expect(await healthOf(arn)).toEqual({
        State: "unhealthy",
        Reason: "Target.ResponseCodeMismatch",
        Description: "Health checks failed with these codes: [500]",
      }),
    );
    await one.close();
    await eventually(async () => expect((await healthOf(arn))?.Reason).toBe("Target.FailedHealthChecks"));
  });

  test("decides who gets requests, unless all targets are unhealthy: then each gets some", async () => {
    let status = 500;
    const one = await app((_request, response) => response.writeHead(status).end("one"));
    const group = await targetGroup("app-1");
    const { port } = await listener(forward(group));
    balancing.targets.register(group, { id: "127.0.0.1", port: one.port });
    expect(await text(port)).toMatch(/^503 /);
    await eventually(async () => expect((await healthOf(group))?.State).toBe("unhealthy"));
    expect(await text(port)).toBe("500 one");
    const two = await app((_request, response) => response.end("two"));
    balancing.targets.register(group, { id: "127.0.0.1", port: two.port });
    await eventually(() => expect(balancing.targets.of(group)[1]?.health.state).toBe("healthy"));
    for (let n = 0; n < 4; n++) expect(await text(port)).toBe("200 two");
    status = 200;
    await eventually(async () => expect((await healthOf(group))?.State).toBe("healthy"));
    const answers = [await text(port), await text(port)];
    expect(answers.sort()).toEqual(["200 one", "200 two"]);
  });

  test("a target that is not there yet is given the time in which AWS would have checked it often enough", async () => {
    const port = await freePort();
    const arn = await targetGroup("app-1");
    balancing.targets.register(arn, { id: "127.0.0.1", port });
    await app((_request, response) => response.end(), port);
    await eventually(async () => expect((await healthOf(arn))?.State).toBe("healthy"));
    balancing.targets.register(arn, { id: "127.0.0.1", port: await freePort() });
    await eventually(() => expect(balancing.targets.of(arn)[1]?.health.state).toBe("unhealthy"));
  });
});

describe("a health check ends in time when the target", () => {
  const dripping = (socket: Socket): void => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const drip = setInterval(() => socket.write("x: y\r\n"), 50);
    socket.once("close", () => clearInterval(drip));
  };
  test.each([
    ["says a little now and then", dripping, "Target.Timeout"],
    [
      "changes the protocol",
      (socket: Socket) => socket.write("HTTP/1.1 101 Other\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      "Target.ResponseCodeMismatch",
    ],
  ])("%s", async (_what, answer, reason) => {
    const open = new Set<Socket>();
    const server = createRawServer((socket) => {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => open.delete(socket));
      socket.once("data", () => void answer(socket));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const group = await targetGroup("slow");
    await client.send(new elb.ModifyTargetGroupCommand({ TargetGroupArn: group, HealthCheckTimeoutSeconds: 2 }));
    balancing.targets.register(group, { id: "127.0.0.1", port });
    await eventually(() => expect(balancing.targets.of(group)[0]?.health.reason).toBe(reason), 20_000);
    balancing.targets.dropGroup(group);
    await eventually(() => expect(open.size).toBe(0));
    server.close();
  });
});

describe("requests", () => {
  async function behind(handler: Parameters<typeof serve>[0], drainSeconds?: string) {
    const group = await targetGroup("app-1", drainSeconds);
    const server = await app((incoming, response) =>
      incoming.url === "/health" ? response.end() : handler(incoming, response),
    );
    await register(group, server);
    const { port } = await listener(forward(group));
    return { group, server, port };
  }

  test("reach the target with body, headers and where they came from; the answer comes back as it is", async () => {
    const { port } = await behind((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        response.setHeader("set-cookie", ["a=1", "b=2"]);
        response.statusCode = 201;
        response.end(
          JSON.stringify({
            method: incoming.method,
            url: incoming.url,
            headers: incoming.headers,
            body: `${Buffer.concat(chunks)}`,
          }),
        );
      });
    });
    const answer = await fetch(`http://127.0.0.1:${port}/a?b=c`, {
      method: "POST",
      body: new Blob(["x".repeat(100_000)]).stream(),
      duplex: "half",
      headers: { "x-mine": "yes", "x-forwarded-for": "10.0.0.1" },
    } as RequestInit);
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.json()).toMatchObject({
      method: "POST",
      url: "/a?b=c",
      body: "x".repeat(100_000),
      headers: {
        host: `127.0.0.1:${port}`,
        "x-mine": "yes",
        "x-forwarded-for": "10.0.0.1, 127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-port": String(port),
      },
    });
  });

  test("stream: a chunk arrives before the answer is complete", async () => {
    let finish: () => void = () => undefined;
    const { port } = await behind((_incoming, response) => {
      response.write("first");
      finish = () => response.end("last");
    });
    const [answer] = (await once(get(`http://127.0.0.1:${port}/`), "response")) as [IncomingMessage];
    const [chunk] = (await once(answer, "data")) as [Buffer];
    expect(`${chunk}`).toBe("first");
    finish();
    const [last] = (await once(answer, "data")) as [Buffer];
    expect(`${last}`).toBe("last");
  });

  test("get 503 without a healthy target, 502 when it dies, 504 when it is silent", async () => {
    const group = await targetGroup("empty");
    const { port: nowhere } = await listener(forward(group));
    expect(await text(nowhere)).toMatch(/^503 /);
    const { port } = await behind((incoming) => {
      if (incoming.url === "/die") incoming.socket.destroy();
    });
    expect(await text(port, "/die")).toMatch(/^502 /);
    expect(await text(port, "/silent")).toMatch(/^504 /);
  });

  /** An app that writes these bytes and ends, whatever it is asked; it is healthy. */
  async function writing(bytes: string): Promise<number> {
    const server = createRawServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (asked: Buffer) => {
        const healthy = asked.toString().startsWith("GET /health ");
        socket.end(Buffer.from(healthy ? "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" : bytes, "latin1"));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
    servers.push({ port, server: server as TestServer["server"], close });
    const group = await targetGroup("raw");
    await register(group, { port } as TestServer);
    return (await listener(forward(group))).port;
  }

  /** All that comes back for a handshake. */
  const upgraded = (port: number): Promise<string> =>
    written(port, "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");

  /** All that comes back for these bytes. */
  const written = (port: number, bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let got = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
      socket.on("data", (data: Buffer) => (got += data.toString("latin1")));
      socket.on("close", () => resolve(got));
    });

  // Each of these once ended the whole process, or left the visitor waiting for ever.
  test.each([
    ["a reason that no message may have", "HTTP/1.1 200 O\x01K\r\ncontent-length: 2\r\n\r\nhi"],
    ["a status below 100", "HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\nhi"],
    ["another protocol that nobody asked for", "HTTP/1.1 101 Other\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
    ["no HTTP", "SSH-2.0-OpenSSH_9.9\r\n"],
  ])("get 502 when the app answers with %s", async (_what, bytes) => {
    const port = await writing(bytes);
    expect(await text(port)).toMatch(/^502 /);
    expect(await text(port)).toMatch(/^502 /);
    if (!bytes.includes("101")) expect(await upgraded(port)).toMatch(/^HTTP\/1.1 502 /);
  });

  test.each([
    ["a request", "connection: close\r\n"],
    ["a handshake", "connection: upgrade\r\nupgrade: websocket\r\n"],
  ])("get 400 for %s that Node takes in and refuses to send", async (_what, headers) => {
    const { port } = await behind((_incoming, response) => response.end("ok"));
    const answered = await written(port, `GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n${headers}\r\n`);
    expect(answered).toMatch(/^HTTP\/1.1 400 /);
    expect(await text(port)).toBe("200 ok");
  });

  // Java's HTTP client offers h2c with every first request, whatever its method.
  test.each(["h2c", "h2c, TLS/1.0", "websocket"])("keep their body when they offer %s in a POST", async (protocol) => {
    const { port } = await behind(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const { upgrade, "http2-settings": settings } = incoming.headers;
      response.end(JSON.stringify([incoming.method, upgrade, settings, Buffer.concat(chunks).toString()]));
    });
    const offer = `Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAEAAEAA\r\n`;
    const answered = await written(port, `POST /x HTTP/1.1\r\nHost: x\r\n${offer}Content-Length: 4\r\n\r\nbody`);
    expect(answered).toMatch(/^HTTP\/1.1 200 /);
    expect(answered).toContain('["POST",null,null,"body"]');
  });

  test("a handshake that is refused with half a body ends, and nothing is added to it", async () => {
    const half = "HTTP/1.1 403 Forbidden\r\ncontent-length: 200\r\n\r\nno";
    expect(await upgraded(await writing(half))).toBe(half);
  });

  test("a body that breaks off does not look complete", async () => {
    const { port } = await behind((incoming, response) => {
      response.write("half", () => incoming.socket.destroy());
    });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    await expect(answer.text()).rejects.toThrow();
  });

  test("survive a target that closes idle connections, also when they carry a body", async () => {
    const { port, server } = await behind((incoming, response) => {
      incoming.resume().once("end", () => response.end("ok"));
    });
    for (let index = 0; index < 20; index += 1) {
      expect(await text(port)).toBe("200 ok");
      // What a server's keep-alive time-out does, at the worst moment: the proxy learns of it while it sends.
      server.server.closeIdleConnections();
      expect(await text(port)).toBe("200 ok");
      server.server.closeIdleConnections();
      const posted = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" });
      expect(posted.status).toBe(200);
    }
  });

  test("draining: what is in flight is answered, what is new goes elsewhere, the client's connection stays", async () => {
    let finish: (() => void) | undefined;
    const { group, server, port } = await behind((incoming, response) => {
      if (incoming.url !== "/slow") return void response.end("old");
      finish = () => response.end("slow done");
    }, "3600");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port, path, agent }, (answer) => {
          let body = "";
          answer.setEncoding("utf8").on("data", (chunk: string) => {
            body += chunk;
          });
          answer.once("end", () => resolve(`${body} ${asked.reusedSocket}`));
        });
        asked.once("error", reject).end();
      });
    expect(await ask("/")).toBe("old false");
    const slow = text(port, "/slow");
    await eventually(() => expect(finish).toBeDefined());
    const next = await app((_incoming, response) => response.end("new"));
    await register(group, next);
    let drained = false;
    const draining = balancing.targets.deregister(group, { id: "127.0.0.1", port: server.port }).then(() => {
      drained = true;
    });
    for (let index = 0; index < 4; index += 1) expect(await ask("/")).toBe("new true");
    expect(drained).toBe(false);
    finish?.();
    expect(await slow).toBe("200 slow done");
    await draining;
    expect(balancing.targets.of(group)).toHaveLength(1);
    agent.destroy();
  });

  test("draining ends after the group's delay, whatever is still in flight", async () => {
    const { group, server, port } = await behind((_incoming, response) => void response.write("never ends"), "1");
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const broken = expect(answer.text()).rejects.toThrow();
    await balancing.targets.deregister(group, { id: "127.0.0.1", port: server.port });
    await broken;
  });

  test("WebSockets pass both ways, for as long as they like", async () => {
    const { port, server } = await behind((_incoming, response) => response.end());
    const sockets = new WebSocketServer({ server: server.server, path: "/chat" });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`echo ${data}`)));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
    await once(socket, "open");
    // Longer than the idle limit of requests.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    socket.send("hello");
    const [data] = await once(socket, "message");
    expect(`${data}`).toBe("echo hello");
    socket.close();
    await once(socket, "close");
    await expect(once(new WebSocket(`ws://127.0.0.1:${port}/elsewhere`), "open")).rejects.toThrow("400");
    sockets.close();
  });

  test("half a request does not hold anything up", async () => {
    const { port } = await behind((_incoming, response) => response.end("ok"));
    const half = connect(port, "127.0.0.1");
    half.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab");
    expect(await text(port)).toBe("200 ok");
    half.destroy();
    expect(await text(port)).toBe("200 ok");
  });
});

test("a port that listeners may not take is another's", async () => {
  const [arn, group, port] = [await loadBalancer(), await targetGroup("one"), await freePort()];
  const listen = () =>
    client.send(
      new elb.CreateListenerCommand({
        LoadBalancerArn: arn,
        Port: port,
        Protocol: "HTTP",
        DefaultActions: forward(group),
      }),
    );
  await halt();
  await boot({ mayTake: (one) => one !== port });
  await expect(listen()).rejects.toThrow(elb.DuplicateListenerException);
  await halt();
  await boot();
  expect((await listen()).Listeners?.[0]?.Port).toBe(port);
});

test("after a restart listeners answer again, and one whose port is taken is on another, and says so", async () => {
  const group = await targetGroup("app-1");
  const one = await listener(forward(group));
  const two = await listener(forward(group));
  await halt();
  const squatter = await app((_request, response) => response.end("squatter"), two.port);
  await boot();
  const server = await app((_request, response) => response.end("app"));
  await register(group, server);
  expect(await text(one.port)).toBe("200 app");
  expect(await text(two.port)).toBe("200 squatter");
  const [now] = (await client.send(new elb.DescribeListenersCommand({ ListenerArns: [two.arn] }))).Listeners ?? [];
  expect(now?.Port).not.toBe(two.port);
  expect(await text(now?.Port ?? 0)).toBe("200 app");
  expect(aws.logged).toContainEqual({ stream: "elb", entry: expect.objectContaining({ port: now?.Port }) });
  await squatter.close();
});
