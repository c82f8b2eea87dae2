import { type ECRClient, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import { ownerOf } from "../../core/images.ts";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";

/** The repositories of apps. The sweep deletes those of apps that are gone; what stays is reported. `repositoriesUri` as for `awsImages`. */
export function repositoryFinder(client: ECRClient, repositoriesUri: string): Finder {
  const place = repositoriesUri.slice(repositoriesUri.indexOf("/") + 1);
  return {
    kind: "repository",
    find: async () => {
      const made: Made[] = [];
      for await (const { repositories = [] } of paginateDescribeRepositories({ client }, {})) {
        for (const { repositoryName: name = "", createdAt } of repositories) {
          if (!name.startsWith(`${place}/`)) continue;
          made.push({ name, app_id: ownerOf(place, name), made_at: createdAt?.toISOString() ?? null });
        }
      }
      return made;
    },
  };
}
