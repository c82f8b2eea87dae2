import { DescribeImagesCommand, type ECRClient, ImageNotFoundException } from "@aws-sdk/client-ecr";

/** How large the images of an app are in ECR, in bytes; `null`: ECR has no such image. */
export function awsImageBytes(client: ECRClient, repositoryUri: string) {
  const repositoryName = repositoryUri.slice(repositoryUri.indexOf("/") + 1);
  return async (_appId: number, imageDigest: string): Promise<number | null> => {
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
