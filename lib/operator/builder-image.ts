import { ECRClient } from "@aws-sdk/client-ecr";
import { copyBuildKit } from "../adapters/ecr/buildkit.ts";
import { longPrefix } from "../infra/installation.ts";
import type { AwsAccess } from "./target.ts";

/**
 * Puts the installation's copy of BuildKit into ECR, so that builds do not depend on Docker Hub, which limits downloads. Answers in
 * words why it could not; builds then download it there. `null`: it is there.
 */
export async function keepBuildKit(stackName: string, { region, credentials }: AwsAccess): Promise<string | null> {
  const client = new ECRClient({ region, credentials });
  try {
    await copyBuildKit(client, longPrefix(stackName));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    client.destroy();
  }
}
