import { createHash } from "node:crypto";
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { awsImages } from "../../lib/adapters/ecr/images.ts";
import { repositoriesOf } from "../../lib/core/images.ts";
import { type LocalAws, startLocalAws } from "../local-aws/support/local-aws.ts";
import { memoryImages } from "../support/memory-stores.ts";
import { imagesContract } from "./images.ts";
import { freshId } from "./ports.ts";

const place = "slipway";
const digestOf = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

let aws: LocalAws;
let ecr: ECRClient;
beforeAll(async () => {
  aws = await startLocalAws({ services: [createEcr] });
  ecr = new ECRClient(aws.client());
});
afterAll(async () => {
  ecr.destroy();
  await aws.close();
});
const onAws = () => awsImages(ecr, `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${place}`);

describe("in ECR", () => {
  imagesContract(() => ({
    images: onAws(),
    push: async (appId, content, imageTag) => {
      const digest = digestOf(content);
      const config = { mediaType: "application/vnd.local-aws.engine.image", digest };
      const imageManifest = JSON.stringify({ config, layers: [] });
      const repositoryName = repositoriesOf(place, appId).images;
      await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
      return digest;
    },
  }));

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

describe("in memory", () => {
  const kept = new Map<number, Map<string, readonly string[]>>();
  imagesContract(() => ({
    images: memoryImages(kept),
    push: async (appId, content, tag) => {
      const digest = digestOf(content);
      const images = kept.get(appId);
      if (images === undefined) throw new Error("There is no such repository.");
      images.set(digest, [...(images.get(digest) ?? []), tag]);
      return digest;
    },
  }));
});
