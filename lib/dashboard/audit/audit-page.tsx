import type { App, AuditEntry } from "@slipway/monitor/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { appsQuery, auditQuery } from "../api/queries.ts";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Empty, Failure, Notice, Skeleton } from "../ui/states.tsx";
import { Ago } from "../ui/time.tsx";
import { auditWordsOf, detailsOf } from "./audit-actions.ts";

/** Who did what, newest first. */
export default function AuditPage() {
  usePageTitle("Audit log");
  return (
    <div className="grid grid-cols-1 gap-5">
      <h1 className="text-xl font-semibold">Audit log</h1>
      {useMay("admin") ? <AuditLog /> : <Notice tone="info">You need the admin role to view the audit log.</Notice>}
    </div>
  );
}

function AuditLog() {
  const auditLog = useInfiniteQuery(auditQuery);
  const apps = useQuery(appsQuery).data ?? [];
  if (auditLog.data === undefined) {
    return auditLog.error === null ? (
      <Skeleton rows={6} className="h-14" />
    ) : (
      <Failure error={auditLog.error} onRetry={() => void auditLog.refetch()} />
    );
  }
  const entries = auditLog.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) return <Empty title="No entries yet" />;
  return (
    <div className="grid grid-cols-1 gap-4">
      <ol aria-label="Audit log" className="divide-y rounded-box border">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} app={apps.find(({ id }) => id === entry.app_id)} />
        ))}
      </ol>
      {auditLog.hasNextPage && (
        <Button
          className="justify-self-center"
          disabled={auditLog.isFetchingNextPage}
          onClick={() => void auditLog.fetchNextPage()}
        >
          {auditLog.isFetchingNextPage ? "Loading…" : "Load more"}
        </Button>
      )}
    </div>
  );
}

function Entry({ entry, app }: { entry: AuditEntry; app: App | undefined }) {
  const details = detailsOf(entry);
  return (
    <li className="flex flex-wrap justify-between gap-x-6 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-72">
        <p className="wrap-anywhere">
          <bdi className="font-medium">{entry.actor}</bdi> {auditWordsOf(entry)} <Subject entry={entry} app={app} />
        </p>
        {details !== "" && <p className="wrap-anywhere text-muted">{details}</p>}
      </div>
      <p className="text-muted sm:text-right">
        <Ago at={entry.at} />
        <span className="block text-xs">
          {entry.role}, {entry.address}
        </span>
      </p>
    </li>
  );
}

/** What it was done to, with the way there. An app that is gone has its number only. */
function Subject({ entry: { app_id, deployment_id }, app }: { entry: AuditEntry; app: App | undefined }): ReactNode {
  if (app_id === null) return null;
  const name = app?.name ?? `app ${app_id}`;
  const ofApp = app === undefined ? name : <InText to={`/apps/${app_id}`}>{name}</InText>;
  if (deployment_id === null) return ofApp;
  return (
    <>
      <InText to={`/deployments/${deployment_id}`}>#{deployment_id}</InText> of {ofApp}
    </>
  );
}

const InText = (props: { to: string; children: ReactNode }) => (
  <Link {...props} className="text-accent underline underline-offset-2" />
);
