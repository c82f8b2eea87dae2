import { elsewhere, type RouteName, routes } from "../../routes.ts";
import type { Described, Operations } from "../operation.ts";
import { accessOperations } from "./access.ts";
import { appOperations } from "./apps.ts";
import { deploymentOperations } from "./deployments.ts";
import { gitHubOperations } from "./github.ts";
import { runOperations } from "./runs.ts";
import { systemOperations } from "./system.ts";

/** Each route has to be here: a new one of which nothing is said does not compile. */
const operations: Operations = {
  ...deploymentOperations,
  ...appOperations,
  ...runOperations,
  ...accessOperations,
  ...gitHubOperations,
  ...systemOperations,
};

/** All that clients may call, in the order in which the operations stand in their files. */
export function described(): readonly Described[] {
  const table = [...routes, ...elsewhere];
  return Object.entries(operations).flatMap(([name, operation]) => {
    const route = table.find(({ method, path }) => (`${method} ${path}` as RouteName) === name);
    if (route === undefined) throw new Error(`There is no route ${name}.`);
    return operation === "internal" ? [] : [{ route, operation }];
  });
}
