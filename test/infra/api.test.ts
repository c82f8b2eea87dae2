import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { idOf, resources, template } from "./synthesized.ts";

const reference = z.object({ Ref: z.string() });
const resourceSchema = z.object({ PathPart: z.string(), ParentId: z.union([reference, z.object({}).loose()]) });
const methodSchema = z.object({
  HttpMethod: z.string(),
  AuthorizationType: z.string().default("NONE"),
  ResourceId: reference,
  Integration: z.object({ ResponseTransferMode: z.string().default("BUFFERED"), Uri: z.unknown() }),
});

const nodes = resources("AWS::ApiGateway::Resource");
function pathOf(id: string): string {
  const node = nodes[id];
  if (node === undefined) return "";
  const { PathPart, ParentId } = resourceSchema.parse(node.Properties);
  const parent = reference.safeParse(ParentId);
  return `${parent.success ? pathOf(parent.data.Ref) : ""}/${PathPart}`;
}
const functionIn = (uri: unknown): string => {
  const names = ["api-to-queue", "api-to-notices", "rows-to-readers", "webhook-to-queue", "build-to-rows"];
  return names.find((name) => JSON.stringify(uri).includes(`"${idOf(name)}"`)) ?? "unknown";
};
const methods = Object.values(resources("AWS::ApiGateway::Method")).map(({ Properties }) => {
  const { HttpMethod, AuthorizationType, ResourceId, Integration } = methodSchema.parse(Properties);
  return {
    route: `${HttpMethod} ${pathOf(ResourceId.Ref)}`,
    to: functionIn(Integration.Uri),
    open: AuthorizationType === "NONE",
    streams: Integration.ResponseTransferMode === "STREAM",
  };
});
const special = methods.filter(({ route }) => !/^(ANY|OPTIONS) /.test(route));

describe("the REST API", () => {
  test("sends these elsewhere or past the authorizer, and everything else to api-to-queue", () => {
    const spelled = special.map(({ route, to, open, streams }) =>
      [route, to, open ? "open" : "authorized", ...(streams ? ["streams"] : [])].join(" "),
    );
    expect(spelled.toSorted()).toEqual([
      "GET /api/apps/{id}/logs rows-to-readers authorized streams",
      "GET /api/asyncapi.json api-to-queue open",
      "GET /api/auth/github api-to-queue open",
      "GET /api/auth/github/callback api-to-queue open",
      "GET /api/auth/methods api-to-queue open",
      "GET /api/deployments/logs rows-to-readers authorized streams",
      "GET /api/deployments/{id}/logs rows-to-readers authorized streams",
      "GET /api/docs api-to-queue open",
      "GET /api/health api-to-queue open",
      "GET /api/openapi.json api-to-queue open",
      "GET /api/runs/{id}/logs rows-to-readers authorized streams",
      "POST /api/apps/{id}/notifications/test api-to-notices authorized",
      "POST /api/auth/exchange api-to-queue open",
      "POST /api/auth/invite api-to-queue open",
      "POST /api/auth/login api-to-queue open",
      "POST /api/auth/logout api-to-queue open",
      "POST /api/builds/claim build-to-rows open",
      "POST /api/builds/credentials build-to-rows open",
      "POST /api/builds/report build-to-rows open",
      "POST /api/webhooks/github webhook-to-queue open",
    ]);
  });

  test("answers 404 and 405 itself at every node, preflights without credentials", () => {
    const paths = Object.keys(nodes).map(pathOf);
    expect(paths).toContain("/api/{proxy+}");
    for (const path of paths) {
      const at = (method: string) => methods.find(({ route }) => route === `${method} ${path}`);
      expect(at("ANY")).toMatchObject({ to: "api-to-queue", open: false });
      expect(at("OPTIONS")).toMatchObject({ to: "api-to-queue", open: true });
    }
  });

  test("asks its authorizer about every request, whatever the request carries", () => {
    const [authorizer] = Object.values(resources("AWS::ApiGateway::Authorizer"));
    expect(authorizer?.Properties).toMatchObject({ Type: "REQUEST", AuthorizerResultTtlInSeconds: 0 });
    expect(authorizer?.Properties).not.toHaveProperty("IdentitySource");
  });

  test("bounds what may be held for 20 s by a limit of its own, far below that of all requests", () => {
    const [stage] = Object.values(resources("AWS::ApiGateway::Stage"));
    expect(stage?.Properties.MethodSettings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: 200 }),
        expect.objectContaining({
          ResourcePath: "/~1api~1deployments~1logs",
          HttpMethod: "GET",
          ThrottlingRateLimit: 50,
        }),
        expect.objectContaining({
          ResourcePath: "/~1api~1deployments~1{id}~1logs",
          HttpMethod: "GET",
          ThrottlingRateLimit: 50,
        }),
      ]),
    );
  });

  test("may call each function by one permission, so that no function's policy outgrows its limit", () => {
    const permissions = Object.values(resources("AWS::Lambda::Permission"));
    const perFunction = Object.groupBy(permissions, ({ Properties }) => JSON.stringify(Properties.FunctionName));
    for (const held of Object.values(perFunction)) expect(held?.length).toBeLessThanOrEqual(3);
  });
});

describe("what API Gateway answers by itself", () => {
  const answerSchema = z.object({
    ResponseType: z.string(),
    StatusCode: z.string().optional(),
    ResponseParameters: z.record(z.string(), z.string()).default({}),
    ResponseTemplates: z.object({ "application/json": z.string().transform((text): unknown => JSON.parse(text)) }),
  });
  const answers = Object.values(resources("AWS::ApiGateway::GatewayResponse")).map(({ Properties }) =>
    answerSchema.parse(Properties),
  );
  const answer = (type: string) => answers.find(({ ResponseType }) => ResponseType === type);

  test("is in the contract's shape", () => {
    for (const { ResponseTemplates } of answers) {
      expect(ResponseTemplates["application/json"]).toEqual({
        success: false,
        error: expect.stringMatching(/^[A-Z].*\.$/),
        code: expect.stringMatching(/^[a-z_]+$/),
        request_id: "$context.requestId",
        details: [],
      });
    }
  });

  test.each([
    ["UNAUTHORIZED", "401", "unauthorized"],
    ["ACCESS_DENIED", "403", "foreign_origin"],
    ["MISSING_AUTHENTICATION_TOKEN", "404", "not_found"],
    ["REQUEST_TOO_LARGE", "413", "body_too_large"],
    ["UNSUPPORTED_MEDIA_TYPE", "415", "unsupported_media_type"],
    ["THROTTLED", "429", "too_many_requests"],
    ["INTEGRATION_FAILURE", "502", "internal_error"],
    ["INTEGRATION_TIMEOUT", "504", "internal_error"],
  ])("to %s is %s %s", (type, status, code) => {
    expect(answer(type)?.StatusCode).toBe(status);
    expect(answer(type)?.ResponseTemplates["application/json"]).toMatchObject({ code });
  });

  test("says when to try again", () => {
    for (const type of ["THROTTLED", "QUOTA_EXCEEDED"]) {
      expect(answer(type)?.ResponseParameters["gatewayresponse.header.Retry-After"]).toMatch(/^'\d+'$/);
    }
  });
});

describe("the WebSocket API", () => {
  test("asks its authorizer about every handshake", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", { AuthorizerType: "REQUEST", IdentitySource: [] });
    template.hasResourceProperties("AWS::ApiGatewayV2::Route", { RouteKey: "$connect", AuthorizationType: "CUSTOM" });
  });

  test("sends back what the function answers to a message", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
      RouteKey: "$default",
      RouteResponseSelectionExpression: "$default",
    });
    template.resourceCountIs("AWS::ApiGatewayV2::RouteResponse", 1);
  });
});
