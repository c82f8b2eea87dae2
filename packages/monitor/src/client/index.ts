/** The typed client: REST, one deployment as it happens, and all of them. For browsers and Node, without a dependency. */
export { adviceFor } from "./advice.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export { formatDuration } from "./duration.ts";
export type { Environment } from "./environment.ts";
export { type Detail, RequestError, UnreachableError } from "./errors.ts";
export { type Comparison, compare, percent, type ShownFigure, shownFigures } from "./figures.ts";
export type { LogPage, Page } from "./page.ts";
export { isTerminal } from "./terminal.ts";
export type * from "./types.ts";
export {
  type ConnectionState,
  type DeploymentSnapshot,
  type DeploymentStore,
  type WatchError,
  watchDeployment,
} from "./watch-deployment.ts";
export { type EventsListener, watchEvents } from "./watch-events.ts";
