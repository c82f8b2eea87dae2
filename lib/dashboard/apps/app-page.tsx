import { type App, RequestError } from "@slipway/monitor/client";
import { StageBadge } from "@slipway/monitor/react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { GitBranch, Rocket } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link, Outlet, useLocation, useOutletContext } from "react-router";
import { appQuery, deploymentsQuery } from "../api/queries.ts";
import { useMay } from "../session/session.tsx";
import { NotFoundPage } from "../shell/not-found-page.tsx";
import { Button } from "../ui/button.tsx";
import { ExternalLink } from "../ui/external-link.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Failure, Loading } from "../ui/states.tsx";
import { useIdParam } from "../ui/use-id-param.ts";
import { PinnedNotice } from "./pinned-notice.tsx";

const DeployDialog = lazy(() => import("./deploy-dialog.tsx"));

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
      <Tabs app={app} />
      <Suspense fallback={<Loading />}>
        <Outlet context={app} />
      </Suspense>
    </div>
  );
}

function AppHead({ app }: { app: App }) {
  const latest = useInfiniteQuery(deploymentsQuery({ appId: app.id })).data?.pages[0]?.items[0];
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <div className="grid min-w-0 gap-1">
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="text-xl font-semibold wrap-anywhere">{app.name}</h1>
          {latest !== undefined && <StageBadge stage={latest.stage} />}
        </div>
        <p className="flex min-w-0 flex-wrap gap-x-4 gap-y-1 text-muted">
          {app.url !== null && <ExternalLink href={app.url} />}
          <span className="wrap-anywhere">{app.repo_url}</span>
          <span className="inline-flex items-center gap-1">
            <GitBranch size={13} aria-hidden />
            {app.branch}
          </span>
        </p>
      </div>
      <DeployButton app={app} />
    </div>
  );
}

function DeployButton({ app }: { app: App }) {
  const [open, setOpen] = useState(false);
  if (!useMay("deployer")) return null;
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Rocket size={14} aria-hidden />
        Deploy
      </Button>
      {open && (
        <Suspense>
          <DeployDialog app={app} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function Tabs({ app }: { app: App }) {
  const { pathname } = useLocation();
  const base = `/apps/${app.id}`;
  const tabs = [
    { to: base, name: "Deployments" },
    { to: `${base}/releases`, name: "Releases" },
    { to: `${base}/metrics`, name: "Metrics" },
    { to: `${base}/settings`, name: "Settings" },
  ];
  return (
    <nav aria-label={`Views of ${app.name}`} className="flex gap-1 border-b">
      {tabs.map(({ to, name }) => (
        <Link
          key={to}
          to={to}
          {...(pathname.replace(/\/$/, "") === to ? { "aria-current": "page" } : {})}
          className="-mb-px border-b-2 border-transparent px-1.5 py-2 text-muted hover:text-text aria-[current]:border-accent aria-[current]:text-text sm:px-3"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
