import type { Images } from "../../containers/images/images.ts";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import { inputs } from "./inputs.ts";
import type { Registry } from "./registry.ts";
import type { Repository } from "./store.ts";

const operation = operationsOf("InvalidParameterException");

const MOST_IN_A_PAGE = 100;

/** The operations on repositories themselves. The files of images lie in `trees`. */
export function repositoryOperations(
  { account, clock }: LocalContext,
  registry: Registry,
  trees: Images,
): Readonly<Record<string, Operation>> {
  const { store } = registry;
  const describe = ({ name, arn, uri, mutability, createdAt }: Repository) =>
    registry.respond({
      repositoryName: name,
      repositoryArn: arn,
      repositoryUri: uri,
      imageTagMutability: mutability,
      createdAt,
    });
  const remove = (name: string): void => {
    const images = store.images(name);
    store.deleteRepository(name);
    for (const { digest } of images) if (!store.holds(digest)) trees.remove(digest);
  };
  return {
    CreateRepository: operation(inputs.createRepository, {
      permissions: (input) => [
        ...registry.asks("CreateRepository", input),
        ...(input.tags === undefined ? [] : registry.asks("TagResource", input)),
      ],
      run: ({ repositoryName: name, imageTagMutability: mutability, tags = [] }) => {
        if (store.repository(name) !== undefined) {
          throw new AwsError(
            "RepositoryAlreadyExistsException",
            `The repository with name '${name}' already exists in the registry with id '${account}'`,
          );
        }
        const repository = {
          name,
          arn: registry.arn(name),
          uri: registry.uri(name),
          mutability,
          lifecyclePolicy: null,
          tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
          createdAt: clock.now() / 1000,
        };
        store.putRepository(repository);
        return { repository: describe(repository) };
      },
    }),
    DescribeRepositories: operation(inputs.describeRepositories, {
      permissions: ({ repositoryNames = ["*"] }) =>
        repositoryNames.map((name) => ({ action: "ecr:DescribeRepositories", resource: registry.arn(name) })),
      run: ({ repositoryNames, nextToken = "0", maxResults = MOST_IN_A_PAGE }) => {
        if (repositoryNames !== undefined) {
          const found = repositoryNames.map((name) => registry.repository(name, account));
          return { repositories: found.map(describe) };
        }
        const from = Number(nextToken);
        const all = store.repositories();
        const more = from + maxResults < all.length ? { nextToken: String(from + maxResults) } : {};
        return { repositories: all.slice(from, from + maxResults).map(describe), ...more };
      },
    }),
    DeleteRepository: operation(inputs.deleteRepository, {
      permissions: (input) => registry.asks("DeleteRepository", input),
      run: ({ repositoryName, registryId, force }) => {
        const repository = registry.repository(repositoryName, registryId);
        if (!force && store.images(repositoryName).length > 0) {
          throw new AwsError(
            "RepositoryNotEmptyException",
            `The repository with name '${repositoryName}' in registry with id '${account}' cannot be deleted because it still contains images`,
          );
        }
        remove(repositoryName);
        return { repository: describe(repository) };
      },
    }),
    PutLifecyclePolicy: operation(inputs.putLifecyclePolicy, {
      permissions: (input) => registry.asks("PutLifecyclePolicy", input),
      run: ({ repositoryName, registryId, lifecyclePolicyText }) => {
        store.putRepository({
          ...registry.repository(repositoryName, registryId),
          lifecyclePolicy: lifecyclePolicyText,
        });
        return registry.respond({ repositoryName, lifecyclePolicyText });
      },
    }),
  };
}
