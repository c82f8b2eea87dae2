import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Link } from "react-router";
import { appsQuery } from "../../api/queries.ts";
import { useMay } from "../../session/session.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { usePageTitle } from "../../ui/page-title.ts";
import { Failure, Skeleton } from "../../ui/states.tsx";
import { AppCard } from "./app-card.tsx";
import { FirstSteps } from "./first-steps.tsx";

/** All apps, each with how it stands. */
export function AppsPage() {
  usePageTitle("Apps");
  const { data: apps, error, refetch } = useQuery(appsQuery);
  const isAdmin = useMay("admin");
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Apps</h1>
        {isAdmin && apps !== undefined && apps.length > 0 && (
          <Link to="/apps/new" className={buttonClass("primary")}>
            <Plus size={15} aria-hidden />
            Create an app
          </Link>
        )}
      </div>
      {apps === undefined && error === null && <Skeleton rows={3} className="h-40" />}
      {apps === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {apps?.length === 0 && <FirstSteps />}
      {apps !== undefined && apps.length > 0 && (
        <ul aria-label="Apps" className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {apps.map((app) => (
            <AppCard key={app.id} app={app} />
          ))}
        </ul>
      )}
    </div>
  );
}
