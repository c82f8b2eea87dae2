import type { App, Deployment } from "@slipway/monitor/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { deploymentQuery, deploymentsQuery } from "../api/queries.ts";

/** An app's latest deployment and the one that is live: from the newest of all apps, or asked for if they are older. `undefined`: not known yet, `null`: none. */
export function useReleasesOf(app: App): {
  readonly latest: Deployment | null | undefined;
  readonly live: Deployment | null | undefined;
} {
  const { data: all } = useInfiniteQuery(deploymentsQuery());
  const recent = all?.pages.flatMap((page) => page.items);
  const latest = recent?.find((one) => one.app_id === app.id);
  const own = useInfiniteQuery({
    ...deploymentsQuery({ appId: app.id }),
    enabled: recent !== undefined && latest === undefined,
  });
  const liveId = app.live_deployment_id;
  const live = recent?.find((one) => one.id === liveId);
  const asked = useQuery({
    ...deploymentQuery(liveId ?? 0),
    enabled: recent !== undefined && liveId !== null && live === undefined,
  });
  return {
    latest: latest ?? (own.data === undefined ? undefined : (own.data.pages[0]?.items[0] ?? null)),
    live: liveId === null ? null : (live ?? asked.data),
  };
}
