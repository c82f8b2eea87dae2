import { lazy, Suspense } from "react";
import { Navigate, Outlet, type RouteObject, useRouteError } from "react-router";
import { LiveFeed } from "./api/live-feed.tsx";
import { AppDeployments } from "./apps/app-deployments.tsx";
import { AppPage } from "./apps/app-page.tsx";
import { AppReleases } from "./apps/app-releases.tsx";
import { AppStatus } from "./apps/app-status.tsx";
import { sections } from "./apps/form/sections.ts";
import { AppsPage } from "./apps/overview/apps-page.tsx";
import { SettingsLayout } from "./apps/settings/settings-layout.tsx";
import { DeploymentPage } from "./deployments/deployment-page.tsx";
import { DeploymentsPage } from "./deployments/deployments-page.tsx";
import { LoginPage } from "./session/login-page.tsx";
import { Session } from "./session/session.tsx";
import { Shell } from "./shell/shell.tsx";
import { NotFoundPage } from "./ui/not-found-page.tsx";
import { Loading } from "./ui/states.tsx";

// The form brings the API's schemas along; who only watches does not need them.
const NewAppPage = lazy(() => import("./apps/new-app-page.tsx"));
const SettingsSection = lazy(() => import("./apps/settings/settings-section.tsx"));
const VariablesPage = lazy(() => import("./apps/variables/variables-page.tsx"));
const AppLog = lazy(() => import("./apps/log/app-log.tsx"));
const AppRuns = lazy(() => import("./apps/runs/app-runs.tsx"));
const AppUsage = lazy(() => import("./apps/usage/app-usage.tsx"));
const AppMetrics = lazy(() => import("./apps/app-metrics.tsx"));
const AuditPage = lazy(() => import("./audit/audit-page.tsx"));
const FreezePage = lazy(() => import("./freeze/freeze-page.tsx"));
const InvitePage = lazy(() => import("./tokens/invite-page.tsx"));
const GitHubPage = lazy(() => import("./github/github-page.tsx"));
const TokensPage = lazy(() => import("./tokens/tokens-page.tsx"));
const MetricsPage = lazy(() => import("./metrics/metrics-page.tsx"));

const pages: RouteObject[] = [
  { path: "/login", element: <LoginPage /> },
  {
    path: "/invite",
    element: (
      <Suspense fallback={<Loading />}>
        <InvitePage />
      </Suspense>
    ),
  },
  {
    element: <SignedIn />,
    children: [
      { path: "/", element: <AppsPage /> },
      { path: "/apps", element: <Navigate to="/" replace /> },
      { path: "/apps/new", element: <NewAppPage /> },
      {
        path: "/apps/:id",
        element: <AppPage />,
        children: [
          { index: true, element: <AppDeployments /> },
          { path: "releases", element: <AppReleases /> },
          { path: "runs", element: <AppRuns /> },
          { path: "logs", element: <AppLog /> },
          { path: "status", element: <AppStatus /> },
          { path: "usage", element: <AppUsage /> },
          { path: "metrics", element: <AppMetrics /> },
          {
            path: "settings",
            element: <SettingsLayout />,
            children: [
              { index: true, element: <Navigate to="general" replace /> },
              ...sections.map(({ name }) => ({ path: name, element: <SettingsSection key={name} name={name} /> })),
            ],
          },
        ],
      },
      { path: "/deployments", element: <DeploymentsPage /> },
      { path: "/deployments/:id", element: <DeploymentPage /> },
      { path: "/variables", element: <VariablesPage /> },
      { path: "/metrics", element: <MetricsPage /> },
      { path: "/audit", element: <AuditPage /> },
      { path: "/settings/freeze", element: <FreezePage /> },
      { path: "/settings/github", element: <GitHubPage /> },
      { path: "/settings/tokens", element: <TokensPage /> },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
];

/** Every page of the dashboard with its address. What one throws is shown by the application's own error boundary. */
export const routes: RouteObject[] = [{ ErrorBoundary: Rethrown, children: pages }];

function Rethrown(): never {
  throw useRouteError();
}

function SignedIn() {
  return (
    <Session>
      <LiveFeed>
        <Shell>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </Shell>
      </LiveFeed>
    </Session>
  );
}
