import { randomBytes } from "node:crypto";
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import type { Credentials, LocalContext } from "@slipway/local-aws/kernel/part";
import { openState } from "@slipway/local-aws/kernel/state";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { createIam } from "@slipway/local-aws/services/iam/iam";
import { createSts } from "@slipway/local-aws/services/sts/sts";
import { provision } from "@slipway/local-aws/template/provision";
import { awsImages } from "../../lib/adapters/ecr/images.ts";
import { awsImageAccess } from "../../lib/adapters/sts/image-access.ts";
import type { ImageCredentials } from "../../lib/core/images.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";
import { functions, resources, template } from "./synthesized.ts";

const account = "111122223333";
const region = "eu-west-1";
const place = `${account}.dkr.ecr.${region}.amazonaws.com/slipway`;
const repositoriesArn = `arn:aws:ecr:${region}:${account}:repository/slipway`;
const randomHex = (n: number): string => randomBytes(n).toString("hex").slice(0, n);

/** What stands for every resource that is no role and no policy: it has any attribute. */
const anything = (name: string): Readonly<Record<string, string>> => {
  const value = (attribute: string | symbol): string => `arn:aws:any:${region}:${account}:${name}/${String(attribute)}`;
  return new Proxy(
    {},
    {
      get: (_, attribute) => value(attribute),
      getOwnPropertyDescriptor: (_, attribute) => ({ configurable: true, enumerable: true, value: value(attribute) }),
    },
  );
};

const directory = temporaryDirectory();
const undo: (() => Promise<void> | void)[] = [];
let endpoint: string;
let roleArn: (logicalId: string) => string;
let credentialsFor: (role: string) => Credentials;

const as = (credentials: Credentials & { readonly sessionToken?: string }): ECRClient =>
  new ECRClient({ endpoint, region, credentials, maxAttempts: 1 });
const asBuild = (given: ImageCredentials): ECRClient =>
  as({
    accessKeyId: given.access_key_id,
    secretAccessKey: given.secret_access_key,
    sessionToken: given.session_token,
  });
const roleOf = (name: string): string => {
  const role = functions().find((each) => each.name === name)?.role;
  if (role === undefined) throw new Error(`There is no function ${name}.`);
  return role;
};
const roleNamed = (part: string): string => {
  const found = Object.keys(resources("AWS::IAM::Role")).find((id) => id.includes(part));
  if (found === undefined) throw new Error(`There is no role ${part}.`);
  return found;
};
const access = () =>
  awsImageAccess(
    new STSClient({ endpoint, region, credentials: credentialsFor(roleOf("build-to-rows")), maxAttempts: 1 }),
    { roleArn: roleArn(roleNamed("ImageRole")), repositoriesArn },
  );

beforeAll(async () => {
  const state = openState(directory.path);
  undo.push(() => state.close());
  const iam = createIam({ account, region, dataDir: directory.path, randomHex, clock: systemClock });
  const { identify, secretOf, sessionTokenOf, authorize } = iam;
  const served = await startEndpoint({ identify, secretOf, sessionTokenOf, authorize, log: () => {}, randomHex });
  undo.push(() => served.close());
  endpoint = served.url;
  const context: LocalContext = {
    ...{ account, region, dataDir: directory.path, clock: systemClock, randomHex, state, log: () => {} },
    ...{ awsEndpoint: endpoint, publicUrl: "http://localhost:1", emit: () => {} },
    credentialsFor: iam.credentialsFor,
    credentialsOf: iam.credentialsOf,
    serviceCredentials: iam.serviceCredentials,
  };
  for (const part of [createEcr(context), createSts(context, iam)]) part.services.forEach(served.register);
  const types = new Set(
    Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map((one) => one.Type),
  );
  const others = [...types].filter((type) => !iam.providers.some((one) => one.type === type));
  const made = await provision({
    template: template.toJSON(),
    parameters: {},
    providers: [
      ...iam.providers,
      ...others.map((type) => ({
        type,
        ensure: ({ physicalName }: { physicalName: string }) => ({
          ref: physicalName,
          attributes: anything(physicalName),
        }),
      })),
    ],
    ignoredTypes: {},
    pseudo: { account, region, stackName: "Slipway" },
    rewrite: (value) => value,
  });
  roleArn = (logicalId) => made.resources.get(logicalId)?.attributes.Arn ?? "";
  credentialsFor = (role) => iam.credentialsFor(roleArn(role), role);
  const images = awsImages(as(credentialsFor(roleOf("queue-to-work"))), place);
  for (const app of [1, 11, 2]) await images.prepare(app);
});
afterAll(async () => {
  for (const step of undo.reverse()) await step();
  directory.remove();
});

const digest = `sha256:${"a".repeat(64)}`;
const manifest = JSON.stringify({
  config: { mediaType: "application/vnd.local-aws.engine.image", digest },
  layers: [],
});

/** Each way in which a build could read or write a repository, and whether it may do that with its own. */
const acts: Readonly<Record<string, (client: ECRClient, repositoryName: string) => Promise<unknown>>> = {
  "push an image": (client, repositoryName) =>
    client.send(new PutImageCommand({ repositoryName, imageManifest: manifest, imageTag: randomHex(8) })),
  "pull an image": (client, repositoryName) =>
    client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] })),
  "upload a layer": (client, repositoryName) => client.send(new InitiateLayerUploadCommand({ repositoryName })),
  "look for a layer": (client, repositoryName) =>
    client.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [digest] })),
};
const never: typeof acts = {
  "delete an image": (client, repositoryName) =>
    client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] })),
  "list images": (client, repositoryName) => client.send(new DescribeImagesCommand({ repositoryName })),
  "delete a repository": (client, repositoryName) =>
    client.send(new DeleteRepositoryCommand({ repositoryName, force: true })),
  "list repositories": (client) => client.send(new DescribeRepositoriesCommand({})),
};
const denied = { name: "AccessDeniedException", message: expect.stringContaining("not authorized") };

describe("a hostile build", () => {
  test.each(Object.entries(acts))("may %s of its own app and of no other", async (_, act) => {
    const client = asBuild(await access().credentials(1, { deployment_id: 7, attempt: 1 }));
    for (const own of ["slipway/app-1/images", "slipway/app-1/cache"]) await act(client, own);
    for (const other of ["slipway/app-2/images", "slipway/app-2/cache", "slipway/app-11/images"])
      await expect(act(client, other)).rejects.toMatchObject(denied);
  });

  test.each(Object.entries(never))("may not %s, be it its own app's", async (_, act) => {
    const client = asBuild(await access().credentials(1, { deployment_id: 7, attempt: 1 }));
    for (const any of ["slipway/app-1/images", "slipway/app-2/images"])
      await expect(act(client, any)).rejects.toMatchObject(denied);
  });

  test("is given no more by the login that it makes of its credentials", async () => {
    const client = asBuild(await access().credentials(1, { deployment_id: 7, attempt: 1 }));
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const [, password = ""] = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64")
      .toString()
      .split(":");
    const [accessKeyId = "", secretAccessKey = ""] = Buffer.from(password, "base64").toString().split(":");
    const docker = as({ accessKeyId, secretAccessKey });
    await acts["push an image"]?.(docker, "slipway/app-1/images");
    await expect(acts["push an image"]?.(docker, "slipway/app-2/images")).rejects.toMatchObject(denied);
  });

  test("gets nothing from the build's own role, not even a login", async () => {
    const client = as(credentialsFor(roleNamed("BuildsRole")));
    await expect(client.send(new GetAuthorizationTokenCommand({}))).rejects.toMatchObject(denied);
    for (const act of Object.values({ ...acts, ...never }))
      await expect(act(client, "slipway/app-1/images")).rejects.toMatchObject(denied);
  });

  test("cannot assume the role itself, whatever it asks for", async () => {
    const client = new STSClient({
      ...{ endpoint, region, maxAttempts: 1 },
      credentials: credentialsFor(roleNamed("BuildsRole")),
    });
    const itself = awsImageAccess(client, { roleArn: roleArn(roleNamed("ImageRole")), repositoriesArn });
    await expect(itself.credentials(2, { deployment_id: 7, attempt: 1 })).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });

  test("signs nothing without the session's token", async () => {
    const { access_key_id, secret_access_key } = await access().credentials(1, { deployment_id: 7, attempt: 1 });
    const client = as({ accessKeyId: access_key_id, secretAccessKey: secret_access_key });
    await expect(client.send(new GetAuthorizationTokenCommand({}))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });
});
