import { type App, type Deployment, headline, isTerminal, RequestError, stageFacts } from "@slipway/monitor/client";
import { DeploymentMonitor } from "@slipway/monitor/react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { applyDeployment } from "../api/apply-deployment.ts";
import { appsQuery, deploymentQuery } from "../api/queries.ts";
import { AppAddress } from "../ui/app-address.tsx";
import { NotFoundPage } from "../ui/not-found-page.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Failure, Loading } from "../ui/states.tsx";
import { useIdParam } from "../ui/use-id-param.ts";
import { DeploymentChanges } from "./changes-view.tsx";
import { DeploymentActions } from "./deployment-actions.tsx";
import { DeploymentBuild } from "./deployment-build.tsx";
import { DeploymentFacts } from "./deployment-facts.tsx";
import { LiveMark } from "./deployment-row.tsx";
import { DeploymentUsageView } from "./deployment-usage.tsx";
import { useStageFavicon } from "./stage-favicon.ts";

/** One deployment, watched live. */
export function DeploymentPage() {
  const id = useIdParam();
  return id === null ? <NotFoundPage /> : <KnownDeployment key={id} id={id} />;
}

function KnownDeployment({ id }: { id: number }) {
  const { data: deployment, error, refetch } = useQuery(deploymentQuery(id));
  const app = useQuery(appsQuery).data?.find((one) => one.id === deployment?.app_id);
  if (deployment !== undefined) return <Watched deployment={deployment} app={app} />;
  if (error === null) return <Loading />;
  if (error instanceof RequestError && error.status === 404) return <NotFoundPage sentence={error.message} />;
  return <Failure error={error} onRetry={() => void refetch()} />;
}

function Watched({ deployment, app }: { deployment: Deployment; app: App | undefined }) {
  const queries = useQueryClient();
  const [line, showLine] = useLinkedLines();
  usePageTitle(`${tabWord(deployment)} · ${app?.name ?? "app"} #${deployment.id}`);
  useStageFavicon(deployment.stage);
  return (
    <div className="grid grid-cols-1 gap-5">
      <Heading deployment={deployment} app={app} />
      {/* Where links from elsewhere lead: to the live log. */}
      <div id="log" className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <DeploymentMonitor
          deploymentId={deployment.id}
          variant="embedded"
          className="lg:min-h-[calc(100dvh-11.5rem)]"
          line={line}
          onLineChange={showLine}
          onFinished={(finished) => applyDeployment(queries, finished)}
          actions={<DeploymentActions deployment={deployment} app={app} />}
        />
        <div className="grid content-start gap-6">
          <Panel title="Details">
            <DeploymentFacts deployment={deployment} />
          </Panel>
          {deployment.configuration !== null && (
            <Panel title="Changes">
              <DeploymentChanges deploymentId={deployment.id} />
            </Panel>
          )}
          {deployment.build !== null && (
            <Panel title="Build">
              <DeploymentBuild build={deployment.build} />
            </Panel>
          )}
          {/* Last, since it comes last: nothing moves when it does. */}
          {deployment.timeline.some(({ stage }) => stage === "deploying") && (
            <Panel title="Usage">
              <DeploymentUsageView deployment={deployment} />
            </Panel>
          )}
        </div>
      </div>
    </div>
  );
}

function Heading({ deployment, app }: { deployment: Deployment; app: App | undefined }) {
  return (
    <div className="grid gap-1">
      <nav aria-label="Breadcrumb" className="flex min-w-0 items-center gap-1 text-muted">
        <AppCrumb id={deployment.app_id} app={app} />
        <ChevronRight size={14} aria-hidden />
        <span aria-current="page">#{deployment.id}</span>
      </nav>
      <div className="flex items-center gap-3">
        <h1
          dir="auto"
          title={headline(deployment)}
          className="line-clamp-2 min-w-0 text-xl font-semibold wrap-anywhere"
        >
          {headline(deployment)}
        </h1>
        {app?.live_deployment_id === deployment.id && <LiveMark />}
      </div>
      <LiveAddress deployment={deployment} app={app} />
    </div>
  );
}

/** The way to the app; a deleted one has no page. */
function AppCrumb({ id, app }: { id: number; app: App | undefined }) {
  const isDeleted = useQuery(appsQuery).data?.some((one) => one.id === id) === false;
  if (isDeleted) return <span className="truncate">App {id} (deleted)</span>;
  return (
    <Link to={`/apps/${id}`} className="truncate hover:text-text hover:underline">
      {app?.name ?? `App ${id}`}
    </Link>
  );
}

/** Where the deployment is live. The line is kept free for it, so that nothing moves when it becomes so. */
function LiveAddress({ deployment, app }: { deployment: Deployment; app: App | undefined }) {
  const isLive = app?.live_deployment_id === deployment.id;
  // The app learns which deployment is live a moment after the deployment's end.
  if (!isLive && isTerminal(deployment.stage) && deployment.stage !== "success") return null;
  return <p className="min-h-5">{isLive && <AppAddress app={app} />}</p>;
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="rounded-box border p-4">
      <h2 className="mb-3 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const tabWord = ({ stage, progress }: Deployment): string =>
  isTerminal(stage) ? stageFacts[stage].label : `${stageFacts[stage].label} ${progress}%`;

/** The log lines that the address names, as in `#L123` or `#L123-L130`. */
function useLinkedLines(): [{ from: number; to: number } | null, (from: number, to: number) => void] {
  const { hash, pathname } = useLocation();
  const navigate = useNavigate();
  const [, from, to = from] = /^#L([1-9]\d{0,8})(?:-L([1-9]\d{0,8}))?$/.exec(hash) ?? [];
  return [
    from === undefined ? null : { from: Number(from), to: Number(to) },
    (from, to) => {
      const named = from === to ? `#L${from}` : `#L${from}-L${to}`;
      void navigate(`${pathname}${named}`, { replace: true, preventScrollReset: true });
    },
  ];
}
