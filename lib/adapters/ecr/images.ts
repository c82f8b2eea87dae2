import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  ImageAlreadyExistsException,
  ImageTagAlreadyExistsException,
  LayersNotFoundException,
  PutImageCommand,
  paginateDescribeImages,
  RepositoryNotFoundException,
} from "@aws-sdk/client-ecr";
import { repositoriesOf, type TaggedImage } from "../../core/images.ts";
import type { Images } from "../../core/ports/builds.ts";
import { readImageConfig } from "./image-config.ts";
import { createRepositories, ownersOf, removeRepository } from "./repositories.ts";

/** As many as ECR takes in one call. */
const batch = 100;

/** Images in ECR, in repositories whose addresses begin with `repositoriesUri`, for which ECR's registry stands first. */
export function awsImages(client: ECRClient, repositoriesUri: string): Images {
  const place = repositoriesUri.slice(repositoriesUri.indexOf("/") + 1);
  return {
    prepare: async (appId) => {
      const names = repositoriesOf(place, appId);
      const found = await absentIsNull(
        client.send(new DescribeRepositoriesCommand({ repositoryNames: [names.cache, names.images] })),
      );
      if (found === null) await createRepositories(client, names, appId);
    },
    list: async (appId) => {
      const repositoryName = repositoriesOf(place, appId).images;
      const pages = paginateDescribeImages({ client }, { repositoryName, filter: { tagStatus: "TAGGED" } });
      const listed = async (): Promise<TaggedImage[]> => {
        const images: TaggedImage[] = [];
        for await (const { imageDetails = [] } of pages) {
          images.push(
            ...imageDetails.map(({ imageDigest = "", imageTags = [] }) => ({ digest: imageDigest, tags: imageTags })),
          );
        }
        return images;
      };
      return (await absentIsNull(listed())) ?? [];
    },
    config: (appId, digest) => absentIsNull(readImageConfig(client, repositoriesOf(place, appId).images, digest)),
    adopt: async (appId, digest, tag) => {
      const repositoryName = repositoriesOf(place, appId).images;
      const imageIds = [{ imageDigest: digest }];
      const found = await absentIsNull(client.send(new BatchGetImageCommand({ repositoryName, imageIds })));
      const image = found?.images?.[0];
      if (image?.imageManifest === undefined) return false;
      return tagged(
        client.send(
          new PutImageCommand({
            repositoryName,
            imageManifest: image.imageManifest,
            imageManifestMediaType: image.imageManifestMediaType,
            imageTag: tag,
            imageDigest: digest,
          }),
        ),
      );
    },
    untag: async (appId, tags) => {
      const repositoryName = repositoriesOf(place, appId).images;
      for (let at = 0; at < tags.length; at += batch) {
        const imageIds = tags.slice(at, at + batch).map((imageTag) => ({ imageTag }));
        const { failures = [] } = await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
        const real = failures.filter(({ failureCode }) => failureCode !== "ImageNotFound");
        if (real.length > 0)
          throw new Error(
            `ECR kept ${real.map(({ imageId, failureReason }) => `${imageId?.imageTag}: ${failureReason}`).join("; ")}`,
          );
      }
    },
    remove: async (appId) => {
      const { images, cache } = repositoriesOf(place, appId);
      for (const name of [images, cache]) await absentIsNull(removeRepository(client, name));
    },
    owners: () => ownersOf(client, place),
  };
}

/** `false`: it went meanwhile, or another image has the tag. */
async function tagged(put: Promise<unknown>): Promise<boolean> {
  try {
    await put;
    return true;
  } catch (error) {
    if (error instanceof ImageAlreadyExistsException) return true;
    if (error instanceof ImageTagAlreadyExistsException || error instanceof LayersNotFoundException) return false;
    throw error;
  }
}

/** `null`: there is no such repository. */
async function absentIsNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return null;
    throw error;
  }
}
