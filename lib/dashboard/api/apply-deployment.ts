import { type Deployment, isTerminal, type Page } from "@slipway/monitor/client";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { newest } from "./newest.ts";
import { appsQuery, type DeploymentFilter, deploymentLists, deploymentQuery, deploymentsQuery } from "./queries.ts";

type List = InfiniteData<Page<Deployment>>;

/** Puts an update of a deployment wherever it is shown, and has the apps read again when it may have changed them. */
export function applyDeployment(queries: QueryClient, received: Deployment): void {
  const deployment = newest(received);
  queries.setQueryData(deploymentQuery(deployment.id).queryKey, (known) => known && deployment);
  for (const query of queries.getQueryCache().findAll({ queryKey: deploymentLists })) {
    const filter = query.queryKey[deploymentLists.length] as DeploymentFilter;
    const { queryKey } = deploymentsQuery(filter);
    queries.setQueryData(queryKey, (list) => list && withDeployment(list, filter, deployment));
  }
  const isOfKnownApp = queries.getQueryData(appsQuery.queryKey)?.some(({ id }) => id === deployment.app_id) ?? false;
  if (isOfKnownApp && !isTerminal(deployment.stage)) return;
  void queries.invalidateQueries({ queryKey: appsQuery.queryKey });
  void queries.invalidateQueries({ queryKey: ["releases", deployment.app_id] });
}

/** The list with this deployment in its place: changed, new, or gone because the filter no longer fits. */
function withDeployment(list: List, filter: DeploymentFilter, deployment: Deployment): List {
  if (filter.appId !== undefined && filter.appId !== deployment.app_id) return list;
  const fits = filter.stage === undefined || filter.stage === deployment.stage;
  const isListed = list.pages.some((page) => page.items.some(({ id }) => id === deployment.id));
  if (!isListed) return fits ? withInserted(list, deployment) : list;
  const change = (items: readonly Deployment[]) =>
    fits ? items.map((one) => (one.id === deployment.id ? deployment : one)) : items.filter(isOther);
  const isOther = ({ id }: Deployment) => id !== deployment.id;
  return { ...list, pages: list.pages.map((page) => ({ ...page, items: change(page.items) })) };
}

/** Newest first. What is older than all that is loaded comes with the next page. */
function withInserted(list: List, deployment: Deployment): List {
  const isOlder = ({ id }: Deployment) => id < deployment.id;
  const found = list.pages.findIndex((page) => page.items.some(isOlder));
  const last = list.pages.length - 1;
  if (found === -1 && list.pages[last]?.next !== null) return list;
  const target = found === -1 ? last : found;
  const insert = (items: readonly Deployment[]) => {
    const at = items.findIndex(isOlder);
    return at === -1 ? [...items, deployment] : [...items.slice(0, at), deployment, ...items.slice(at)];
  };
  const pages = list.pages.map((page, index) => (index === target ? { ...page, items: insert(page.items) } : page));
  return { ...list, pages };
}
