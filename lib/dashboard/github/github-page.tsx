import type { GitHubConnection } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { gitHubQuery } from "../api/queries.ts";
import { useMe } from "../session/session.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Failure, Notice, Skeleton } from "../ui/states.tsx";
import { ConnectedApp } from "./connected-app.tsx";
import { CreateAppForm } from "./create-app-form.tsx";
import { useReturn } from "./use-return.ts";

/** The GitHub App: made here with one click, and what it is for. */
export default function GitHubPage() {
  usePageTitle("GitHub");
  const { role, apps } = useMe();
  return (
    <div className="mx-auto grid w-full max-w-3xl grid-cols-1 gap-5">
      <div>
        <h1 className="text-xl font-semibold">GitHub</h1>
        <p className="mt-1 text-muted">
          Your own GitHub App reads private repositories and reports deployment status on each commit.
        </p>
      </div>
      {role === "admin" && apps === null ? (
        <Connection />
      ) : (
        <Notice tone="info">You need the admin role for all apps to connect GitHub.</Notice>
      )}
    </div>
  );
}

function Connection() {
  const problem = useReturn();
  const { data, error, refetch } = useQuery(gitHubQuery);
  return (
    <>
      {problem !== null && <Notice tone="danger">{problem}</Notice>}
      {data !== undefined ? (
        <Known connection={data} />
      ) : error === null ? (
        <Skeleton rows={2} className="h-24" />
      ) : (
        <Failure error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Known({ connection: { app, receives_pushes, github_url } }: { connection: GitHubConnection }) {
  return (
    <>
      {app === null ? <CreateAppForm gitHubUrl={github_url} /> : <ConnectedApp app={app} />}
      {!receives_pushes && (
        <Notice tone="info">
          <span>
            GitHub can't reach this URL, so pushes aren't deployed automatically. Slipway still reads private
            repositories and reports commit statuses, and you can deploy from the dashboard or the API.
          </span>
        </Notice>
      )}
    </>
  );
}
