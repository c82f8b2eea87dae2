import { createHash } from "node:crypto";
import {
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { awsImages } from "../../lib/adapters/ecr/images.ts";
import { awsPushedImage } from "../../lib/adapters/ecr/pushed-image.ts";
import type { ImageConfig } from "../../lib/core/image-config.ts";
import { repositoriesOf } from "../../lib/core/images.ts";
import { type LocalAws, startLocalAws } from "../local-aws/support/local-aws.ts";
import { memoryImages } from "../support/memory-stores.ts";
import { imagesContract } from "./images.ts";
import { freshId } from "./ports.ts";

const place = "slipway";
const digestOf = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** What an engine would say of its images. */
const configs = new Map<string, string>();
let aws: LocalAws;
let ecr: ECRClient;
beforeAll(async () => {
  const engineConfig = async (digest: string) => configs.get(digest);
  aws = await startLocalAws({ services: [(context) => createEcr(context, { engineConfig })] });
  ecr = new ECRClient(aws.client());
});
afterAll(async () => {
  ecr.destroy();
  await aws.close();
});
const onAws = () => awsImages(ecr, `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${place}`);

describe("in ECR", () => {
  const push = async (appId: number, content: string, imageTag: string) => {
    const digest = digestOf(content);
    const config = { mediaType: "application/vnd.local-aws.engine.image", digest };
    const imageManifest = JSON.stringify({ config, layers: [] });
    const repositoryName = repositoriesOf(place, appId).images;
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
    return digest;
  };
  imagesContract(() => ({
    images: onAws(),
    push,
    pushConfigured: async (appId, config, imageTag) => {
      const content = JSON.stringify({ architecture: "amd64", os: "linux", config });
      configs.set(digestOf(content), content);
      return push(appId, content, imageTag);
    },
  }));

  test("an image whose configuration is none says nothing", async () => {
    const app = freshId();
    await onAws().prepare(app);
    configs.set(digestOf("no JSON"), "no JSON");
    expect(await onAws().config(app, await push(app, "no JSON", "deployment-1-build-1"))).toBeNull();
  });

  test("who died after the first repository is followed by somebody who makes the rest", async () => {
    const app = freshId();
    const names = repositoriesOf(place, app);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: names.cache }));
    await onAws().prepare(app);
    const { repositories = [] } = await ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: [names.images, names.cache] }),
    );
    expect(repositories.map(({ imageTagMutability }) => imageTagMutability)).toEqual(["IMMUTABLE", "MUTABLE"]);
    expect(aws.asked).toContain(
      `worker ecr:PutLifecyclePolicy arn:aws:ecr:eu-west-1:123456789012:repository/${names.cache}`,
    );
  });

  test("repositories that are no app's are nobody's", async () => {
    for (const repositoryName of ["slipway/other", "slipway/app-x/images", "elsewhere/app-90001/images"])
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    expect(await onAws().owners()).not.toContain(90_001);
  });
});

describe("what ECR has under the tag of a build", () => {
  const uri = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${place}`;
  const config = '{"architecture":"amd64"}';
  const upload = async (repositoryName: string, text: string): Promise<void> => {
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    const layerPartBlob = Buffer.from(text);
    const part = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1, layerPartBlob };
    await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
    const layerDigests = [digestOf(text)];
    await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
  };
  const pushed = async (appId: number, imageTag: string): Promise<string> => {
    const repositoryName = repositoriesOf(place, appId).images;
    await upload(repositoryName, config);
    const mediaType = "application/vnd.oci.image.config.v1+json";
    const described = { mediaType, size: config.length, digest: digestOf(config) };
    const imageManifest = JSON.stringify({ schemaVersion: 2, config: described, layers: [] });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
    return digestOf(imageManifest);
  };

  test("is found by the digest of its manifest and by that of its configuration, and named by the first", async () => {
    const app = freshId();
    await onAws().prepare(app);
    const digest = await pushed(app, "deployment-1-build-1");
    const found = { outcome: "found", digest, bytes: config.length };
    for (const reported of [digest, digestOf(config)])
      expect(await awsPushedImage(ecr, uri)(app, "deployment-1-build-1", reported)).toEqual(found);
  });

  test("is another image, or absent", async () => {
    const app = freshId();
    await onAws().prepare(app);
    const digest = await pushed(app, "deployment-1-build-1");
    const other = digestOf("other");
    expect(await awsPushedImage(ecr, uri)(app, "deployment-1-build-1", other)).toEqual({ outcome: "differs", digest });
    expect(await awsPushedImage(ecr, uri)(app, "deployment-2-build-1", digest)).toEqual({ outcome: "absent" });
  });
});

describe("in memory", () => {
  const kept = new Map<number, Map<string, readonly string[]>>();
  const said = new Map<string, ImageConfig>();
  const push = async (appId: number, content: string, tag: string) => {
    const digest = digestOf(content);
    const images = kept.get(appId);
    if (images === undefined) throw new Error("There is no such repository.");
    images.set(digest, [...(images.get(digest) ?? []), tag]);
    return digest;
  };
  imagesContract(() => ({
    images: memoryImages(kept, said),
    push,
    pushConfigured: async (appId, { ExposedPorts, Healthcheck, Env }, tag) => {
      const digest = await push(appId, JSON.stringify([ExposedPorts, Healthcheck]), tag);
      const { Test: healthCheck = [] } = (Healthcheck ?? {}) as { Test?: string[] };
      said.set(digest, { exposed: Object.keys(ExposedPorts ?? {}), healthCheck, env: (Env ?? []) as string[] });
      return digest;
    },
  }));
});
