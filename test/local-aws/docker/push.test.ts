import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeImagesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { writeTools } from "@slipway/local-aws/containers/docker/tools";
import { openImages } from "@slipway/local-aws/containers/images/images";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { sandboxHere } from "../../support/sandbox.ts";
import { directoryWith, removeDirectory } from "../support/files.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";
import { run } from "./run-command.ts";

const REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const repositoryName = "apps";
let aws: LocalAws;
let ecr: ECRClient;
let home: string;
const made: string[] = [];

const directory = (files: Record<string, string>): string => {
  const dir = directoryWith(files);
  made.push(dir);
  return dir;
};

beforeAll(async () => {
  aws = await startLocalAws({ services: [createEcr] });
  await aws.ensure("AWS::ECR::Repository", "Apps", { RepositoryName: "apps", ImageTagMutability: "IMMUTABLE" });
  const sandbox = await sandboxHere();
  const { dataDir } = aws;
  writeTools(join(dataDir, "tools"), {
    dataDir,
    engine: "host",
    sandbox,
    hostEnvironment: { PATH: process.env.PATH },
  });
  ecr = new ECRClient(aws.client());
});
beforeEach(() => {
  aws.deny(() => false);
  home = directory({});
});
afterAll(async () => {
  ecr.destroy();
  await aws.close();
  for (const dir of made) removeDirectory(dir);
});

const deny = (denied: string): void => aws.deny(({ action }) => action === denied);

/** Runs one of the tools on the PATH of a build. */
function tool(name: "docker" | "aws", args: readonly string[], input = "") {
  const { accessKeyId, secretAccessKey } = aws.client("build").credentials;
  const env = {
    HOME: home,
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: aws.context.awsEndpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  return run(join(aws.dataDir, "tools", name), args, { env, input });
}

async function logIn(): Promise<void> {
  const { stdout } = await tool("aws", ["ecr", "get-login-password", "--region", "eu-west-1"]);
  const login = await tool("docker", ["login", "--username", "AWS", "--password-stdin", REGISTRY], stdout);
  expect(login).toMatchObject({ code: 0, stdout: "Login Succeeded\n" });
}

/** Builds an image with that content and pushes it; answers what the metadata file says. */
async function push(content: string, tag: string) {
  const dir = directory({ file: content, Dockerfile: "FROM scratch\nCOPY file /file\n" });
  const metadata = join(dir, "metadata.json");
  const args = ["buildx", "build", "--push", "--tag", `${REGISTRY}/apps:${tag}`, "--metadata-file", metadata, dir];
  const ran = await tool("docker", args);
  const said = ran.code === 0 ? JSON.parse(readFileSync(metadata, "utf8")) : {};
  return { ...ran, digest: String(said["containerimage.digest"]) };
}

describe("a push", () => {
  test("leaves the image in the repository under the digest of its files", async () => {
    await logIn();
    const { digest } = await push("one", "one");
    const { imageDetails } = await ecr.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "one" }] }),
    );
    expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ["one"], registryId: "123456789012" }]);
    expect(imageDetails?.[0]?.imagePushedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(openImages(aws.dataDir).path(digest)?.config.WorkingDir).toBe("/");
    const { images, failures } = await ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }, { imageTag: "none" }] }),
    );
    expect(images).toMatchObject([{ imageManifest: openImages(aws.dataDir).path(digest)?.manifest }]);
    expect(failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
  });

  test("leaves its configuration to be downloaded, by whoever may and was given the address", async () => {
    await logIn();
    const { digest } = await push("configured", "configured");
    const { config } = JSON.parse(openImages(aws.dataDir).path(digest)?.manifest ?? "");
    const asked = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: config.digest });
    const { downloadUrl = "" } = await ecr.send(asked);
    expect(await (await fetch(downloadUrl)).json()).toMatchObject({ os: "linux", config: { WorkingDir: "/" } });
    const other = downloadUrl.replace(config.digest, digest);
    const late = downloadUrl.replace("X-Amz-Expires=3600", "X-Amz-Expires=99999");
    for (const url of [downloadUrl.split("?")[0] ?? "", other, late]) expect((await fetch(url)).ok).toBe(false);
    const layerDigest = `sha256:${"0".repeat(64)}`;
    await expect(ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }))).rejects.toThrow(
      expect.objectContaining({ name: "LayersNotFoundException" }),
    );
    deny("ecr:GetDownloadUrlForLayer");
    await expect(ecr.send(asked)).rejects.toThrow(expect.objectContaining({ name: "AccessDeniedException" }));
    expect((await fetch(downloadUrl)).ok).toBe(false);
  });

  test("of the same image under the same tag again is fine, of another one is refused where tags are immutable", async () => {
    await logIn();
    const first = await push("two", "two");
    expect(await push("two", "two")).toMatchObject({ code: 0, digest: first.digest });
    const other = await push("other", "two");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("ImageTagAlreadyExistsException: The image tag 'two' already exists");
  });

  test("needs a login, and the grants of who logged in", async () => {
    expect((await push("three", "three")).stderr).toContain("no basic auth credentials");
    await logIn();
    deny("ecr:PutImage");
    const denied = await push("three", "three");
    expect(denied).toMatchObject({ code: 1, stderr: expect.stringContaining("AccessDeniedException") });
  });
});

describe("the aws command", () => {
  test("fails as the real one does when the grant is missing", async () => {
    deny("ecr:GetAuthorizationToken");
    const ran = await tool("aws", ["ecr", "get-login-password"]);
    expect(ran.code).toBe(254);
    expect(ran.stderr).toContain("An error occurred (AccessDeniedException) when calling the GetAuthorizationToken");
  });

  test("says that it can do nothing else", async () => {
    const ran = await tool("aws", ["s3", "ls"]);
    expect(ran).toMatchObject({ code: 252, stderr: expect.stringContaining('not "aws s3 ls"') });
  });
});

describe("ECR", () => {
  test("deletes an image with its last tag, and its files with it", async () => {
    await logIn();
    const { digest } = await push("gone", "gone");
    await push("gone", "again");
    const remove = (imageTag: string) =>
      ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
    expect((await remove("gone")).imageIds).toEqual([{ imageDigest: digest, imageTag: "gone" }]);
    expect(openImages(aws.dataDir).path(digest)).toBeDefined();
    await remove("again");
    expect(openImages(aws.dataDir).path(digest)).toBeUndefined();
    expect((await remove("again")).failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
    await expect(
      ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest: digest }] })),
    ).rejects.toMatchObject({ name: "ImageNotFoundException" });
  });

  test("takes no layer that is not what it claims, and no manifest without its layers", async () => {
    const layerDigests = [`sha256:${"0".repeat(64)}`];
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    expect(uploadId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const part = { partFirstByte: 0, partLastByte: 2, layerPartBlob: Buffer.from("abc") };
    await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
    await expect(ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...part }))).rejects.toMatchObject({
      name: "InvalidLayerPartException",
      lastValidByteReceived: 2,
    });
    await expect(
      ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests })),
    ).rejects.toMatchObject({ name: "InvalidLayerException" });
    const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: layerDigests[0] };
    await expect(
      ecr.send(new PutImageCommand({ repositoryName, imageManifest: JSON.stringify({ config, layers: [] }) })),
    ).rejects.toMatchObject({ name: "LayersNotFoundException" });
  });

  test("runs an engine's image by the engine's id", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const config = { mediaType: "application/vnd.local-aws.engine.image", digest };
    const imageManifest = JSON.stringify({ config, layers: [] });
    const { image } = await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "engine" }));
    expect(image?.imageId).toEqual({ imageDigest: digest, imageTag: "engine" });
  });

  test("knows its repositories only", async () => {
    await expect(ecr.send(new DescribeImagesCommand({ repositoryName: "other" }))).rejects.toMatchObject({
      name: "RepositoryNotFoundException",
    });
  });
});
