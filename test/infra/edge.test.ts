import { SourceTextModule, SyntheticModule } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { resources } from "./synthesized.ts";

const requestSchema = z.object({
  uri: z.string(),
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
    Origins: z.array(z.looseObject({ Id: z.string(), OriginPath: joined.optional() })),
  }),
});

const [distribution] = Object.values(resources("AWS::CloudFront::Distribution"));
const config = distributionSchema.parse(distribution?.Properties).DistributionConfig;

/** Runs a viewer-request function as CloudFront's runtime 2.0 does; `origin` is what the function selected. */
async function run(logicalId: string, uri: string, headers: Readonly<Record<string, string>>) {
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
  const event = {
    request: { uri, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])) },
  };
  return { request: requestSchema.parse(handler(event)), origin };
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
    expect(config.CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(["/api/deployments/logs", "/api/*"]);
  });

  test("tells the API the viewer's host, whatever the viewer claims", async () => {
    const { request, origin } = await run(behaviour("/api/*").edgeFunction, "/api/apps", forged);
    expect(request).toMatchObject({
      uri: "/api/apps",
      headers: { "x-slipway-host": { value: "slipway.example.com" } },
    });
    expect(origin).toBeNull();
    expect(behaviour("/api/*").TargetOriginId).toBe("rest");
  });

  test("leads a handshake to the WebSocket API's stage, with nothing after it", async () => {
    const logs = behaviour("/api/deployments/logs");
    const handshake = { ...forged, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const { request, origin } = await run(logs.edgeFunction, "/api/deployments/logs", handshake);
    expect(request.uri).toBe("/live");
    expect(request.headers["x-slipway-host"]).toEqual({ value: "slipway.example.com" });
    expect(origin ?? logs.TargetOriginId).toBe("sockets");
  });

  test("leads a reader at the same address to the REST API", async () => {
    const logs = behaviour("/api/deployments/logs");
    const { request, origin } = await run(logs.edgeFunction, "/api/deployments/logs", forged);
    expect(request.uri).toBe("/api/deployments/logs");
    expect(origin).toBe("rest");
  });

  test.each([
    ["/", "/index.html"],
    ["/deployments/12", "/index.html"],
    ["/assets/index-a1b2.js", "/assets/index-a1b2.js"],
    ["/favicon.ico", "/favicon.ico"],
  ])("serves %s from %s", async (uri, file) => {
    const pages = Object.keys(resources("AWS::CloudFront::Function")).find((id) => id.includes("DeepLinks")) ?? "";
    expect((await run(pages, uri, forged)).request.uri).toBe(file);
  });
});
