import type { RouteObject } from "react-router";
import { routes } from "../../lib/dashboard/routes.tsx";
import { shownApp, shownDeployment } from "./hostile-data.ts";

/** Each address of the router, with the numbers of what there is. */
export const addresses = pathsOf(routes, "").map((path) =>
  path
    .replace("/apps/:id", `/apps/${shownApp}`)
    .replace("/deployments/:id", `/deployments/${shownDeployment}`)
    .replace("*", "nowhere"),
);

function pathsOf(nodes: readonly RouteObject[], parent: string): readonly string[] {
  return nodes.flatMap(({ path, children, index }) => {
    const own = path === undefined ? parent : path.startsWith("/") ? path : `${parent}/${path}`;
    const isPage = index === true || (path !== undefined && !children?.some((child) => child.index));
    return [...(isPage ? [own] : []), ...pathsOf(children ?? [], own)];
  });
}

/** The page's own heading is there, and nothing on it is about to be. */
export const isLoaded = (): boolean =>
  document.querySelector("h1") !== null &&
  document.querySelector("[aria-label=Loading], [class*=animate-pulse]") === null &&
  !document.body.innerText.includes("Loading deployment");
