// An app's role: what it may do on AWS, whose credentials it gets from where, and which roles it cannot have.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, type Registered, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode, temporaryDirectory } from "../support/local-mode.ts";

/** With an engine, containers reach the AWS endpoint at the address of ECS's agent, and only those whose role may do something. */
const isInContainers = process.env.SLIPWAY_TEST_ENGINE !== undefined;

/** Writes and reads parameters with AWS's own SDK, which finds the role's credentials by itself. */
const source = `
import { createServer } from "node:http";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
const ssm = new SSMClient({ maxAttempts: 1 });
const run = {
  "/healthz": async () => "ok",
  "/put": async (Name) => (await ssm.send(new PutParameterCommand({ Name, Value: "hello", Type: "String", Overwrite: true }))).Version,
  "/get": async (Name) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter.Value,
  "/address": async () => ({ uri: process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, token: process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN, key: process.env.AWS_ACCESS_KEY_ID }),
};
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://app");
  try {
    response.end(JSON.stringify({ done: await run[pathname]?.(searchParams.get("name")) }));
  } catch (error) {
    response.end(JSON.stringify({ error: error.name, message: error.message }));
  }
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`;

async function app(): Promise<Record<string, string>> {
  const stdin = { contents: source, resolveDir: import.meta.dirname };
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  const options = { bundle: true, write: false, platform: "node", format: "esm", minify: true } as const;
  const { outputFiles } = await build({ stdin, banner, ...options });
  return { ...healthyApp(), "server.mjs": outputFiles[0]?.text ?? "" };
}

const trusting = (service: string) => `
        Version: "2012-10-17"
        Statement:
          Effect: Allow
          Principal: { Service: ${service} }
          Action: sts:AssumeRole
          Condition: { StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId } }`;
const role = (id: string, name: string, path: string, service: string) => `
  ${id}:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ${name}
      Path: ${path}
      AssumeRolePolicyDocument:${trusting(service)}`;
const roles = `Resources:
${role("Shop", "shop", "/slipway/", "ecs-tasks.amazonaws.com")}
      Policies:
        - PolicyName: parameters
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [ssm:GetParameter, ssm:PutParameter]
                Resource: !Sub "arn:aws:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/shop/*"
${role("Elsewhere", "elsewhere", "/", "ecs-tasks.amazonaws.com")}
${role("OfLambda", "of-lambda", "/slipway/", "lambda.amazonaws.com")}
`;

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let shop: Registered;
let files: string;

beforeAll(async () => {
  files = temporaryDirectory();
  const file = join(files, "roles.yml");
  writeFileSync(file, roles);
  local = await startLocalMode({ args: ["--roles", file] });
  api = apiAt(local.url);
  const settings = { name: "shop", healthCheckPath: "/healthz", startupSeconds: 600 };
  shop = await registerApp(api, await app(), settings);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
  removeDirectory(files);
});

const asked = async (path: string, name = "") =>
  (await fetch(`${await addressOf(api, shop.id)}${path}?name=${encodeURIComponent(name)}`)).json();
const change = (role: string | null) => api.call("PATCH", `/api/apps/${shop.id}`, { role });

test.each([
  ["missing", "There is no role missing with the path /slipway/ in this account"],
  ["elsewhere", "There is no role elsewhere with the path /slipway/ in this account"],
  ["of-lambda", "ECS tasks cannot assume the role of-lambda: its trust policy has to allow"],
  ["a/b", "must be the name of an IAM role, without its path"],
])("the role %s is refused when it is set, with the reason", async (name, reason) => {
  const refused = { status: 400, body: { details: [{ field: "role", message: expect.stringContaining(reason) }] } };
  expect(await change(name)).toMatchObject(refused);
  const asNew = { name: "other", repoUrl: "https://git.example.com/other.git", role: name };
  expect(await api.post("/api/apps", asNew)).toMatchObject(refused);
});

test("without a role an app may do nothing, with one what its policies allow and nothing else", async () => {
  expect(await ends(api, await deploy(api, shop.id))).toMatchObject({ stage: "success" });
  const error = isInContainers ? "CredentialsProviderError" : "AccessDeniedException";
  expect(await asked("/put", "/shop/greeting")).toMatchObject({ error });

  expect(await change("shop")).toMatchObject({
    status: 200,
    body: { data: { role: "shop", pending_changes: ["role"] } },
  });
  const { id } = (await api.post(`/api/apps/${shop.id}/redeploy`)).body.data;
  expect(await ends(api, id)).toMatchObject({ stage: "success" });
  expect(await asked("/put", "/shop/greeting")).toEqual({ done: 1 });
  expect(await asked("/get", "/shop/greeting")).toEqual({ done: "hello" });
  expect(await asked("/get", "/slipway/apps/1/KEY")).toMatchObject({
    error: "AccessDeniedException",
    message: expect.stringContaining("assumed-role/shop/"),
  });
});

test("its credentials are given to whoever has its token, and are in no variable", async () => {
  const { uri, token, key } = (await asked("/address")).done;
  expect(key).toBeUndefined();
  expect(new URL(uri).hostname).toBe(isInContainers ? "169.254.170.2" : "127.0.0.1");
  const by = async (authorization?: string) =>
    (await fetch(uri, authorization === undefined ? {} : { headers: { authorization } })).status;
  expect([await by(), await by("x"), await by(token)]).toEqual([403, 403, 200]);
  const { RoleArn, Token, Expiration } = await (await fetch(uri, { headers: { authorization: token } })).json();
  expect(RoleArn).toMatch(/:role\/slipway\/shop$/);
  expect([Token, Expiration]).toEqual([expect.any(String), expect.stringMatching(/Z$/)]);

  const { id } = (await api.post(`/api/apps/${shop.id}/redeploy`)).body.data;
  expect(await ends(api, id)).toMatchObject({ stage: "success" });
  const again = (await asked("/address")).done;
  expect(again.uri).not.toBe(uri);
  expect((await fetch(again.uri, { headers: { authorization: token } })).status).toBe(403);
});
