import { BatchDeleteImageCommand, type ECRClient, paginateDescribeImages } from "@aws-sdk/client-ecr";
import type { TaggedImage } from "../../core/images.ts";
import type { Images } from "../../core/ports/builds.ts";

/** As many as ECR takes in one call. */
const batch = 100;

/** Images in ECR, in the repository at this address. */
export function awsImages(client: ECRClient, repositoryUri: string): Images {
  const repositoryName = repositoryUri.slice(repositoryUri.indexOf("/") + 1);
  return {
    list: async () => {
      const images: TaggedImage[] = [];
      const pages = paginateDescribeImages({ client }, { repositoryName, filter: { tagStatus: "TAGGED" } });
      for await (const { imageDetails = [] } of pages) {
        images.push(
          ...imageDetails.map(({ imageDigest = "", imageTags = [] }) => ({ digest: imageDigest, tags: imageTags })),
        );
      }
      return images;
    },
    untag: async (tags) => {
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
  };
}
