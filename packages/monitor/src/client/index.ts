/**
 * The typed client: REST, one deployment as it happens, and all of them; and what to say of stages, deployments, failures and
 * figures. For browsers and Node, without a dependency.
 */
export { isTerminal, notifiedStages, type StageFacts, stageFacts } from "../stages.ts";
export { adviceFor } from "./advice.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export { formatDuration } from "./duration.ts";
export type { Environment } from "./environment.ts";
export { type Detail, RequestError, UnreachableError } from "./errors.ts";
export { type Comparison, compare, formatPercent, type ShownFigure, shownFigures } from "./figures.ts";
export type { AppLogPage, AppLogQuery, LogPage, Page } from "./page.ts";
export { openStages, stagePath, stages } from "./stages.ts";
export type * from "./types.ts";
export { combinedRow, markerWords, type UsageRow, usageRows } from "./usage.ts";
export {
  type ConnectionState,
  type DeploymentSnapshot,
  type DeploymentStore,
  type WatchError,
  watchDeployment,
} from "./watch-deployment.ts";
export { type EventsListener, watchEvents } from "./watch-events.ts";
export { headline, origin, shortHash } from "./words.ts";
