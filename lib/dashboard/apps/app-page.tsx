import { type App, RequestError } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { GitBranch } from "lucide-react";
import { Suspense } from "react";
import { Link, Outlet, useLocation, useOutletContext } from "react-router";
import { appQuery } from "../api/queries.ts";
import { AppAddress } from "../ui/app-address.tsx";
import { NotFoundPage } from "../ui/not-found-page.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Failure, Loading } from "../ui/states.tsx";
import { useIdParam } from "../ui/use-id-param.ts";
import { DeployButton } from "./deploy-button.tsx";
import { PausedNotice } from "./paused-notice.tsx";
import { PendingNotice } from "./pending-notice.tsx";
import { PinnedNotice } from "./pinned-notice.tsx";
import { standingOf } from "./standing.ts";
import { LastDeploymentLine, ServingLine } from "./standing-line.tsx";
import { useReleasesOf } from "./use-releases-of.ts";
import { WarningsNotice } from "./warnings-notice.tsx";

/** The app whose page it is, for the tabs below. */
export const useShownApp = (): App => useOutletContext<App>();

/** One app: its head, and one of its tabs. */
export function AppPage() {
  const id = useIdParam();
  return id === null ? <NotFoundPage /> : <KnownApp key={id} id={id} />;
}

function KnownApp({ id }: { id: number }) {
  const { data: app, error, refetch } = useQuery(appQuery(id));
  if (error instanceof RequestError && error.status === 404) return <NotFoundPage sentence={error.message} />;
  if (app !== undefined) return <ShownApp app={app} />;
  return error === null ? <Loading /> : <Failure error={error} onRetry={() => void refetch()} />;
}

function ShownApp({ app }: { app: App }) {
  usePageTitle(app.name);
  return (
    <div className="grid grid-cols-1 gap-5">
      <AppHead app={app} />
      {app.pinned && <PinnedNotice app={app} />}
      {!app.auto_deploy && <PausedNotice app={app} />}
      <WarningsNotice app={app} />
      {!app.pinned && app.pending_changes.length > 0 && <PendingNotice app={app} />}
      <Tabs app={app} />
      <Suspense fallback={<Loading />}>
        <Outlet context={app} />
      </Suspense>
    </div>
  );
}

function AppHead({ app }: { app: App }) {
  const { latest, live } = useReleasesOf(app);
  const { serving, last } = standingOf(app, live, latest);
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <div className="grid min-w-0 flex-1 basis-72 gap-1.5">
        <h1 className="text-xl font-semibold wrap-anywhere">{app.name}</h1>
        <div className="flex flex-wrap gap-x-4 gap-y-1">
          <ServingLine serving={serving} health={app.health} />
          {last && <LastDeploymentLine last={last} />}
        </div>
        <p className="flex min-w-0 flex-wrap gap-x-4 gap-y-1 text-muted">
          <AppAddress app={app} />
          <span className="line-clamp-2 wrap-anywhere" title={app.repo_url}>
            {app.repo_url}
          </span>
          <span className="inline-flex min-w-0 items-center gap-1">
            <GitBranch size={13} aria-hidden className="shrink-0" />
            <bdi className="truncate" title={app.branch}>
              {app.branch}
            </bdi>
          </span>
        </p>
      </div>
      <DeployButton app={app} look="primary" />
    </div>
  );
}

/** The sections of the settings have addresses below their tab's. */
const isShownTab = (pathname: string, to: string, base: string): boolean =>
  pathname.replace(/\/$/, "") === to || (to !== base && pathname.startsWith(`${to}/`));

function Tabs({ app }: { app: App }) {
  const { pathname } = useLocation();
  const base = `/apps/${app.id}`;
  const tabs = [
    { to: base, name: "Deployments" },
    { to: `${base}/releases`, name: "Releases" },
    { to: `${base}/status`, name: "Status" },
    { to: `${base}/usage`, name: "Usage" },
    { to: `${base}/logs`, name: "Logs" },
    { to: `${base}/runs`, name: "Runs" },
    { to: `${base}/metrics`, name: "Metrics" },
    { to: `${base}/settings`, name: "Settings" },
  ];
  return (
    <nav aria-label={`Views of ${app.name}`} className="flex flex-wrap gap-x-1 border-b">
      {tabs.map(({ to, name }) => (
        <Link
          key={to}
          to={to}
          {...(isShownTab(pathname, to, base) ? { "aria-current": "page" } : {})}
          className="-mb-px border-b-2 border-transparent px-1.5 py-2 text-muted hover:text-text aria-[current]:border-accent aria-[current]:text-text sm:px-3"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
