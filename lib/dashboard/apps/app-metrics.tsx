import { MetricsView } from "../metrics/metrics-view.tsx";
import { DaysChoice } from "../metrics/period.tsx";
import { useShownApp } from "./app-page.tsx";

/** The tab with how an app's deployments go. */
export default function AppMetrics() {
  const app = useShownApp();
  return (
    <div className="grid grid-cols-1 gap-4">
      <DaysChoice />
      <MetricsView appId={app.id} />
    </div>
  );
}
