import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { appsQuery, type DeploymentFilter, deploymentsQuery } from "../api/queries.ts";
import { Button } from "../ui/button.tsx";
import { Failure, Skeleton } from "../ui/states.tsx";
import { DeploymentRow } from "./deployment-row.tsx";

/** Deployments, newest first. The list moves by itself; older ones come on demand. */
export function DeploymentList({ filter, empty }: { filter: DeploymentFilter; empty: ReactNode }) {
  const list = useInfiniteQuery(deploymentsQuery(filter));
  const apps = useQuery(appsQuery).data ?? [];
  if (list.data === undefined) {
    return list.error === null ? (
      <Skeleton rows={6} className="h-16" />
    ) : (
      <Failure error={list.error} onRetry={() => void list.refetch()} />
    );
  }
  const deployments = list.data.pages.flatMap((page) => page.items);
  if (deployments.length === 0) return empty;
  return (
    <div className="grid grid-cols-1 gap-4">
      <ol aria-label="Deployments" className="divide-y overflow-hidden rounded-box border">
        {deployments.map((deployment) => {
          const app = apps.find(({ id }) => id === deployment.app_id);
          return (
            <DeploymentRow
              key={deployment.id}
              deployment={deployment}
              appName={filter.appId === undefined ? (app?.name ?? `App ${deployment.app_id}`) : undefined}
              isLive={app?.live_deployment_id === deployment.id}
            />
          );
        })}
      </ol>
      {list.hasNextPage && (
        <Button
          className="justify-self-center"
          disabled={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {list.isFetchingNextPage ? "Loading…" : "Load more"}
        </Button>
      )}
    </div>
  );
}
