import {
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  DeleteRepositoryCommand,
  type ECRClient,
  LimitExceededException,
  PutLifecyclePolicyCommand,
  paginateDescribeRepositories,
  RepositoryAlreadyExistsException,
} from "@aws-sdk/client-ecr";
import { type AppRepositories, ownerOf, RepositoriesRefused } from "../../core/images.ts";
import { collected } from "../collected.ts";

/** The tag by which everything made at run time names its owner. */
const ownerTag = "slipway:app";
/** The tag by which it names the installation. */
export const installationTag = "slipway:installation";

/** Of a cache nothing is needed that no tag names, and nothing that no build has used for a month. */
const cacheRules = {
  rules: [
    {
      rulePriority: 1,
      description: "What a newer cache of the same branch replaced",
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      description: "Caches of branches that nobody builds any more",
      selection: { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days", countNumber: 30 },
      action: { type: "expire" },
    },
  ],
};

/**
 * Makes the repositories of an app. The one for images comes last: where it is, the other is complete, whoever died in
 * between. It has no life-cycle rule: only the worker knows which digests are kept or running.
 */
export async function createRepositories(client: ECRClient, names: AppRepositories, appId: number): Promise<void> {
  const installation = names.images.slice(0, names.images.indexOf("/"));
  const tags = [
    { Key: ownerTag, Value: String(appId) },
    { Key: installationTag, Value: installation },
  ];
  await createRepository(client, { repositoryName: names.cache, imageTagMutability: "MUTABLE", tags });
  await client.send(
    new PutLifecyclePolicyCommand({ repositoryName: names.cache, lifecyclePolicyText: JSON.stringify(cacheRules) }),
  );
  const imageScanningConfiguration = { scanOnPush: true };
  await createRepository(client, {
    repositoryName: names.images,
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration,
    tags,
  });
}

/** Makes a repository unless it is there. Throws `RepositoriesRefused`. */
export async function createRepository(client: ECRClient, input: CreateRepositoryCommandInput): Promise<void> {
  try {
    await client.send(new CreateRepositoryCommand(input));
  } catch (error) {
    if (error instanceof RepositoryAlreadyExistsException) return;
    if (error instanceof LimitExceededException) {
      throw new RepositoriesRefused(
        "The account has as many repositories in ECR as its quota allows. Raise the quota, or delete apps, and deploy again.",
        { cause: error },
      );
    }
    throw error;
  }
}

/** Removes a repository with its images. Throws `RepositoryNotFoundException`. */
export async function removeRepository(client: ECRClient, repositoryName: string): Promise<void> {
  await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
}

/** The apps that have repositories at this place, by id. */
export async function ownersOf(client: ECRClient, place: string): Promise<readonly number[]> {
  const all = await collected(paginateDescribeRepositories({ client }, {}), ({ repositories }) => repositories);
  const owners = all.flatMap(({ repositoryName = "" }) => ownerOf(place, repositoryName) ?? []);
  return [...new Set(owners)].sort((a, b) => a - b);
}
