import { type AppUsage as Shown, usageRows } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useSearchParams } from "react-router";
import { appUsageQuery } from "../../api/queries.ts";
import { PeriodChoice } from "../../ui/period-choice.tsx";
import { Empty, Failure, Skeleton } from "../../ui/states.tsx";
import { useShownApp } from "../app-page.tsx";
import { timeWords } from "./time.ts";
import { UsageMarkers } from "./usage-markers.tsx";
import { UsageTable } from "./usage-table.tsx";
import { chartsOf } from "./usage-values.ts";

// The charting library is larger than the rest of the page.
const UsageCharts = lazy(() => import("./usage-charts.tsx"));

const periods = [
  { value: 3, name: "3 hours" },
  { value: 24, name: "24 hours" },
  { value: 168, name: "7 days" },
  { value: 720, name: "30 days" },
];

/** How many hours are looked at. */
function useHours(): number {
  const hours = Number(useSearchParams()[0].get("hours"));
  return periods.some(({ value }) => value === hours) ? hours : 3;
}

/** The tab with the running app in figures. */
export default function AppUsage() {
  const app = useShownApp();
  const hours = useHours();
  const { data: usage, error, refetch } = useQuery(appUsageQuery(app.id, hours));
  return (
    <section aria-labelledby="usage" className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="usage" className="font-semibold">
          Usage
        </h2>
        <PeriodChoice parameter="hours" value={hours} periods={periods} />
      </div>
      {usage === undefined && error === null && <Skeleton rows={3} className="h-40" />}
      {usage === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {usage !== undefined && <Figures usage={usage} />}
    </section>
  );
}

function Figures({ usage }: { usage: Shown }) {
  const rows = usageRows(usage);
  const charts = chartsOf(Object.keys(rows[0]?.processes ?? {}));
  const isMeasured = usage.series.some(
    ({ metric, values }) => metric !== "restarts" && values.some((one) => one !== null),
  );
  if (!isMeasured && usage.markers.length === 0)
    return (
      <Empty title="Nothing measured yet">
        Figures appear about two minutes after the app&apos;s first release. Periods without traffic stay empty.
      </Empty>
    );
  return (
    <>
      <p className="text-muted">
        {usage.period_seconds === 60 ? "One value a minute" : "One value an hour"}, complete until{" "}
        {timeWords(Date.parse(usage.complete_until), usage.period_seconds)}. Gaps are times without traffic, or without
        a task. Responses that the load balancer makes itself (502, 503) are not counted: failed connections and
        unhealthy tasks show an app that is down.
      </p>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
        <Suspense fallback={<Skeleton rows={2} className="h-56" />}>
          <UsageCharts usage={usage} rows={rows} charts={charts} />
        </Suspense>
      </div>
      <UsageMarkers usage={usage} />
      <UsageTable rows={rows} charts={charts} periodSeconds={usage.period_seconds} />
    </>
  );
}
