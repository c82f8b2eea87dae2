import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Permission } from "../../kernel/service.ts";
import { type EcrStore, openEcrStore, type Repository } from "./store.ts";

/** What all operations of the registry need. */
export interface Registry {
  readonly store: EcrStore;
  arn(repositoryName: string): string;
  uri(repositoryName: string): string;
  /** Throws `RepositoryNotFoundException`. */
  repository(name: string, registryId: string | undefined): Repository;
  /** What IAM is asked for an operation on a repository. */
  asks(operation: string, input: { readonly repositoryName: string }): readonly Permission[];
  /** An answer with the registry's id. */
  respond<T extends object>(answer: T): T & { registryId: string };
}

export function createRegistry(context: LocalContext): Registry {
  const { account, region } = context;
  const store = openEcrStore(context);
  const arn = (name: string) => `arn:aws:ecr:${region}:${account}:repository/${name}`;
  return {
    store,
    arn,
    uri: (name) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
    repository: (name, registryId = account) => {
      const found = registryId === account ? store.repository(name) : undefined;
      if (found !== undefined) return found;
      throw new AwsError(
        "RepositoryNotFoundException",
        `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
      );
    },
    asks: (operation, { repositoryName }) => [{ action: `ecr:${operation}`, resource: arn(repositoryName) }],
    respond: (answer) => ({ ...answer, registryId: account }),
  };
}
