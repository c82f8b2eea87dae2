import { type ECRClient, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import { buildKitRepository, ownerOf } from "../../core/images.ts";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";
import { collected } from "../collected.ts";

/** The repositories of apps. The sweep deletes those of apps that are gone; what stays is reported. `repositoriesUri` as for `awsImages`. */
export function repositoryFinder(client: ECRClient, repositoriesUri: string): Finder {
  const place = repositoriesUri.slice(repositoriesUri.indexOf("/") + 1);
  return {
    kind: "repository",
    holdsImages: true,
    find: async () => {
      const all = await collected(paginateDescribeRepositories({ client }, {}), ({ repositories }) => repositories);
      return all.flatMap(({ repositoryName: name = "", createdAt }): Made[] =>
        name.startsWith(`${place}/`) && name !== buildKitRepository(place)
          ? [{ name, app_id: ownerOf(place, name), made_at: createdAt?.toISOString() ?? null }]
          : [],
      );
    },
  };
}
