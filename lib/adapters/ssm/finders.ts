import { type Parameter, paginateGetParametersByPath, type SSMClient } from "@aws-sdk/client-ssm";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";
import { collected } from "../collected.ts";

/** The parameters of apps below these paths, which are all `<path>/<app>/…`. Their values stay encrypted. */
export function parameterFinder(client: SSMClient, paths: readonly string[]): Finder {
  return {
    kind: "parameter",
    find: async () => {
      const made: Made[] = [];
      for (const Path of paths) {
        const below = paginateGetParametersByPath({ client }, { Path, Recursive: true });
        const parameters = await collected(below, ({ Parameters }) => Parameters);
        made.push(...parameters.map((parameter) => madeBelow(Path, parameter)));
      }
      return made;
    },
  };
}

function madeBelow(path: string, { Name = "", LastModifiedDate }: Parameter): Made {
  const app = /^(\d+)\//.exec(Name.slice(path.length + 1))?.[1];
  const app_id = app === undefined ? null : Number(app);
  return { name: Name, app_id, made_at: LastModifiedDate?.toISOString() ?? null };
}
