import { SourceTextModule, SyntheticModule } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { addressesOf } from "../../lib/docs-site/sources.ts";
import { projectRoot } from "../../lib/infra/bundle.ts";
import { socketRules } from "../security/socket-rules.ts";
import { functions, resources } from "./synthesized.ts";

const requestSchema = z.object({
  uri: z.string(),
  querystring: z.record(z.string(), z.object({ value: z.string() })),
  headers: z.record(z.string(), z.object({ value: z.string() })),
});
/** "/" and the stage, to which it refers. */
const joined = z
  .object({ "Fn::Join": z.tuple([z.literal(""), z.tuple([z.literal("/"), z.object({ Ref: z.string() })])]) })
  .transform((join) => `/${resources("AWS::ApiGateway::Stage")[join["Fn::Join"][1][1].Ref]?.Properties.StageName}`);
const distributionSchema = z.object({
  DistributionConfig: z.object({
    DefaultCacheBehavior: z.looseObject({ TargetOriginId: z.string() }),
    CacheBehaviors: z.array(
      z.looseObject({
        PathPattern: z.string(),
        TargetOriginId: z.string(),
        FunctionAssociations: z.array(
          z.object({ EventType: z.string(), FunctionARN: z.object({ "Fn::GetAtt": z.array(z.string()) }) }),
        ),
      }),
    ),
    Origins: z.array(
      z.looseObject({
        Id: z.string(),
        OriginPath: joined.optional(),
        OriginCustomHeaders: z.array(z.object({ HeaderName: z.string(), HeaderValue: z.unknown() })).optional(),
      }),
    ),
  }),
});

const part = z.union([z.string(), z.object({ Ref: z.string() }).transform(({ Ref }) => `{${Ref}}`)]);
/** Text in which parameters of the template stand as `{Name}`. */
const text = z
  .object({ "Fn::Join": z.tuple([z.literal(""), z.array(part)]) })
  .transform(({ "Fn::Join": [, parts] }) => parts.join(""));
const policySchema = z.object({
  ResponseHeadersPolicyConfig: z.object({
    SecurityHeadersConfig: z.looseObject({
      ContentSecurityPolicy: z.object({ ContentSecurityPolicy: text }).optional(),
    }),
    CustomHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string() })) }).optional(),
  }),
});

const [distribution] = Object.values(resources("AWS::CloudFront::Distribution"));
const dependsOn = z.array(z.string()).parse(distribution?.DependsOn);
const reference = /resolve:secretsmanager:",\{"Ref":"(\w+)"\},":SecretString:::",\{"Ref":"EdgeVersion"\}/;
const config = distributionSchema.parse(distribution?.Properties).DistributionConfig;

/** What a viewer-request function lets through; `origin` is what the function selected. */
async function run(...given: Parameters<typeof outcomeOf>) {
  const { answer, origin } = await outcomeOf(...given);
  return { request: requestSchema.parse(answer), origin };
}

/** Runs a viewer-request function as CloudFront's runtime 2.0 does. */
async function outcomeOf(
  logicalId: string,
  uri: string,
  headers: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>> = {},
) {
  const code = z.string().parse(resources("AWS::CloudFront::Function")[logicalId]?.Properties.FunctionCode);
  let origin: string | null = null;
  const helper = {
    selectRequestOriginById: (id: string) => {
      origin = id;
    },
  };
  const module = new SourceTextModule(`${code}\nexport { handler };`);
  await module.link(
    () =>
      new SyntheticModule(["default"], function () {
        this.setExport("default", helper);
      }),
  );
  await module.evaluate();
  const { handler } = z.object({ handler: z.function({ input: [z.unknown()], output: z.unknown() }) }).parse({
    handler: Reflect.get(module.namespace, "handler"),
  });
  const values = (given: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { value }]));
  const event = { request: { uri, querystring: values(query), headers: values(headers) } };
  return { answer: handler(event), origin };
}

function behaviour(pattern: string) {
  const found = config.CacheBehaviors.find(({ PathPattern }) => PathPattern === pattern);
  const edgeFunction = found?.FunctionAssociations[0]?.FunctionARN["Fn::GetAtt"][0];
  if (found === undefined || edgeFunction === undefined) throw new Error(`There is no behaviour for ${pattern}.`);
  return { ...found, edgeFunction };
}

const forged = { host: "slipway.example.com", "x-slipway-host": "evil.example.com" };

describe("CloudFront", () => {
  test("knows both APIs, the REST API at its stage and the WebSocket API without one", () => {
    const paths = Object.fromEntries(config.Origins.map(({ Id, OriginPath }) => [Id, OriginPath]));
    expect(paths).toMatchObject({ rest: "/prod", sockets: undefined });
    expect(config.CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual([
      "/api/deployments/logs",
      "/api/events",
      "/api/*",
    ]);
  });

  test("leads to the WebSocket API only where it is written down who may open a socket", () => {
    const opened = config.CacheBehaviors.filter(({ TargetOriginId }) => TargetOriginId === "sockets");
    expect(opened.map(({ PathPattern }) => PathPattern).toSorted()).toEqual(Object.keys(socketRules).toSorted());
  });

  test("passes the viewer's host to the API, whatever the viewer claims", async () => {
    const { request, origin } = await run(behaviour("/api/*").edgeFunction, "/api/apps", forged);
    expect(request).toMatchObject({
      uri: "/api/apps",
      headers: { "x-slipway-host": { value: "slipway.example.com" } },
    });
    expect(origin).toBeNull();
    expect(behaviour("/api/*").TargetOriginId).toBe("rest");
  });

  test("sends each API what it knows the edge by, whatever the viewer claims", () => {
    const sent = config.Origins.flatMap(({ OriginCustomHeaders = [] }) => OriginCustomHeaders);
    expect(sent.map(({ HeaderName }) => HeaderName)).toEqual(["x-slipway-edge", "x-slipway-edge"]);
    const [, secret] = reference.exec(JSON.stringify(sent[0]?.HeaderValue)) ?? [];
    expect(Object.keys(resources("AWS::SecretsManager::Secret"))).toContain(secret);
    const edgeVerifiers = functions().filter(({ environment }) => "EDGE_SECRETS" in environment);
    expect(edgeVerifiers.map(({ name }) => name).toSorted()).toEqual([
      "api-authorize",
      "api-to-notices",
      "api-to-queue",
      "socket-authorize",
    ]);
    for (const { environment } of edgeVerifiers) {
      const accepted = JSON.stringify(environment.EDGE_SECRETS);
      for (const version of ["EdgeVersion", "EdgeVersionBefore"]) expect(accepted).toContain(version);
    }
    // A rotation has no gap: a stack update changes the functions first.
    expect(dependsOn).toEqual(expect.arrayContaining(edgeVerifiers.map(({ logicalId }) => logicalId)));
  });

  const handshake = { ...forged, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };

  test.each(["/api/deployments/logs", "/api/events"])(
    "leads a handshake at %s to the WebSocket API's stage, with nothing after it",
    async (path) => {
      const { edgeFunction, TargetOriginId } = behaviour(path);
      const { request, origin } = await run(edgeFunction, path, handshake);
      expect(request.uri).toBe("/live");
      expect(request.headers["x-slipway-host"]).toEqual({ value: "slipway.example.com" });
      expect(origin ?? TargetOriginId).toBe("sockets");
    },
  );

  test.each(["/api/deployments/logs", "/api/events"])("leads a reader at %s to the REST API", async (path) => {
    const { request, origin } = await run(behaviour(path).edgeFunction, path, forged);
    expect(request.uri).toBe(path);
    expect(origin).toBe("rest");
  });

  test("marks the feed's sockets, and no others, whatever the viewer claims", async () => {
    const marked = async (path: string, query: Readonly<Record<string, string>>) =>
      (await run(behaviour(path).edgeFunction, path, handshake, query)).request.querystring;
    expect(await marked("/api/events", { ticket: "t" })).toEqual({ ticket: { value: "t" }, feed: { value: "1" } });
    expect(await marked("/api/events", { feed: "0" })).toEqual({ feed: { value: "1" } });
    expect(await marked("/api/deployments/logs", { id: "7", feed: "1" })).toEqual({ id: { value: "7" } });
  });

  test("lets the pages run their own scripts only, speak to their own host only, and stand in no other page", () => {
    const [headers] = Object.values(resources("AWS::CloudFront::ResponseHeadersPolicy"))
      .map(({ Properties }) => policySchema.parse(Properties).ResponseHeadersPolicyConfig)
      .filter(({ SecurityHeadersConfig }) => SecurityHeadersConfig.ContentSecurityPolicy !== undefined);
    const csp = headers?.SecurityHeadersConfig.ContentSecurityPolicy?.ContentSecurityPolicy ?? "";
    const directives = Object.fromEntries(csp.split("; ").map((each) => [each.split(" ")[0], each]));
    expect(directives).toMatchObject({
      "default-src": "default-src 'none'",
      "script-src": "script-src 'self'",
      "connect-src": "connect-src 'self'",
      "base-uri": "base-uri 'none'",
      // The set-up of a GitHub App is a form that goes there.
      "form-action": "form-action 'self' {GitHubUrl}",
      "frame-ancestors": "frame-ancestors 'none'",
    });
    expect(csp).not.toMatch(/unsafe-eval|\*|https?:/);
    expect(headers?.SecurityHeadersConfig).toMatchObject({
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: "DENY" },
      ReferrerPolicy: { ReferrerPolicy: "no-referrer" },
    });
    expect(headers?.CustomHeadersConfig?.Items.map(({ Header }) => Header)).toEqual([
      "permissions-policy",
      "cross-origin-opener-policy",
      "cross-origin-resource-policy",
    ]);
  });

  const pages = Object.keys(resources("AWS::CloudFront::Function")).find((id) => id.includes("DeepLinks")) ?? "";

  test.each([
    ["/", "/index.html"],
    ["/deployments/12", "/index.html"],
    ["/docs", "/docs/index.html"],
    ["/docs/", "/docs/index.html"],
    ["/docs/cli", "/docs/cli.html"],
    [
      "/docs/decisions/0063-a-setting-is-one-entry-of-the-form",
      "/docs/decisions/0063-a-setting-is-one-entry-of-the-form.html",
    ],
    ["/docs/cli.md", "/docs/cli.md"],
    ["/docs/cli.html/", "/docs/cli.html"],
    ["/docs/index.md", "/docs/index.md"],
    ["/docs/search.json", "/docs/search.json"],
    ["/docs/assets/docs.css", "/docs/assets/docs.css"],
    ["/docs/images/deploy.png", "/docs/images/deploy.png"],
    ["/docsify", "/index.html"],
    ["/assets/index-a1b2.js", "/assets/index-a1b2.js"],
    ["/favicon.ico", "/favicon.ico"],
  ])("serves %s from %s", async (uri, file) => {
    expect((await run(pages, uri, forged)).request.uri).toBe(file);
  });

  test.each([
    "/docs/nothing",
    "/docs/nothing/",
    "/docs/decisions/0061-a-freeze",
    "/docs/index",
    "/docs/constructor",
    "/docs/nothing.md",
    "/docs/v1.2",
    "/docs/cli.pdf",
    "/docs/.html",
  ])("answers 404 at %s with a page that leads on", async (uri) => {
    const { answer } = await outcomeOf(pages, uri, forged);
    expect(answer).toMatchObject({
      statusCode: 404,
      headers: { "content-type": { value: "text/html; charset=utf-8" } },
      body: { data: expect.stringContaining('<a href="/docs">') },
    });
  });

  test("serves each page that the site has, by a function of a size that CloudFront takes", async () => {
    const addresses = addressesOf(projectRoot).filter((address) => address !== "/docs");
    for (const address of addresses) expect((await run(pages, address, forged)).request.uri).toBe(`${address}.html`);
    const code = z.string().parse(resources("AWS::CloudFront::Function")[pages]?.Properties.FunctionCode);
    expect(Buffer.byteLength(code)).toBeLessThan(10_240);
  });
});
