import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  type ECRClient,
  ImageNotFoundException,
} from "@aws-sdk/client-ecr";
import * as z from "zod";
import { type PushedImage, repositoriesOf } from "../../core/images.ts";

/** What matters of a manifest; an index has no configuration. */
const manifestSchema = z.object({ config: z.object({ digest: z.string() }).optional() });

/**
 * What ECR has under the tag of a build that reported a digest. Docker reports that of the image's configuration where its daemon
 * keeps no digests of repositories; ECR knows the image by that of its manifest. `repositoriesUri` as for `awsImages`.
 */
export function awsPushedImage(client: ECRClient, repositoriesUri: string) {
  const place = repositoriesUri.slice(repositoriesUri.indexOf("/") + 1);

  const configOf = async (repositoryName: string, imageDigest: string): Promise<string | null> => {
    const { images = [] } = await client.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] }),
    );
    const text = images[0]?.imageManifest;
    return text === undefined ? null : (manifestSchema.parse(JSON.parse(text)).config?.digest ?? null);
  };

  return async (appId: number, imageTag: string, reported: string): Promise<PushedImage> => {
    const repositoryName = repositoriesOf(place, appId).images;
    try {
      const { imageDetails = [] } = await client.send(
        new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }),
      );
      const { imageDigest: digest, imageSizeInBytes: bytes = null } = imageDetails[0] ?? {};
      if (digest === undefined) return { outcome: "absent" };
      const isIt = digest === reported || (await configOf(repositoryName, digest)) === reported;
      return isIt ? { outcome: "found", digest, bytes } : { outcome: "differs", digest };
    } catch (error) {
      if (error instanceof ImageNotFoundException) return { outcome: "absent" };
      throw error;
    }
  };
}
