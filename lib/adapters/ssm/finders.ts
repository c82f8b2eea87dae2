import { paginateGetParametersByPath, type SSMClient } from "@aws-sdk/client-ssm";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";

/** The parameters of apps below these paths, which are all `<path>/<app>/…`. Their values stay encrypted. */
export function parameterFinder(client: SSMClient, paths: readonly string[]): Finder {
  return {
    kind: "parameter",
    find: async () => {
      const made: Made[] = [];
      for (const Path of paths) {
        for await (const { Parameters = [] } of paginateGetParametersByPath({ client }, { Path, Recursive: true })) {
          for (const { Name = "", LastModifiedDate } of Parameters) {
            const app = /^(\d+)\//.exec(Name.slice(Path.length + 1))?.[1];
            made.push({
              name: Name,
              app_id: app === undefined ? null : Number(app),
              made_at: LastModifiedDate?.toISOString() ?? null,
            });
          }
        }
      }
      return made;
    },
  };
}
