import { lazy, Suspense } from "react";
import { Navigate, Outlet, Route, Routes } from "react-router";
import { LiveFeed } from "./api/live-feed.tsx";
import { AppDeployments } from "./apps/app-deployments.tsx";
import { AppPage } from "./apps/app-page.tsx";
import { AppReleases } from "./apps/app-releases.tsx";
import { AppsPage } from "./apps/overview/apps-page.tsx";
import { DeploymentPage } from "./deployments/deployment-page.tsx";
import { DeploymentsPage } from "./deployments/deployments-page.tsx";
import { LoginPage } from "./session/login-page.tsx";
import { Session } from "./session/session.tsx";
import { NotFoundPage } from "./shell/not-found-page.tsx";
import { Shell } from "./shell/shell.tsx";
import { Loading } from "./ui/states.tsx";

// The form brings the API's schemas along; who only watches does not need them.
const NewAppPage = lazy(() => import("./apps/new-app-page.tsx"));
const AppSettings = lazy(() => import("./apps/app-settings.tsx"));
const AppMetrics = lazy(() => import("./apps/app-metrics.tsx"));
const AuditPage = lazy(() => import("./audit/audit-page.tsx"));
const GitHubPage = lazy(() => import("./github/github-page.tsx"));
const MetricsPage = lazy(() => import("./metrics/metrics-page.tsx"));

/** Every address of the dashboard. */
export function DashboardRoutes() {
  return (
    <Routes>
      <Route path="login" element={<LoginPage />} />
      <Route element={<SignedIn />}>
        <Route index element={<AppsPage />} />
        <Route path="apps" element={<Navigate to="/" replace />} />
        <Route path="apps/new" element={<NewAppPage />} />
        <Route path="apps/:id" element={<AppPage />}>
          <Route index element={<AppDeployments />} />
          <Route path="releases" element={<AppReleases />} />
          <Route path="metrics" element={<AppMetrics />} />
          <Route path="settings" element={<AppSettings />} />
        </Route>
        <Route path="deployments" element={<DeploymentsPage />} />
        <Route path="deployments/:id" element={<DeploymentPage />} />
        <Route path="metrics" element={<MetricsPage />} />
        <Route path="audit" element={<AuditPage />} />
        <Route path="settings/github" element={<GitHubPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
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
