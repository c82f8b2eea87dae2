import { usePageTitle } from "../ui/page-title.ts";
import { MetricsView } from "./metrics-view.tsx";
import { DaysChoice } from "./period.tsx";

/** The metrics of all apps together. */
export default function MetricsPage() {
  usePageTitle("Metrics");
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Metrics</h1>
        <DaysChoice />
      </div>
      <MetricsView />
    </div>
  );
}
