/** The deployment monitor for React pages, its parts, and the hook below them. The styles are in `styles.css`. */
export { formatDuration } from "../client/index.ts";
export { ConnectionBadge } from "./connection-badge.tsx";
export { DeploymentMonitor } from "./deployment-monitor.tsx";
export { ErrorBanner } from "./error-banner.tsx";
export { LogViewer } from "./log/log-viewer.tsx";
export { Progress } from "./progress.tsx";
export { SlipwayProvider } from "./provider.tsx";
export { StageBadge } from "./stage-badge.tsx";
export { StageTrack } from "./stage-track.tsx";
export { useDeployment } from "./use-deployment.ts";
