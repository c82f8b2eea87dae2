import type { RestApi, RestMethod, RestResource } from "./rest-apis.ts";

export interface RestRoute {
  readonly method: RestMethod;
  readonly resourceId: string;
  /** `/apps/{id}`. */
  readonly resourcePath: string;
  /** Still percent-encoded, as REST APIs hand them on. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

type Kind = "static" | "parameter" | "greedy";
const ORDER: readonly Kind[] = ["static", "parameter", "greedy"];

function kindOf(pathPart: string): Kind {
  if (!pathPart.startsWith("{")) return "static";
  return pathPart.endsWith("+}") ? "greedy" : "parameter";
}

function parameterName(pathPart: string): string {
  return pathPart.replaceAll(/[{}+]/g, "");
}

/** The children that may take the first segment, most specific first. */
function candidates(api: RestApi, parentId: string, segment: string): RestResource[] {
  const children = [...api.resources.values()].filter((resource) => resource.parentId === parentId);
  return ORDER.flatMap((kind) =>
    children.filter(({ pathPart }) => kindOf(pathPart) === kind && (kind !== "static" || pathPart === segment)),
  );
}

/**
 * The method for a request. Resource and HTTP method are matched as a pair: a more specific resource without the method
 * gives way to a less specific one that has it (measured on AWS by others: a node without methods, or with other ones only,
 * does not hide a `{proxy+}`).
 * `path` is without the stage.
 */
export function findRoute(api: RestApi, httpMethod: string, path: string): RestRoute | undefined {
  const segments = path.split("/").filter((segment) => segment !== "");
  const at = (id: string, resourcePath: string, pathParameters: Record<string, string>): RestRoute | undefined => {
    const methods = api.methods.get(id);
    const method = methods?.get(httpMethod) ?? methods?.get("ANY");
    return method === undefined ? undefined : { method, resourceId: id, resourcePath, pathParameters };
  };
  const search = (
    id: string,
    resourcePath: string,
    rest: readonly string[],
    parameters: Record<string, string>,
  ): RestRoute | undefined => {
    const [segment, ...others] = rest;
    if (segment === undefined) return at(id, resourcePath === "" ? "/" : resourcePath, parameters);
    for (const child of candidates(api, id, segment)) {
      const kind = kindOf(child.pathPart);
      const childPath = `${resourcePath}/${child.pathPart}`;
      const value = kind === "greedy" ? rest.join("/") : segment;
      const found = search(
        child.id,
        childPath,
        kind === "greedy" ? [] : others,
        kind === "static" ? parameters : { ...parameters, [parameterName(child.pathPart)]: value },
      );
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(api.rootId, "", segments, {});
}
