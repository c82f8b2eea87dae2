import { DescribeImagesCommand, type ECRClient, ImageNotFoundException } from "@aws-sdk/client-ecr";
import { repositoriesOf } from "../../core/images.ts";

/** How large the images of an app are in ECR, in bytes; `null`: ECR has no such image. `repositoriesUri` as for `awsImages`. */
export function awsImageBytes(client: ECRClient, repositoriesUri: string) {
  const place = repositoriesUri.slice(repositoriesUri.indexOf("/") + 1);
  return async (appId: number, imageDigest: string): Promise<number | null> => {
    const repositoryName = repositoriesOf(place, appId).images;
    try {
      const { imageDetails } = await client.send(
        new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest }] }),
      );
      return imageDetails?.[0]?.imageSizeInBytes ?? null;
    } catch (error) {
      if (error instanceof ImageNotFoundException) return null;
      throw error;
    }
  };
}
