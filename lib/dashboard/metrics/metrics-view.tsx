import type { Metrics } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { metricsQuery } from "../api/queries.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { DayTable } from "./day-table.tsx";
import { FigureCards } from "./figure-cards.tsx";
import { usePeriod } from "./period.tsx";
import { StageDurations } from "./stage-durations.tsx";

// The charting library is larger than the rest of the page.
const Charts = lazy(() => import("./charts.tsx"));

/** Whether delivery gets better: of one app, or of all. */
export function MetricsView({ appId }: { appId?: number }) {
  const { data: metrics, error, refetch } = useQuery(metricsQuery(usePeriod(), appId));
  if (metrics !== undefined) return <Shown metrics={metrics} />;
  return error === null ? (
    <Skeleton rows={3} className="h-40" />
  ) : (
    <Failure error={error} onRetry={() => void refetch()} />
  );
}

function Shown({ metrics }: { metrics: Metrics }) {
  if (metrics.deployments === 0 && metrics.previous.deployments === 0) return <NoFigures days={metrics.days} />;
  return (
    <div className="grid grid-cols-1 gap-5">
      <FigureCards metrics={metrics} />
      <div className="grid grid-cols-1 gap-5 lg:grid-cols-2">
        <Suspense fallback={<Skeleton rows={2} className="h-64" />}>
          <Charts points={metrics.points} />
        </Suspense>
        <StageDurations metrics={metrics} />
      </div>
      <DayTable metrics={metrics} />
    </div>
  );
}

function NoFigures({ days }: { days: number }) {
  return (
    <Empty title="No metrics yet">
      No deployment succeeded or failed in the last {2 * days} days. Metrics appear within a minute of the next one.
      Cancelled and superseded deployments don't count.
    </Empty>
  );
}
