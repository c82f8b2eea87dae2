import {
  DescribeImagesCommand,
  type ECRClient,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from "@aws-sdk/client-ecr";

/** How large an image is in ECR, in bytes; `null`: it is not there. */
export async function imageBytes(
  client: ECRClient,
  repositoryName: string,
  imageDigest: string,
): Promise<number | null> {
  try {
    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest }] }),
    );
    return imageDetails?.[0]?.imageSizeInBytes ?? null;
  } catch (error) {
    if (error instanceof ImageNotFoundException || error instanceof RepositoryNotFoundException) return null;
    throw error;
  }
}
