import { type Deployment, type Page, RequestError, type Stage } from "@slipway/monitor/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client } from "./client.ts";
import { newest } from "./newest.ts";
import { storedSession, storeSession } from "./stored-session.ts";

/** Which deployments a list shows; all of them without a field. */
export interface DeploymentFilter {
  readonly appId?: number | undefined;
  readonly stage?: Stage | undefined;
}

const pageSize = 30;

/** How apps are changes without a deployment. */
const healthMs = 10_000;

/** A session that has ended is dropped: without one, somebody may still be known. */
async function whoIsAsking() {
  const session = storedSession();
  try {
    return await client.me();
  } catch (error) {
    const hasEnded = session !== "" && error instanceof RequestError && error.status === 401;
    if (!hasEnded) throw error;
    if (storedSession() === session) storeSession(null);
    return client.me();
  }
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: whoIsAsking,
  staleTime: Number.POSITIVE_INFINITY,
});

export const signInMethodsQuery = queryOptions({ queryKey: ["sign-in"], queryFn: () => client.signInMethods() });

export const appsQuery = queryOptions({
  queryKey: ["apps"],
  queryFn: () => client.listApps(),
  refetchInterval: healthMs,
});

export const appQuery = (id: number) =>
  queryOptions({ queryKey: ["apps", id], queryFn: () => client.showApp(id), refetchInterval: healthMs });

/** An app's tasks at this moment. */
export const appStatusQuery = (id: number) =>
  queryOptions({
    queryKey: ["apps", id, "status"],
    queryFn: () => client.showAppStatus(id),
    refetchInterval: healthMs / 2,
  });

/** The last lines of a task that stopped. */
export const lastLinesQuery = (appId: number, task: string) =>
  queryOptions({
    queryKey: ["apps", appId, "last-lines", task],
    queryFn: async () => (await client.readAppLog(appId, { task, limit: 10 })).lines,
    staleTime: 60_000,
  });

/** The newest runs of an app. */
export const runsQuery = (appId: number) =>
  queryOptions({
    queryKey: ["runs", appId],
    queryFn: async () => (await client.listRuns(appId, { limit: 50 })).items,
    refetchInterval: ({ state }) => (state.data?.some(({ finished_at }) => finished_at === null) ? 2000 : healthMs),
  });

export const releasesQuery = (appId: number) =>
  queryOptions({ queryKey: ["releases", appId], queryFn: () => client.listReleases(appId) });

/** Of one app, or of all. Deployments that end become part of it a moment later, which nothing reports. */
export const metricsQuery = (days: number, appId?: number) =>
  queryOptions({
    queryKey: ["metrics", appId ?? "all", days],
    queryFn: () => client.showMetrics({ appId, days }),
    refetchInterval: 30_000,
  });

/** The server reads it once a minute, for all who look. */
export const appUsageQuery = (appId: number, hours: number) =>
  queryOptions({
    queryKey: ["usage", "app", appId, hours],
    queryFn: () => client.showAppUsage(appId, hours),
    refetchInterval: 60_000,
  });

export const deploymentUsageQuery = (id: number) =>
  queryOptions({
    queryKey: ["usage", "deployment", id],
    queryFn: () => client.showDeploymentUsage(id),
    refetchInterval: ({ state }) => (state.data?.complete === true ? false : 60_000),
  });

export const deploymentQuery = (id: number) =>
  queryOptions({
    queryKey: ["deployments", "one", id],
    queryFn: async () => newest(await client.showDeployment(id)),
  });

/** Of which release the changes are asked, before anybody asks for it. */
export type AppChangesOf = NonNullable<Parameters<typeof client.showAppChanges>[1]>;

/** They are right for a moment only: somebody may push or deploy. */
export const appChangesQuery = (appId: number, of: AppChangesOf) =>
  queryOptions({
    queryKey: ["changes", "app", appId, of],
    queryFn: () => client.showAppChanges(appId, of),
    staleTime: 0,
  });

export const deploymentChangesQuery = (id: number) =>
  queryOptions({ queryKey: ["changes", "deployment", id], queryFn: () => client.showDeploymentChanges(id) });

/** Repositories change outside of here; typing goes back and forth. */
export const dockerfileQuery = (of: Parameters<typeof client.showDockerfile>[0]) =>
  queryOptions({
    queryKey: ["dockerfile", of],
    queryFn: () => client.showDockerfile(of),
    staleTime: 30_000,
    retry: false,
  });
/** `null`: deployments are not frozen. */
export const freezeQuery = queryOptions({
  queryKey: ["freeze"],
  queryFn: () => client.showFreeze(),
  refetchInterval: healthMs,
});

export const gitHubQuery = queryOptions({ queryKey: ["github"], queryFn: () => client.showGitHub() });

export const tokensQuery = queryOptions({ queryKey: ["tokens"], queryFn: () => client.listTokens() });

/** Newest first, page by page. */
export const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"] as const,
  queryFn: ({ pageParam }) => client.listAudit({ cursor: pageParam }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

/** All keys of {@link deploymentsQuery} begin with this. */
export const deploymentLists = ["deployments", "list"] as const;

/** Newest first, page by page. */
export const deploymentsQuery = (filter: DeploymentFilter = {}) =>
  infiniteQueryOptions({
    queryKey: [...deploymentLists, filter] as const,
    queryFn: async ({ pageParam }): Promise<Page<Deployment>> => {
      const page = await client.listDeployments({ ...filter, limit: pageSize, cursor: pageParam });
      return { ...page, items: page.items.map(newest) };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
